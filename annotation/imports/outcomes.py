"""What came of an import: its figures, and every line that was not taken."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from annotation.imports.faults import Fault
from annotation.models import Project
from annotation.snapshots.formats import guarded
from jobs.models import Job
from jobs.work import folder_of
from web.words import Words

KIND = "annotation.import"
SHOWN = 200  # rejected lines on the page; all of them are in the file
FIGURES: tuple[tuple[str, Words], ...] = (
    ("tasks", _("Tasks")),
    ("judgments", _("Judgments")),
    ("prompts", _("Prompts")),
    ("responses", _("Answers")),
    ("duplicates", _("There already")),
)


@dataclass(frozen=True)
class Outcome:
    figures: list[tuple[Words, int]]
    faults: list[Fault]  # the first of them
    fault_count: int
    is_empty: bool  # nothing was kept
    is_partial: bool
    is_labelled: bool  # judgments came in

    @property
    def said(self) -> tuple[str, Words]:
        """The tone and the sentence for what came of it."""
        counts = [count for _label, count in self.figures]
        *made, known = counts
        if self.is_empty:
            return "bad", _(
                "Nothing was brought in, because of the lines below. Mend them and send the file again, or ask to keep "
                "the good lines."
            )
        if not any(counts):
            none = _("There is no record in it that can be used: nothing was brought in.")
            return ("bad" if self.fault_count else "warn"), none
        if self.fault_count:
            return "warn", _("The good lines are in; those below were left out.")
        if known and not any(made):
            return "info", _("Nothing in it is new: all of it was there already.")
        return "good", _("All of it is in.")


def of_project(project: Project) -> QuerySet[Job]:
    found = Job.objects.filter(kind=KIND, subject_kind="project", subject_id=project.pk)
    return found.select_related("created_by")


def find(project: Project, job: UUID) -> Job:
    return get_object_or_404(of_project(project), pk=job)


def read(job: Job) -> Outcome | None:
    """None until it has succeeded."""
    if job.result is None:
        return None
    rejected = [Fault(**fault) for fault in job.result.get("rejected", [])]
    return Outcome(
        figures=[(label, job.result.get(name, 0)) for name, label in FIGURES],
        faults=rejected[:SHOWN],
        fault_count=refused(job),
        is_empty=bool(rejected) and not job.arguments.get("partial"),
        is_partial=bool(job.arguments.get("partial")),
        is_labelled=bool(job.result.get("judgments")),
    )


def refused(job: Job) -> int:
    """How many lines were not taken; the result names the first of them alone."""
    rejected = (job.result or {}).get("rejected", [])
    has_more = any(fault["line"] == 0 for fault in rejected)  # the last one says how many were left out
    return sum(1 for _fault in rejected_lines(job)) if has_more else len(rejected)


def faults_path(folder: Path) -> Path:
    """Where an import writes what it could not take, one JSON list a line."""
    return folder / "rejected.jsonl"


def rejected_lines(job: Job) -> Iterator[Fault]:
    path = faults_path(folder_of(job.pk))
    if path.is_file():
        with path.open() as file:
            yield from (Fault(*json.loads(line)) for line in file)
        return
    result: dict[str, Any] = job.result or {}
    yield from (Fault(**fault) for fault in result.get("rejected", []))


def rejected_file(job: Job) -> Iterator[bytes]:
    """CSV; a cell that a spreadsheet would run is guarded."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["line", "field", "message"])
    for fault in rejected_lines(job):
        writer.writerow([fault.line, guarded(fault.field), guarded(fault.message)])
        yield target.getvalue().encode()
        target.seek(0)
        target.truncate()
    yield target.getvalue().encode()
