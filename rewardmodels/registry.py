"""The reward models of a workspace: begun, found, given a standing, put away."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Snapshot
from api import methods
from api.refusals import Conflict, Invalid
from jobs import launch
from rewardmodels import composing, places, teaching
from rewardmodels.models import RewardModel, Standing, StandingChange


@dataclass(frozen=True)
class Wish:
    """What a person asks to be learned."""

    name: str
    kind: str
    snapshot: UUID
    backbone: str
    settings: Any
    seed: int


def of_workspace(scope: Scope) -> QuerySet[RewardModel]:
    return (
        RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None)
        .select_related("snapshot__project", "job", "created_by")
        .order_by("-created_at")
    )


def find(*, scope: Scope, reward_model: UUID) -> RewardModel:
    found = of_workspace(scope).filter(pk=reward_model).first()
    if found is None:
        raise Http404(_("There is no such reward model."))
    return found


@transaction.atomic
def begin(*, scope: Scope, wish: Wish) -> RewardModel:
    """Save the model to be and ring for the worker that learns it."""
    settings = methods.find("reward_model_kinds", wish.kind).build(wish.settings)
    check_backbone(wish.backbone)
    composing.check(scope, settings)
    snapshot = frozen_snapshot(scope, wish.snapshot, settings)
    model = RewardModel.objects.create(
        workspace=scope.workspace,
        name=wish.name,
        kind=wish.kind,
        snapshot=snapshot,
        backbone=wish.backbone,
        settings=asdict(settings),
        seed=wish.seed,
        created_by=scope.person,
    )
    model.job = launch.start(
        "rewardmodels.fit",
        scope=scope,
        arguments={"reward_model": str(model.pk)},
        subject=("reward_model", model.pk),
    )
    model.save(update_fields=["job"])
    scope.record("reward_model.created", "reward_model", model.pk, snapshot=str(snapshot.pk), reward_kind=wish.kind)
    return model


def check_backbone(name: str, *, field: str = "backbone") -> None:
    """Invalid where the name means nothing here, or a hub cannot be asked; the files are read by the worker."""
    from lm import hub, names

    try:
        place = names.locate(name, places.sources())
        if place.folder is None:
            hub.ensure_at_hand(place)
    except names.Unavailable as error:
        raise Invalid(str(error), field=field) from None


def frozen_snapshot(scope: Scope, snapshot_id: UUID, settings: teaching.Learns) -> Snapshot:
    """The snapshot, if it is frozen and its training split holds what this kind learns from."""
    snapshot = Snapshot.objects.standing().filter(pk=snapshot_id, project__workspace=scope.workspace).first()
    if snapshot is None:
        raise Invalid(_("There is no such snapshot in this workspace."), field="snapshot")
    if snapshot.frozen_at is None:
        raise Conflict(_("This snapshot is still being frozen. Wait until its job has succeeded."), field="snapshot")
    if reason := teaching.reason_against(snapshot, settings):
        raise Invalid(reason, field="snapshot")
    return snapshot


@transaction.atomic
def change_standing(*, scope: Scope, model: RewardModel, standing: str, reason: str) -> RewardModel:
    """Move a model to another standing and remember who did and why."""
    model = RewardModel.objects.select_for_update(of=("self",)).get(pk=model.pk, deleted_at=None)
    if not reason.strip():
        raise Invalid(_("Say why, in a sentence: others will rely on it."), field="reason")
    if standing == model.standing:
        raise Conflict(_("This reward model is %(standing)s already.") % {"standing": model.get_standing_display()})
    if standing == Standing.APPROVED and not model.is_trained:
        raise Conflict(_("Only a trained reward model can be approved; this one has no weights yet."))
    StandingChange.objects.create(
        reward_model=model, before=model.standing, after=standing, reason=reason.strip(), person=scope.person
    )
    scope.record("reward_model.standing", "reward_model", model.pk, before=model.standing, after=standing)
    model.standing = standing
    model.save(update_fields=["standing"])
    return model
