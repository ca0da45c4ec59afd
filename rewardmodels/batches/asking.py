"""Asking for many scores: the job is started, what it reads is put where it finds it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import projects
from annotation.imports import files
from annotation.imports.staging import new_path
from annotation.models import Snapshot
from annotation.snapshots.formats import FORMATS
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels.models import RewardModel

KIND = "rewardmodels.score"
MOST_RECORDS = 1_000


@dataclass(frozen=True)
class Request:
    """What a job scores, and how it writes the result."""

    reward_model: str
    format: str = "jsonl"
    path: str = ""  # below MEDIA_ROOT, where a file is scored
    suffix: str = ""
    name: str = ""  # of the file, as the person called it
    snapshot: str = ""
    split: str = ""
    project: str = ""


def of_file(*, scope: Scope, model: RewardModel, file: UploadedFile, format: str) -> Job:
    check(model, format)
    suffix = files.suffix_of(file.name or "")
    path = new_path(suffix)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return start_with(scope, model, path, Request(str(model.pk), format, suffix=suffix, name=(file.name or "")[:200]))


def of_records(*, scope: Scope, model: RewardModel, records: Iterable[dict[str, Any]], format: str) -> Job:
    check(model, format)
    path = new_path(".jsonl")
    with path.open("w") as target:
        target.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return start_with(scope, model, path, Request(str(model.pk), format, suffix=".jsonl"))


def of_snapshot(*, scope: Scope, model: RewardModel, snapshot: UUID, split: str, format: str) -> Job:
    check(model, format)
    found = Snapshot.objects.standing().filter(pk=snapshot, project__workspace=scope.workspace).first()
    if found is None:
        raise Invalid(_("There is no such snapshot in this workspace."), field="snapshot")
    if found.frozen_at is None:
        raise Conflict(_("This snapshot is still being frozen. Wait until its job has succeeded."), field="snapshot")
    if split and split not in found.files:
        known = ", ".join(sorted(found.files))
        raise Invalid(_("This snapshot has no such split; it has {known}.").format(known=known), field="split")
    request = Request(str(model.pk), format, snapshot=str(found.pk), split=split, name=found.name)
    return start(scope, model, request)


def of_project(*, scope: Scope, model: RewardModel, project: UUID, format: str) -> Job:
    check(model, format)
    try:
        found = projects.find(scope=scope, project=project)
    except Http404:
        raise Invalid(_("There is no such project in this workspace."), field="project") from None
    return start(scope, model, Request(str(model.pk), format, project=str(found.pk), name=found.name))


def check(model: RewardModel, format: str) -> None:
    if not model.is_trained:
        raise Conflict(_("This reward model is not trained yet. Follow its job, then score."))
    if format not in FORMATS:
        raise Invalid(_("Choose one of: {known}.").format(known=", ".join(FORMATS)), field="format")


def start_with(scope: Scope, model: RewardModel, path: Path, request: Request) -> Job:
    """The file goes where nobody wants it any more if the job cannot be started."""
    place = str(path.relative_to(settings.MEDIA_ROOT))
    try:
        return start(scope, model, Request(**{**asdict(request), "path": place}))
    except Exception:
        path.unlink(missing_ok=True)
        raise


@transaction.atomic
def start(scope: Scope, model: RewardModel, request: Request) -> Job:
    scope.record("reward_model.scored", "reward_model", model.pk, format=request.format)
    return launch.start(KIND, scope=scope, arguments=asdict(request), subject=("reward_model", model.pk))
