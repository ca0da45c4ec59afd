"""What may be asked of a run that finds its multipliers in one shot."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from training import components, prompts
from training.learning.settings.oneshot import Mocan
from training.learning.settings.plan import Plan
from training.models import Role, Run
from training.references import thresholds

if TYPE_CHECKING:
    from training.runs import Wish

FEWEST = 10  # prompts


def shot(scope: Scope, wish: "Wish", settings: Mocan, common: dict[str, Any]) -> Run:
    """Weights make what is raised, bounds what is held; prompts are those that the reference answers."""
    given = {"kl": wish.kl, "steps": wish.steps, "checks": wish.checks, "snapshot": wish.snapshot}
    for name, value in given.items():
        if value:
            said = _("{title} takes prompts and components alone, and β in its settings: leave this out.")
            raise Invalid(said.format(title=settings.title), field=name)
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    parts = components.found(
        scope=scope, asked=wish.components, allow_candidate=wish.allow_candidate, why_flagged=wish.why_flagged
    )
    plan = components.plan_of(parts, None)
    must_have_a_dual(plan)
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    if frozen.count < FEWEST:
        said = _("One shot needs at least {n} prompts; here are {count}.")
        raise Invalid(said.format(n=FEWEST, count=frozen.count), field="prompts")
    run = Run.objects.create(**common, prompts=frozen.asked, prompts_sha256=frozen.sha256, prompts_count=frozen.count)
    components.save(run, parts, plan)
    if not settings.margins:  # a margin has no place among rewards
        thresholds.place_known(scope, run)
    return run


def must_have_a_dual(plan: Plan) -> None:
    """A sum of weighted rewards, and at least one bound on one side of a threshold."""
    if not any(one.bounds for one in plan.components):
        said = _("Nothing is held: give a component a bound, or align without constraints.")
        raise Invalid(said, field="components")
    for place, one in enumerate(plan.components):
        if one.target is not None:
            raise Invalid(_("One shot pulls to no target: give it a bound."), field=f"components.{place}.target")
        for number, bound in enumerate(one.bounds):
            if bound.role == Role.EQUAL:
                said = _("The dual holds a mean on one side of a threshold: choose at least or at most.")
                raise Invalid(said, field=f"components.{place}.bounds.{number}.role")
