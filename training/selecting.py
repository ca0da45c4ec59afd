"""What may be asked of a run that chooses among answers: best-of-n, with what is to be set beside it."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from training import components, policies, prompts, sources
from training.components import Part
from training.learning.settings.plan import Plan
from training.learning.settings.selections import BestOfN
from training.models import Run

if TYPE_CHECKING:
    from training.runs import Wish

FEWEST = 10  # prompts, over which intervals are taken


def selected(scope: Scope, wish: "Wish", settings: BestOfN, common: dict[str, Any]) -> Run:
    """Weights choose; a reward model without one only says what it thinks of what was chosen."""
    refuse_what_learns(wish, settings)
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    parts = components.found(
        scope=scope, asked=wish.components, allow_candidate=wish.allow_candidate, why_flagged=wish.why_flagged
    )
    must_choose(parts)
    found = sources.beside(scope=scope, asked=wish.sources, policy=common["policy"])
    frozen = held_out(scope, wish, common["policy"], found)
    run = Run.objects.create(**common, prompts=frozen.asked, prompts_sha256=frozen.sha256, prompts_count=frozen.count)
    sources.save(run, found)
    save(run, parts)
    return run


def refuse_what_learns(wish: "Wish", settings: BestOfN) -> None:
    given = {"kl": wish.kl, "steps": wish.steps, "checks": wish.checks, "snapshot": wish.snapshot}
    for name, value in given.items():
        if value:
            said = _("{title} takes a policy, prompts and reward models: leave this out.")
            raise Invalid(said.format(title=settings.title), field=name)


def must_choose(parts: list[Part]) -> Plan:
    """The reward models that choose, by their weights; Invalid at what only a run that learns can do."""
    for place, part in enumerate(parts):
        if part.values.get("bounds"):
            said = _("The best of n is chosen by weights and held by no bound: leave it out.")
            raise Invalid(said, field=f"{components.FIELD}.{place}.bounds.0.role")
        if part.values.get("target") is not None:
            said = _("The best of n is pulled to no target: leave it out.")
            raise Invalid(said, field=f"{components.FIELD}.{place}.target")
    if not any(part.values.get("weight") is not None for part in parts):
        said = _("Nothing chooses: give a reward model a weight. One without a weight is only asked what it thinks.")
        raise Invalid(said, field=components.FIELD)
    return components.plan_of([part for part in parts if part.values.get("weight") is not None], None)


def held_out(scope: Scope, wish: "Wish", policy: str, found: list[sources.Source]) -> prompts.Frozen:
    """Prompts that neither the policy nor what is set beside it has learned from."""
    made = [policies.check(scope.workspace, policy), *(one.made for one in found)]
    learned = sources.learned(made)
    frozen = prompts.freeze(scope=scope, asked=wish.prompts, left_out=learned, is_held_out=True)
    if frozen.count < FEWEST:
        said = _("Best-of-n needs at least {n} prompts that were not learned from; here are {count}.")
        raise Invalid(said.format(n=FEWEST, count=frozen.count), field="prompts")
    return frozen


def save(run: Run, parts: list[Part]) -> None:
    for place, part in enumerate(parts):
        saved = components.row(run, place, part)
        saved.weight = part.values.get("weight")
        saved.save()
