"""`{% load runs %}`: words about a run in lists and on its page."""

from collections.abc import Mapping

from django.template import Library
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from training import figures
from training.models import RunBound
from web.words import Words

register = Library()
register.filter("algorithm", figures.algorithm_title)
register.filter("step_of", figures.step)


@register.filter
def called(policy: str, names: Mapping[str, str]) -> SafeString | str:
    """As people know it; what is only written is the same in every language."""
    said = names.get(policy, policy)
    return figures.as_written(said) if said == policy else said


@register.filter
def bound_said(bound: RunBound) -> Words:
    """The bound with the threshold's place among the reference's samples, where that is known."""
    said = f"{bound.get_role_display()} {figures.threshold(bound.threshold)}"
    if bound.component.run.are_margins:
        return _("{bound} over the reference’s own mean").format(bound=said)
    if bound.quantile is None:
        return said
    return _("{bound}, above {share} % of the reference’s samples").format(
        bound=said, share=f"{100 * bound.quantile:.0f}"
    )
