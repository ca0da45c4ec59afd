"""Numbers of trust in words."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from annotation.agreement.votes import Estimate
from annotation.forms.trust import PauseForm
from annotation.models import Pause
from annotation.trust.qualification import Standing

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


@register.filter
def interval(found: Estimate) -> str:
    """`12 to 34 %`; empty where nothing is known."""
    if found.low is None or found.high is None:
        return ""
    return _("{low} to {high} %").format(low=round(100 * found.low), high=round(100 * found.high))


@register.filter
def right(found: Estimate) -> int:
    return round((found.value or 0) * found.n)


@register.filter
def seconds(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else _("{seconds} s").format(seconds=f"{milliseconds / 1000:.1f}")


@register.filter
def hours(milliseconds: int) -> str:
    return _("{hours} h").format(hours=f"{milliseconds / 3_600_000:.1f}")


@register.filter
def test_state(found: Standing) -> str:
    """Where somebody stands with the test, and how the last attempt went."""
    states = {
        "needed": _("Has not begun the test."),
        "open": _("Is in the middle of the test."),
        "waiting": _("Did not pass, and may try again later."),
        "failed": _("Did not pass, and has no attempt left."),
        "passed": _("Has passed the test."),
        "granted": _("May work without the test: a researcher decided so."),
        "revoked": _("May not work: a researcher decided so."),
    }
    words = states.get(found.state, "")
    if found.last is None:
        return words
    score = _("Last attempt: {right} of {asked} right.").format(right=found.last.right, asked=found.last.asked)
    return f"{words} {score}"


@register.simple_tag
def pause_fields(pause: Pause) -> Any:
    """The fields of the decision, with ids of their own where several stand on one page."""
    return PauseForm(prefix="pause", auto_id=f"pause-{pause.pk}-%s")
