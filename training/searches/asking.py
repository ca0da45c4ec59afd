"""Asking for a search of thresholds: what makes sense is frozen into the arguments of one job."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api import methods
from api.refusals import Invalid
from jobs import launch
from jobs.models import Job
from training import algorithms, components, policies, prompts
from training.checks import holding
from training.components import Leave, Part
from training.learning.settings.online import Online
from training.learning.settings.searches import FEWEST, HELD, NelderMead
from training.prompts import Frozen
from training.searches import wanting
from training.searches.dividing import Divided, divided
from training.searches.wanting import PEOPLE, Wanted

KIND = "training.threshold_search"
SECTION, METHOD = "searches", NelderMead.name
MOST_COMPONENTS = 4
SEARCH = "search"  # a field


@dataclass(frozen=True)
class Wish:
    """Which thresholds, for what, and how much it may take."""

    policy: str
    prompts: Any
    components: list[dict[str, Any]]  # {"reward_model", "step"?}
    wanted: str  # as `wanting` reads it
    algorithm: str = "rloo"
    settings: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] | None = None  # {"project", "questions"?, "enough"?}
    seed: int = 0
    allow_candidate: bool = False
    why_flagged: str = ""

    @property
    def leave(self) -> Leave:
        return Leave(self.allow_candidate, self.why_flagged)


def of_workspace(scope: Scope) -> QuerySet[Job]:
    return Job.objects.filter(workspace=scope.workspace, kind=KIND).order_by("-created_at")


def find(*, scope: Scope, job: UUID) -> Job:
    found = of_workspace(scope).filter(pk=job).first()
    if found is None:
        raise Http404(_("There is no such search."))
    return found


@transaction.atomic
def start(*, scope: Scope, wish: Wish) -> Job:
    """One job for the very same wish."""
    settings = algorithm_of(wish)
    search = methods.find(SECTION, METHOD).build(wish.search, SEARCH)
    origin = policies.check(scope.workspace, wish.policy)
    parts = parts_of(scope, wish)
    wanted = wanting.found(scope, Wanted(wish.wanted, wish.people, wish.prompts), wish.leave, parts)
    must_suffice(search, len(parts), settings.batch)
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    must_be_divisible(frozen, search, wish.seed, int(wanted.get("questions", 0)))
    arguments = {
        "policy": origin.name if origin else wish.policy,
        "prompts": frozen.asked,
        "prompts_sha256": frozen.sha256,
        "components": described(parts, wish),
        "wanted": wanted,
        "algorithm": wish.algorithm,
        "settings": asdict(settings),
        "search": asdict(search),
        "seed": wish.seed,
        "allow_candidate": wish.allow_candidate,
        "why_flagged": wish.why_flagged.strip(),
    }
    known = of_workspace(scope).filter(arguments=arguments)
    known = known.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return known.first() or launch.start(KIND, scope=scope, arguments=arguments)


def algorithm_of(wish: Wish) -> Online:
    """Bounds are held by gains in tilts unless somebody says otherwise."""
    method = methods.find("algorithms", wish.algorithm, field="algorithm")
    if not algorithms.is_a(method.settings, Online):
        names = ", ".join(one.name for one in methods.all_of("algorithms") if algorithms.is_a(one.settings, Online))
        said = _("A search pushes a policy from threshold to threshold: choose one of {names}.")
        raise Invalid(said.format(names=names), field="algorithm")
    found: Online = method.build({**HELD, **wish.settings})
    return found


def parts_of(scope: Scope, wish: Wish) -> list[Part]:
    field_ = components.FIELD
    if not 1 <= len(wish.components) <= MOST_COMPONENTS:
        said = _("Choose 1 to {most} reward models whose thresholds are to be found; here are {n}.")
        raise Invalid(said.format(most=MOST_COMPONENTS, n=len(wish.components)), field=field_)
    for place, one in enumerate(wish.components):
        step = one.get("step")
        if step is not None and (not math.isfinite(step) or step == 0):
            said = _("The first step goes up or down from the reference’s mean: it cannot be 0. Empty chooses it.")
            raise Invalid(said, field=f"{field_}.{place}.step")
    asked = [{"reward_model": one["reward_model"], "unit": one.get("unit")} for one in wish.components]
    return components.found(scope=scope, asked=asked, **wish.leave._asdict())


def described(parts: Sequence[Part], wish: Wish) -> list[dict[str, Any]]:
    steps = [one.get("step") for one in wish.components]
    return [
        {**wanting.measure(part.model), "name": part.name, "step": step}
        for part, step in zip(parts, steps, strict=True)
    ]


def must_suffice(search: NelderMead, count: int, batch: int) -> None:
    """A proposal goes somewhere, and the simplex of the first ones is moved at least once."""
    if search.whole(count) > search.budget and not search.least_budget(count, batch):
        said = _(
            "With {n} components the search begins with {corners} proposals and the reference: a share of {share} for "
            "each leaves nothing to move them with. Give a proposal a smaller share."
        )
        plain = {"n": count, "corners": count + 1, "share": f"{search.share:.3g}"}
        raise Invalid(said.format(**plain), field=f"{SEARCH}.share")
    if search.of_proposal < search.least(batch) or search.whole(count) > search.budget:
        said = _(
            "A proposal may spend {own} answers. {looked} of them measure it, and {fewest} steps of {batch} are the "
            "fewest that lead anywhere: allow {least} answers in all, or measure with fewer, or take smaller steps."
        )
        plain = {"own": search.of_proposal, "looked": search.looked, "fewest": FEWEST, "batch": batch}
        least = search.least_budget(count, batch)
        raise Invalid(said.format(**plain, least=f"{least:,}"), field=f"{SEARCH}.budget")


def must_be_divisible(frozen: Frozen, search: NelderMead, seed: int, questions: int) -> None:
    found: Divided = divided(prompts.listed(frozen.sha256), search.held_out, seed)
    if min(map(len, found)) < holding.FEWEST:
        said = _(
            "Of these prompts {learned} would be learned from, {looked} measured at and {fresh} kept for the last run: "
            "two are needed of each. Bring more prompts, or hold out another share."
        )
        counts = {name: len(own) for name, own in found._asdict().items()}
        raise Invalid(said.format(**counts), field=f"{SEARCH}.held_out")
    asked = min(len(found.looked), len(found.fresh), search.prompts)
    if questions > asked:
        said = _(
            "People can be asked about {n} prompts: {looked} are measured at and {fresh} kept for the last run, and "
            "{answers} answers reach {reached}. Ask about fewer, hold out a larger share, or measure with more answers."
        )
        plain = {"n": asked, "answers": search.looked, "reached": search.prompts}
        counts = {"looked": len(found.looked), "fresh": len(found.fresh)}
        raise Invalid(said.format(**plain, **counts), field=f"{PEOPLE}.questions")
