"""The runs of a workspace: begun, found, put away."""

from collections.abc import Callable
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
from rewardmodels import registry as reward_models
from training import algorithms, components, mixing, oneshot, policies, prompts, selecting, stepping
from training.checks import asking as checks
from training.learning.direct.settings.common import Direct
from training.models import Run
from training.references import thresholds

KIND = "training.run"


@dataclass(frozen=True)
class Wish:
    """What a person asks to be pushed, by what and how far."""

    name: str
    policy: str  # empty of a merge: it is what the sources began as
    algorithm: str
    prompts: Any = None
    components: list[dict[str, Any]] = field(default_factory=list)
    kl: dict[str, Any] | None = None
    settings: Any = None
    seed: int = 0
    steps: int | None = None
    allow_candidate: bool = False
    why_flagged: str = ""
    checks: dict[str, Any] | None = None
    preset: str = ""  # the paper's way that filled it in
    snapshot: UUID | None = None  # of direct alignment, in place of all that says what a policy is pushed by
    multiplier: float | None = None  # λ of a step after a step of direct alignment
    sources: list[dict[str, Any]] = field(default_factory=list)  # {"policy", "weight" of a merge, "margin" of one shot}


def of_workspace(scope: Scope) -> QuerySet[Run]:
    return (
        Run.objects.filter(workspace=scope.workspace, deleted_at=None)
        .select_related("job", "created_by", "origin", "snapshot__project")
        .order_by("-created_at")
    )


def find(*, scope: Scope, run: UUID) -> Run:
    found = of_workspace(scope).filter(pk=run).first()
    if found is None:
        raise Http404(_("There is no such run."))
    return found


@transaction.atomic
def begin(*, scope: Scope, wish: Wish) -> Run:
    """Freeze what it learns from, save the run and ring for the worker that takes its steps."""
    settings = methods.find("algorithms", wish.algorithm, field="algorithm").build(wish.settings or {})
    origin = origin_of(scope, wish, settings)
    settings = stepping.settings_of(settings, origin, wish.multiplier, wish.settings or {})
    common = {
        "workspace": scope.workspace,
        "name": wish.name,
        "policy": origin.name if origin else wish.policy,
        "origin": origin.run if origin else None,
        "algorithm": wish.algorithm,
        "settings": asdict(settings),
        "seed": wish.seed,
        "allow_candidate": wish.allow_candidate,
        "why_flagged": wish.why_flagged.strip(),
        "created_by": scope.person,
    }
    run = maker_of(settings)(scope, wish, settings, common)
    run.job = launch.start(KIND, scope=scope, arguments={"run": str(run.pk)}, subject=("run", run.pk))
    run.save(update_fields=["job"])
    rewards = [str(pk) for pk in run.components.values_list("reward_model", flat=True)]
    scope.record("run.created", "run", run.pk, algorithm=wish.algorithm, policy=run.policy, reward_models=rewards)
    return run


def origin_of(scope: Scope, wish: Wish, settings: Any) -> policies.Made | None:
    """What was made here and is set out from; None of a merge, which sets out from its sources."""
    if algorithms.is_merge(settings):
        return None
    if wish.sources and not (algorithms.is_selection(settings) or algorithms.is_by_policies(settings)):
        raise Invalid(_("Only a merge, best-of-n and PeCAN have sources; leave them out."), field="sources")
    return policies.check(scope.workspace, wish.policy)


def maker_of(settings: Any) -> Callable[[Scope, Wish, Any, dict[str, Any]], Run]:
    if algorithms.is_merge(settings):
        return mixing.merged
    if algorithms.is_by_policies(settings):
        return oneshot.by_policies
    if algorithms.is_one_shot(settings):
        return oneshot.shot
    if algorithms.is_selection(settings):
        return selecting.selected
    return aligned if algorithms.is_direct(settings) else pushed


def pushed(scope: Scope, wish: Wish, settings: Any, common: dict[str, Any]) -> Run:
    """A run whose policy answers prompts and is scored."""
    if wish.snapshot is not None:
        raise Invalid(_("This algorithm learns from what the policy answers, not from a snapshot."), field="snapshot")
    if wish.steps is None:
        raise Invalid(_("Say how many steps it may take."), field="steps")
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    parts = components.found(scope=scope, asked=wish.components, **leave_of(wish))
    plan = components.plan_of(parts, wish.kl)
    components.must_fit(plan, settings)
    checked = checks.found(
        scope=scope, asked=wish.checks, parts=parts, source=wish.prompts, leave=components.Leave(**leave_of(wish))
    )
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    kl = {name: value for name, value in asdict(plan.kl).items() if value is not None} if plan.kl else {}
    run = Run.objects.create(
        **common,
        preset=wish.preset,
        kl=kl,
        steps=wish.steps,
        prompts=frozen.asked,
        prompts_sha256=frozen.sha256,
        prompts_count=frozen.count,
        checks=checks.described(checked, frozen.sha256, wish.seed),
    )
    components.save(run, parts, plan)
    checks.save(run, checked)
    thresholds.place_known(scope, run)
    return run


def leave_of(wish: Wish) -> dict[str, Any]:
    """What reward models may take part, beyond approved ones that still follow people."""
    return {"allow_candidate": wish.allow_candidate, "why_flagged": wish.why_flagged}


def aligned(scope: Scope, wish: Wish, settings: Direct, common: dict[str, Any]) -> Run:
    """A run that learns from frozen judgments themselves."""
    given = {"prompts": wish.prompts, "components": wish.components, "kl": wish.kl}
    given |= {"steps": wish.steps, "checks": wish.checks}
    for name, value in given.items():
        if value:
            said = _("{title} learns from the judgments of a snapshot alone: leave this out.")
            raise Invalid(said.format(title=settings.title), field=name)
    if wish.snapshot is None:
        raise Invalid(_("Name the snapshot whose judgments it learns from."), field="snapshot")
    snapshot = reward_models.frozen_snapshot(scope, wish.snapshot, settings)
    parts = components.named(scope, settings.rewards, **leave_of(wish))
    run = Run.objects.create(**common, snapshot=snapshot, multiplier=wish.multiplier)
    components.save_named(run, parts)
    return run
