"""Asking for the rewards of a reference: a short job samples the policy and lets reward models score what it said."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from jobs import launch
from jobs.models import Job
from training import components, policies, prompts

KIND = "training.reference"
SAMPLES = 256
MOST_SAMPLES = 4_096
MOST_MODELS = 8
LOOKED_THROUGH = 50  # newest looks of a workspace, for one that knows a threshold's place


@dataclass(frozen=True)
class Wish:
    policy: str
    prompts: Any
    reward_models: list[UUID]
    samples: int = SAMPLES
    max_new_tokens: int = 128
    max_prompt: int = 256
    seed: int = 0


def of_workspace(scope: Scope) -> QuerySet[Job]:
    return Job.objects.filter(workspace=scope.workspace, kind=KIND).order_by("-created_at")


def find(*, scope: Scope, job: UUID) -> Job:
    found = of_workspace(scope).filter(pk=job).first()
    if found is None:
        raise Http404(_("There is no such reference."))
    return found


@transaction.atomic
def start(*, scope: Scope, wish: Wish) -> Job:
    """The job that looks; one that did already at the very same is answered again."""
    if not wish.reward_models:
        raise Invalid(_("Name a reward model that is to score the samples."), field="reward_models")
    origin = policies.check(scope.workspace, wish.policy)
    models = [
        components.usable(scope, pk, True, f"reward_models.{place}") for place, pk in enumerate(wish.reward_models)
    ]
    frozen = prompts.freeze(scope=scope, asked=wish.prompts)
    arguments = {
        "policy": origin.name if origin else wish.policy,
        "prompts_sha256": frozen.sha256,
        "rewards": {str(model.pk): model.sha256 for model in models},
        "samples": wish.samples,
        "max_new_tokens": wish.max_new_tokens,
        "max_prompt": wish.max_prompt,
        "seed": wish.seed,
    }
    known = of_workspace(scope).filter(arguments=arguments)
    known = known.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return known.first() or launch.start(KIND, scope=scope, arguments=arguments)


def known_values(scope: Scope, *, policy: str, prompts_sha256: str) -> dict[str, list[float]]:
    """What looks at this policy on these prompts found, lowest first, by the hash of a reward model's weights."""
    looks = of_workspace(scope).filter(state=Job.State.SUCCEEDED)[:LOOKED_THROUGH]
    found: dict[str, list[float]] = {}
    for look in looks:
        if (look.arguments["policy"], look.arguments["prompts_sha256"]) != (policy, prompts_sha256):
            continue
        rewards = (look.result or {})["rewards"]
        for pk, sha256 in look.arguments["rewards"].items():
            found.setdefault(sha256, rewards[pk]["values"])
    return found
