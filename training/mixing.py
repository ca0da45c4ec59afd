"""What may be asked of a run that merges policies."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from training import components, policies, prompts, sources
from training.learning.settings.mixtures import Soup
from training.models import Run
from training.sources import Source

if TYPE_CHECKING:
    from training.runs import Wish


def merged(scope: Scope, wish: "Wish", settings: Soup, common: dict[str, Any]) -> Run:
    """A run that learns nothing: sources with weights, and perhaps prompts and rewards that they are looked at with."""
    refuse_what_is_not_merged(wish, settings)
    found = sources.found(scope=scope, asked=wish.sources)
    parts = components.found(
        scope=scope, asked=wish.components, allow_candidate=wish.allow_candidate, why_flagged=wish.why_flagged
    )
    for place, part in enumerate(parts):
        if any(value not in (None, []) for value in part.values.values()):
            said = _("A merge learns nothing: name the reward model alone, without weight and bounds.")
            raise Invalid(said, field=f"components.{place}.weight")
    frozen = held_out(scope, wish, found)
    if parts and frozen is None:
        raise Invalid(_("Say on which prompts these reward models are to be asked."), field="prompts")
    reference = policies.check(scope.workspace, found[0].beginning)
    run = Run.objects.create(
        **{**common, "policy": found[0].beginning, "origin": reference.run if reference else None},
        prompts=frozen.asked if frozen else None,
        prompts_sha256=frozen.sha256 if frozen else "",
        prompts_count=frozen.count if frozen else 0,
    )
    sources.save(run, found)
    components.save_named(run, parts)
    return run


def refuse_what_is_not_merged(wish: "Wish", settings: Soup) -> None:
    given = {"policy": wish.policy, "kl": wish.kl, "steps": wish.steps, "checks": wish.checks}
    for name, value in {**given, "snapshot": wish.snapshot}.items():
        if value:
            said = _("{title} takes sources with weights: leave this out.")
            raise Invalid(said.format(title=settings.title), field=name)


def held_out(scope: Scope, wish: "Wish", found: list[Source]) -> prompts.Frozen | None:
    """The prompts without those that anything behind the sources has learned from."""
    if wish.prompts is None:
        return None
    learned = sources.learned(one.made for one in found)
    return prompts.freeze(scope=scope, asked=wish.prompts, left_out=learned, is_held_out=True)
