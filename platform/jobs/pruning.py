"""Folders and logs of jobs that nobody will need again: a job keeps what is worth keeping elsewhere."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from jobs.models import Job, LogLine

KEPT = timedelta(days=30)  # after a job's end: so long its page offers what lies there, and it can be tried again
LOG_KEPT = timedelta(days=90)  # after a job's end; its state, result and measurements stay
MOST_LINES = 50_000  # a turn of the chore
UNKNOWN_KEPT = timedelta(days=1)  # what no job knows, left by a transaction that was rolled back


def drop_folders() -> int:
    """The sweeper's chore: how many folders went."""
    found = Path(settings.MEDIA_ROOT) / "jobs"
    return sum(drop(folder) for folder in found.iterdir() if folder.is_dir()) if found.is_dir() else 0


def drop_logs() -> int:
    """The sweeper's chore: how many lines went; the rest of a great many goes at the next turns."""
    old = LogLine.objects.filter(job__finished_at__lt=now() - LOG_KEPT).values("pk")[:MOST_LINES]
    return LogLine.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


@transaction.atomic
def drop(folder: Path) -> bool:
    """Under the lock of the job's row, so that nobody tries it again meanwhile."""
    try:
        key = UUID(folder.name)
    except ValueError:
        return False  # not ours
    job = Job.objects.select_for_update().filter(pk=key).first()
    if not (is_done_with(job) if job else is_old(folder)):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def is_done_with(job: Job) -> bool:
    """Whether the job ended so long ago that its files are of no use any more."""
    return job.finished_at is not None and job.finished_at < now() - KEPT


def is_old(folder: Path) -> bool:
    return datetime.fromtimestamp(folder.stat().st_mtime, tz=UTC) < now() - UNKNOWN_KEPT
