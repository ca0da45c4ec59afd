"""What may be pushed: the text world's policy, a causal model by path or hub id, or what a run or a fit left here."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Workspace
from api.refusals import Conflict, Invalid
from rewardmodels import places as reward_places
from rewardmodels import registry as reward_models
from rewardmodels.models import RewardModel
from training import checkpoints, places
from training.models import Run

if TYPE_CHECKING:
    from lm.names import Sources

RUN, MODEL, FIELD = "run:", "model:", "policy"


class Made(NamedTuple):
    """What a name of this workspace stands for."""

    name: str  # with the step spelled out, so that it means the same tomorrow
    folder: Path
    run: Run | None


def check(workspace: Workspace, name: str) -> Made | None:
    """Invalid where the name means nothing here; what was made here comes back with its folder."""
    from rewardmodels.learning.world import policies

    if not name:
        raise Invalid(_("Name a policy."), field=FIELD)
    if name == policies.NAME:
        return None  # made on first use
    if name.startswith((RUN, MODEL)):
        return made(workspace, name)
    reward_models.check_backbone(name, field=FIELD)
    return None


def made(workspace: Workspace, name: str) -> Made:
    if name.startswith(MODEL):
        return of_model(workspace, name)
    key, _at, step = name.removeprefix(RUN).partition("@")
    run = Run.objects.filter(workspace=workspace, deleted_at=None, pk=identity(key, name)).first()
    if run is None:
        raise Invalid(_("There is no run {name} in this workspace.").format(name=name), field=FIELD)
    found = checkpoints.chosen(run, step or None, field=FIELD)
    return Made(f"{RUN}{run.pk}@{found.step}", places.checkpoint(run.pk, found.step), run)


def of_model(workspace: Workspace, name: str) -> Made:
    pk = identity(name.removeprefix(MODEL), name)
    model = RewardModel.objects.filter(workspace=workspace, deleted_at=None, pk=pk).first()
    if model is None:
        raise Invalid(_("There is no reward model {name} in this workspace.").format(name=name), field=FIELD)
    if not model.is_trained:
        raise Conflict(_("“{name}” is not trained yet.").format(name=model.name), field=FIELD)
    return Made(name, reward_places.folder_of(model.pk), None)


def identity(key: str, name: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Invalid(
            _("“{name}” is no name: write run:<id>, run:<id>@<step> or model:<id>.").format(name=name[:80]), field=FIELD
        ) from None


def sources(workspace: Workspace, name: str) -> "Sources":
    """Where the name may be read from; a thing of this workspace is added to what the machine has."""
    known = reward_places.sources()
    if not name.startswith((RUN, MODEL)):
        return known
    return replace(known, built={**known.built, name: made(workspace, name).folder})
