"""What may be asked of a run that finds its multipliers in one shot."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from training import components, prompts, sources
from training.learning.settings.oneshot import OneShot, Pecan
from training.learning.settings.plan import Plan
from training.models import Role, Run
from training.references import thresholds

if TYPE_CHECKING:
    from training.runs import Wish

FEWEST = 10  # prompts


def shot(scope: Scope, wish: "Wish", settings: OneShot, common: dict[str, Any]) -> Run:
    """Weights make what is raised, bounds what is held; prompts are those that the reference answers."""
    said = _("{title} takes prompts and components alone, and β in its settings: leave this out.")
    refuse(wish, said.format(title=settings.title))
    parts = components.found(
        scope=scope, asked=wish.components, allow_candidate=wish.allow_candidate, why_flagged=wish.why_flagged
    )
    plan = components.plan_of(parts, None)
    must_have_a_dual(plan)
    run = begun(scope, wish, common)
    components.save(run, parts, plan)
    if not settings.are_margins:  # a margin has no place among rewards
        thresholds.place_known(scope, run)
    return run


def by_policies(scope: Scope, wish: "Wish", settings: Pecan, common: dict[str, Any]) -> Run:
    """Sources aligned from the policy make what is raised and held; it is their reference."""
    said = _("{title} takes prompts and policies alone, and β in its settings: leave this out.")
    refuse(wish, said.format(title=settings.title), components=wish.components)
    found = sources.aligned(scope=scope, asked=wish.sources, policy=common["policy"], beta=settings.beta)
    run = begun(scope, wish, common)
    sources.save(run, found)
    return run


def refuse(wish: "Wish", said: str, **others: Any) -> None:
    """What one shot has no use for; and prompts it needs."""
    given = {"kl": wish.kl, "steps": wish.steps, "checks": wish.checks, "snapshot": wish.snapshot, **others}
    for name, value in given.items():
        if value:
            raise Invalid(said, field=name)
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")


def begun(scope: Scope, wish: "Wish", common: dict[str, Any]) -> Run:
    """Saved with its frozen prompts, which are as many as a dual needs at least."""
    frozen = asked(scope, wish)
    return Run.objects.create(**common, prompts=frozen.asked, prompts_sha256=frozen.sha256, prompts_count=frozen.count)


def asked(scope: Scope, wish: "Wish") -> prompts.Frozen:
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    if frozen.count < FEWEST:
        said = _("One shot needs at least {n} prompts; here are {count}.")
        raise Invalid(said.format(n=FEWEST, count=frozen.count), field="prompts")
    return frozen


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
