"""Whether a frozen snapshot is still what it was: its rows read again, their hash computed anew."""

from pathlib import Path
from typing import Any

from accounts.scope import Scope
from annotation.models import Snapshot
from annotation.snapshots import reading
from api.refusals import Unready
from jobs import launch
from jobs.models import Job

KIND = "annotation.verify"


def start(*, scope: Scope, snapshot: Snapshot) -> Job:
    job = launch.start(KIND, scope=scope, arguments={"snapshot": str(snapshot.pk)}, subject=("snapshot", snapshot.pk))
    scope.record("snapshot.verification_started", "snapshot", snapshot.pk)
    return job


def verify(snapshot: Snapshot, *, folder: Path, progress: reading.Progress) -> dict[str, Any]:
    """The hash as the files give it now; a file that is damaged is named, and gives none."""
    try:
        found, why = reading.recompute(snapshot, folder, progress), ""
    except Unready as damage:
        found, why = "", damage.message
    return {"id": str(snapshot.pk), "sha256": found, "matches": found == snapshot.sha256, "why": why}


def newest(snapshot: Snapshot) -> Job | None:
    return Job.objects.filter(kind=KIND, subject_id=snapshot.pk).order_by("-created_at").first()
