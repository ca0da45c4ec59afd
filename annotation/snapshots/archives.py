"""A snapshot in one archive: every split in a layout, the ties, the card, and checksums over all of it."""

import hashlib
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.scope import Scope
from annotation.models import Snapshot
from annotation.snapshots import cards, exports
from annotation.snapshots.exports import Export
from annotation.snapshots.formats import FORMATS
from jobs import launch
from jobs.models import Job

KIND = "annotation.archive"
KEPT_SECONDS = 30 * 24 * 3_600  # after packing; asking again packs the same bytes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP can say: the same content is the same bytes
Progress = Callable[[float, str], None]


@dataclass
class Member:
    """A file of the archive, as the manifest names it."""

    path: str
    sha256: str
    bytes: int


def start(*, scope: Scope, export: Export) -> Job:
    """The job that packs; refused at once where the layout cannot say the snapshot."""
    export.check()
    arguments = {"snapshot": str(export.snapshot.pk), "layout": export.layout, "format": export.format}
    job = launch.start(KIND, scope=scope, arguments=arguments, subject=("snapshot", export.snapshot.pk))
    scope.record("archive.started", "snapshot", export.snapshot.pk, layout=export.layout, format=export.format)
    return job


def pack(export: Export, *, folder: Path, progress: Progress) -> dict[str, Any]:
    """Write the archive and put it where its hash says."""
    export.check()
    path = folder / "archive.zip"
    members: list[Member] = []
    files = list(contents(export))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, chunks) in enumerate(files):
            progress(0.95 * number / len(files), f"Packing {name}")
            members.append(add(archive, name, chunks))
        manifest = describe(export, members)
        members.append(add(archive, "manifest.json", iter([pretty(manifest)])))
        sums = "".join(f"{member.sha256}  {member.path}\n" for member in members)
        add(archive, "SHA256SUMS", iter([sums.encode()]))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    target = place(sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    return {
        "sha256": sha256,
        "bytes": target.stat().st_size,
        "name": f"{export.snapshot.sha256[:12]}-{export.layout}.zip",
    }


def contents(export: Export) -> Iterator[tuple[str, Iterator[bytes]]]:
    suffix = FORMATS[export.format].suffix
    for split in sorted(export.snapshot.splits):
        yield f"data/{split}.{suffix}", replace(export, split=split).stream()
        if export.chosen.ties is not None:
            yield f"ties/{split}.{suffix}", replace(export, split=split, part="ties").stream()
    card = {**export.snapshot.card, "taken_down_since": cards.taken_down_since(export.snapshot)}
    yield "card.json", iter([pretty(card)])


def add(archive: zipfile.ZipFile, name: str, chunks: Iterator[bytes]) -> Member:
    """One member, streamed, counted and hashed on the way."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=True) as target:
        for chunk in chunks:
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return Member(name, digest.hexdigest(), size)


def describe(export: Export, members: list[Member]) -> dict[str, Any]:
    return {
        "snapshot_sha256": export.snapshot.sha256,
        "layout": export.layout,
        "format": export.format,
        "exporter_version": exports.VERSION,
        "counts": export.snapshot.counts,
        "files": [vars(member) for member in members],
    }


def pretty(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"


def place(sha256: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "exports" / sha256[:2] / f"{sha256}.zip"


def find(snapshot: Snapshot, job: UUID) -> Job | None:
    """The finished job of one of this snapshot's archives."""
    return Job.objects.filter(pk=job, kind=KIND, subject_id=snapshot.pk, state=Job.State.SUCCEEDED).first()


def forget() -> int:
    """The sweeper's chore: archives that were packed long ago; how many went."""
    packed = (Path(settings.MEDIA_ROOT) / "exports").glob("*/*.zip")
    old = [path for path in packed if time.time() - path.stat().st_mtime > KEPT_SECONDS]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def of_snapshot(snapshot: Snapshot) -> list[Job]:
    """The newest archives that are being packed, failed, or can be fetched: what was cleared away is left out."""
    newest = Job.objects.filter(kind=KIND, subject_id=snapshot.pk).order_by("-created_at")[:10]
    return [job for job in newest if job.result is None or place(job.result["sha256"]).is_file()]
