"""One delivery: a job that packs the archive of a snapshot and brings it where somebody wants it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.delivery import folders, stores
from annotation.delivery.parcels import Parcel, Progress
from annotation.models import Destination, Snapshot
from annotation.snapshots import archives
from annotation.snapshots.exports import Export
from jobs import launch
from jobs.models import Job

KIND = "annotation.deliver"
PACKED = 0.4  # the share of the work that is packing


@transaction.atomic
def start(*, scope: Scope, export: Export, destination: Destination) -> Job:
    """The job that delivers; refused at once where the layout cannot say the snapshot."""
    export.check()
    arguments = {
        "snapshot": str(export.snapshot.pk),
        "layout": export.layout,
        "format": export.format,
        "destination": str(destination.pk),
        "to": destination.name,
    }
    job = launch.start(KIND, scope=scope, arguments=arguments, subject=("snapshot", export.snapshot.pk))
    told = {"layout": export.layout, "format": export.format, "destination": str(destination.pk)}
    scope.record("delivery.started", "snapshot", export.snapshot.pk, **told)
    return job


def deliver(
    export: Export, destination: Destination, *, folder: Path, progress: Callable[[float, str], None]
) -> dict[str, Any]:
    """Where it lies now, and its checksum. Done twice, the same file is there once."""
    facts = archives.pack(export, folder=folder, progress=lambda share, phase: progress(PACKED * share, phase))
    name = f"{export.snapshot.sha256[:12]}-{export.layout}-{export.format}.zip"
    parcel = Parcel(archives.place(facts["sha256"]), name, facts["sha256"], facts["bytes"])
    phase = _("Sending")
    progress(PACKED, phase)
    put: dict[str, Callable[[Destination, Parcel, Progress], str]] = {
        Destination.Way.FOLDER: folders.put,
        Destination.Way.S3: partial(stores.put, memo=folder / "upload"),
    }
    sent = lambda share: progress(PACKED + (0.99 - PACKED) * share, phase)  # noqa: E731
    where = put[destination.way](destination, parcel, sent)
    return {"where": where, "destination": str(destination.pk), **facts, "name": name}


def told(snapshot: Snapshot) -> dict[str, Any]:
    """The newest deliveries, as the page of the snapshot shows them."""
    found = list(Job.objects.filter(kind=KIND, subject_id=snapshot.pk).order_by("-created_at")[:10])
    return {"deliveries": found, "is_delivering": any(not job.is_over for job in found)}
