"""Asking for an import: the file is put where the job finds it, the job is started."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.imports import files, staging
from annotation.imports.running import Request
from annotation.imports.staging import Staged, new_path
from annotation.models import Project
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job

MOST_RECORDS = 1_000


@dataclass(frozen=True)
class Options:
    """How an import shall go."""

    kind: str | None = None
    overlap: int | None = None
    partial: bool = False
    as_judgments: bool = False
    counts: bool = False  # whether imported judgments count toward the overlap


def of_file(*, scope: Scope, project: Project, file: UploadedFile, options: Options) -> Job:
    suffix = files.suffix_of(file.name or "")
    path = new_path(suffix)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return start(scope, project, path, suffix, options, name=file.name or "")


def of_records(*, scope: Scope, project: Project, records: Iterable[dict[str, Any]], options: Options) -> Job:
    path = new_path(".jsonl")
    with path.open("w") as target:
        for record in records:
            target.write(json.dumps(record, ensure_ascii=False) + "\n")
    return start(scope, project, path, ".jsonl", options)


def of_staged(*, scope: Scope, project: Project, staged: Staged, options: Options) -> Job:
    """A file that was looked at before: it is brought in once."""
    check(project, options)
    path = staging.take(staged)
    return start(scope, project, path, staged.suffix, options, name=staged.name)


def start(scope: Scope, project: Project, path: Path, suffix: str, options: Options, *, name: str = "") -> Job:
    try:
        check(project, options)
    except Exception:
        path.unlink()
        raise
    place = str(path.relative_to(settings.MEDIA_ROOT))
    request = Request(str(project.pk), place, suffix, **asdict(options), name=name[:200])
    job = launch.start("annotation.import", scope=scope, arguments=asdict(request), subject=("project", project.pk))
    scope.record("import.started", "project", project.pk, job=str(job.pk), bytes=path.stat().st_size)
    return job


def check(project: Project, options: Options) -> None:
    if project.status == Project.Status.CLOSED:
        raise Conflict(_("This project is closed: nothing is brought in any more."))
    if options.kind and options.kind not in project.kinds:
        raise Invalid(_("This project asks {kinds}.").format(kinds=", ".join(project.kinds)), field="kind")


def most_bytes() -> int:
    """What one file may hold."""
    return settings.MAX_UPLOAD_BYTES
