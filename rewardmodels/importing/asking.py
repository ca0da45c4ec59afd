"""Asking for an import: the row is there at once, its job opens the model and tries it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.imports.staging import new_path
from annotation.models import Snapshot
from api.refusals import Conflict, Invalid
from jobs import launch
from rewardmodels import registry
from rewardmodels.importing import archives
from rewardmodels.models import IMPORTED, RewardModel

KIND = "rewardmodels.import"
OWN = "own"
TEMPLATES = (OWN, "touchstone-encoder", "touchstone-plain")
LENGTHS = (16, 32_768)


@dataclass(frozen=True)
class Wish:
    """What a person says of somebody else's model."""

    name: str
    template: str = OWN  # its own, or the named default of its kind where it brings none
    max_length: int | None = None  # tokens; None: what it reads, at most 2,048
    snapshot: UUID | None = None  # on which it is calibrated and evaluated


@dataclass(frozen=True)
class Request:
    """What the job needs beyond the row."""

    reward_model: str
    path: str = ""  # of the archive, below MEDIA_ROOT
    source: str = ""  # a path that the operator allows, or a hub's id
    template: str = OWN
    max_length: int | None = None
    snapshot: str = ""


def of_file(*, scope: Scope, wish: Wish, file: UploadedFile) -> RewardModel:
    suffix = archives.suffix_of(file.name or "")
    if not suffix:
        message = _("Expected an archive named {names}.").format(
            names=", ".join(f"*{one}" for one in archives.SUFFIXES)
        )
        raise Invalid(message, field="file")
    check(scope, wish)
    path = new_path(suffix)
    try:
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        return begin(scope, wish, source=file.name or "", path=path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def of_source(*, scope: Scope, wish: Wish, source: str) -> RewardModel:
    check(scope, wish)
    registry.check_backbone(source, field="source")
    return begin(scope, wish, source=source)


def check(scope: Scope, wish: Wish) -> None:
    if wish.template not in TEMPLATES:
        raise Invalid(_("Choose one of: {known}.").format(known=", ".join(TEMPLATES)), field="template")
    low, high = LENGTHS
    if wish.max_length is not None and not low <= wish.max_length <= high:
        raise Invalid(_("This must lie between {low} and {high}.").format(low=low, high=high), field="max_length")
    if wish.snapshot is None:
        return
    own = Snapshot.objects.standing().filter(project__workspace=scope.workspace)
    found = own.filter(pk=wish.snapshot).first()
    if found is None:
        raise Invalid(_("There is no such snapshot in this workspace."), field="snapshot")
    if found.frozen_at is None:
        raise Conflict(_("This snapshot is still being frozen. Wait until its job has succeeded."), field="snapshot")


@transaction.atomic
def begin(scope: Scope, wish: Wish, *, source: str, path: Path | None = None) -> RewardModel:
    model = RewardModel.objects.create(
        workspace=scope.workspace,
        name=wish.name,
        kind=IMPORTED,
        backbone=source[:300],
        settings={"template": wish.template, "max_length": wish.max_length},
        created_by=scope.person,
    )
    request = Request(
        reward_model=str(model.pk),
        path=str(path.relative_to(settings.MEDIA_ROOT)) if path else "",
        source="" if path else source,
        template=wish.template,
        max_length=wish.max_length,
        snapshot=str(wish.snapshot or ""),
    )
    model.job = launch.start(KIND, scope=scope, arguments=asdict(request), subject=("reward_model", model.pk))
    model.save(update_fields=["job"])
    scope.record("reward_model.imported", "reward_model", model.pk)
    return model
