"""Files of scores: named by the hash of their bytes, kept for a while, fetched by whoever may score."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, Http404

from accounts.scope import Scope
from annotation.snapshots.formats import FORMATS
from jobs.models import Job
from rewardmodels.batches.asking import KIND
from rewardmodels.models import RewardModel

KEPT_SECONDS = 30 * 24 * 3_600
SHOWN = 10


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "scores"


def place(sha256: str, suffix: str) -> Path:
    return root() / sha256[:2] / f"{sha256}.{suffix}"


def of_model(model: RewardModel) -> QuerySet[Job]:
    found = Job.objects.filter(kind=KIND, subject_kind="reward_model", subject_id=model.pk)
    return found.select_related("created_by").order_by("-created_at")


def path_of(job: Job) -> Path | None:
    """The file, as long as it is there."""
    if job.result is None:
        return None
    path = place(job.result["sha256"], FORMATS[job.arguments["format"]].suffix)
    return path if path.is_file() else None


def newest(model: RewardModel) -> Iterator[tuple[Job, bool]]:
    """The newest jobs, and whether the file of each can be fetched."""
    for job in of_model(model)[:SHOWN]:
        yield job, path_of(job) is not None


def response(*, scope: Scope, model: RewardModel, job: UUID) -> FileResponse:
    found = of_model(model).filter(pk=job).first()
    path = path_of(found) if found else None
    if found is None or found.result is None or path is None:
        raise Http404
    scope.record("scores.downloaded", "reward_model", model.pk, job=str(job))
    media_type = FORMATS[found.arguments["format"]].media_type
    return FileResponse(path.open("rb"), as_attachment=True, filename=found.result["name"], content_type=media_type)


def forget() -> int:
    """The sweeper's chore: files that were written long ago; how many went."""
    return sum(forget_old(path) for path in root().glob("*/*"))


def forget_old(path: Path) -> bool:
    """Whether the file was old and went; another sweeper, or a batch that moves its draft, may have been faster."""
    try:
        is_old = time.time() - path.stat().st_mtime > KEPT_SECONDS
        if is_old:
            path.unlink()
    except FileNotFoundError:
        return False
    return is_old
