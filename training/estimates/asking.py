"""Asking what a run will take: a short job measures its policy and reward models here, once."""

from dataclasses import asdict
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
from rewardmodels import registry as reward_models
from training import algorithms, components, oneshot, policies, prompts, selecting, sources
from training.checks import asking as checks
from training.estimates.sizes import Size
from training.learning import estimating
from training.learning.direct.settings.common import Direct
from training.learning.estimating import Speed
from training.learning.settings.oneshot import OneShot, Pecan
from training.learning.settings.online import Online
from training.learning.settings.selections import BestOfN
from training.runs import Wish, leave_of

KIND = "training.estimate"
LOOKED_THROUGH = 50  # newest measurements of a workspace
ANSWERS = 32  # tokens that answers may have where a run samples none
Settings = Online | Direct | BestOfN


def of_workspace(scope: Scope) -> QuerySet[Job]:
    return Job.objects.filter(workspace=scope.workspace, kind=KIND).order_by("-created_at")


def find(*, scope: Scope, job: UUID) -> Job:
    found = of_workspace(scope).filter(pk=job).first()
    if found is None:
        raise Http404(_("There is no such estimate."))
    return found


@transaction.atomic
def start(*, scope: Scope, wish: Wish) -> Job:
    """The job that measures; one that did already for the very same is answered again. No run is begun."""
    settings = methods.find("algorithms", wish.algorithm, field="algorithm").build(wish.settings or {})
    if algorithms.is_merge(settings):
        raise Invalid(_("What this takes is not foreseen."), field="algorithm")
    origin = policies.check(scope.workspace, wish.policy)
    size, models, asked = sized(scope, wish, settings)
    arguments = {
        "policy": origin.name if origin else wish.policy,
        "prompts_sha256": prompts.freeze(scope=scope, asked=asked).sha256,
        "rewards": models,
        "algorithm": wish.algorithm,
        "settings": asdict(settings),
        "size": asdict(size),
    }
    known = of_workspace(scope).filter(arguments=arguments)
    known = known.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return known.first() or launch.start(KIND, scope=scope, arguments=arguments)


def sized(scope: Scope, wish: Wish, settings: Any) -> tuple[Size, dict[str, str], Any]:
    """(its size, the hashes of weights by reward model, where its prompts come from); Invalid as a run would be."""
    if algorithms.is_direct(settings):
        return aligned(scope, wish, settings)
    if algorithms.is_one_shot(settings):
        return shot(scope, wish, settings)
    return selected(scope, wish) if algorithms.is_selection(settings) else pushed(scope, wish)


def selected(scope: Scope, wish: Wish) -> tuple[Size, dict[str, str], Any]:
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    parts = components.found(scope=scope, asked=wish.components, **leave_of(wish))
    selecting.must_choose(parts)
    beside = sources.beside(scope=scope, asked=wish.sources, policy=wish.policy)
    models = {str(part.model.pk): part.model.sha256 for part in parts}
    return Size(components=list(models.values()), beside=len(beside)), models, wish.prompts


def shot(scope: Scope, wish: Wish, settings: OneShot) -> tuple[Size, dict[str, str], Any]:
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    oneshot.asked(scope, wish)
    if isinstance(settings, Pecan):
        found = sources.aligned(scope=scope, asked=wish.sources, policy=wish.policy, beta=settings.beta)
        return Size(beside=len(found)), {}, wish.prompts
    parts = components.found(scope=scope, asked=wish.components, **leave_of(wish))
    oneshot.must_have_a_dual(components.plan_of(parts, None))
    models = {str(part.model.pk): part.model.sha256 for part in parts}
    return Size(components=list(models.values())), models, wish.prompts


def pushed(scope: Scope, wish: Wish) -> tuple[Size, dict[str, str], Any]:
    if wish.steps is None:
        raise Invalid(_("Say how many steps it may take."), field="steps")
    if wish.prompts is None:
        raise Invalid(_("Say where the prompts come from."), field="prompts")
    parts = components.found(scope=scope, asked=wish.components, **leave_of(wish))
    plan = components.plan_of(parts, wish.kl)
    leave = components.Leave(**leave_of(wish))
    checked = checks.found(scope=scope, asked=wish.checks, parts=parts, source=wish.prompts, leave=leave)
    golds = [gold.model for gold in checked.golds if gold.model] if checked else []
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    size = Size(
        steps=wish.steps,
        components=[part.model.sha256 for part in parts],
        golds=[one.sha256 for one in golds],
        held_out=round(checked.own.held_out * frozen.count) if checked else 0,
        every=checked.own.every if checked else 1,
        bounds=sum(len(one.bounds) for one in plan.components),
    )
    return size, {str(one.pk): one.sha256 for one in [*(part.model for part in parts), *golds]}, wish.prompts


def aligned(scope: Scope, wish: Wish, settings: Direct) -> tuple[Size, dict[str, str], Any]:
    if wish.snapshot is None:
        raise Invalid(_("Name the snapshot whose judgments it learns from."), field="snapshot")
    snapshot = reward_models.frozen_snapshot(scope, wish.snapshot, settings)
    parts = components.named(scope, settings.rewards, **leave_of(wish))
    models = {str(part.model.pk): part.model.sha256 for part in parts}
    size = Size(components=list(models.values()), snapshot=str(snapshot.pk))
    return size, models, {"snapshot": str(snapshot.pk)}


def newest(scope: Scope, *, policy: str, precision: str) -> tuple[Speed, Job] | None:
    """What was measured of this policy last, with every reward model that was ever timed on that device."""
    found: tuple[Speed, Job] | None = None
    for job in of_workspace(scope).filter(state=Job.State.SUCCEEDED, arguments__policy=policy)[:LOOKED_THROUGH]:
        one = estimating.speed((job.result or {})["speed"])
        if found is None and one.precision == precision:
            found = one, job
        elif found is not None and one.device == found[0].device:
            for key, scoring in one.scoring.items():
                found[0].scoring.setdefault(key, scoring)
    return found


def measured_as(settings: Settings) -> dict[str, Any]:
    """What a measurement takes over of the settings of a run."""
    if isinstance(settings, BestOfN):
        return {name: getattr(settings, name) for name in ("max_prompt", "max_new_tokens", "pass_tokens")}
    names = ["mode", "rank", "alpha", "precision", "pass_tokens"]
    own = {name: getattr(settings, name) for name in names}
    if isinstance(settings, OneShot):
        return {**own, "max_prompt": settings.prompt_limit, "max_new_tokens": settings.max_new_tokens}
    if isinstance(settings, Direct):
        longest = min(ANSWERS, settings.max_length - settings.prompt_limit)
        return {**own, "max_prompt": settings.prompt_limit, "max_new_tokens": longest}
    return {**own, "max_prompt": settings.max_prompt, "max_new_tokens": settings.max_new_tokens}
