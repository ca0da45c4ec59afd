"""One import from its file to its result, in the transaction of its job."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from annotation.imports import aspects, files, labelling, questions, records, storing
from annotation.imports.faults import MOST_KEPT, MOST_NAMED, BadRecord, Fault
from annotation.imports.storing import Line, Plan, Tally
from annotation.models import Project
from annotation.projects import newest_guidelines
from annotation.queue import ordering

BATCH = 500
BATCH_CHARACTERS = 4_000_000


@dataclass(frozen=True)
class Request:
    """What was asked for; JSON in the job's arguments."""

    project: str
    path: str
    suffix: str
    kind: str | None = None
    overlap: int | None = None
    partial: bool = False
    as_judgments: bool = False
    counts: bool = False
    name: str = ""  # what the person's file was called


class Import:
    """Reads, checks and stores; the meter says how far it has come."""

    def __init__(self, request: Request, all_faults: Path | None = None) -> None:
        self.request = request
        self.all_faults = all_faults  # where every fault is written, also those that the result has no room for
        self.path = Path(settings.MEDIA_ROOT) / request.path
        self.project = Project.objects.standing().select_related("workspace").get(pk=request.project)
        self.plan = Plan(
            self.project, newest_guidelines(self.project), request.overlap or self.project.overlap, request.counts
        )
        self.faults: list[Fault] = []
        self.fault_count = 0
        self.read = 0
        self.meter = files.Meter()

    @property
    def kinds(self) -> list[str]:
        return [self.request.kind] if self.request.kind else list(self.project.kinds)

    def run(self) -> Iterator[int]:
        """Yields the number of records read so far, now and then; with a bad line nothing is kept unless asked."""
        serialise(self.project.pk)
        if self.request.counts:
            labelling.begin_taking()
        with transaction.atomic():
            for batch in self.batches():
                if self.request.partial or not self.fault_count:  # else only go on naming what is wrong
                    self.note(storing.store(self.plan, batch))
                yield self.read
            if self.fault_count and not self.request.partial:
                transaction.set_rollback(True)
                self.plan.tally, self.plan.lowest = Tally(), None
        if self.plan.lowest is not None:
            rank, position = self.plan.lowest
            refresh_statistics(self.plan.tally)
            ordering.pull_back(self.project.pk, rank=rank, position=position)
        if self.request.counts:
            labelling.count_taken()

    def batches(self) -> Iterator[list[Line]]:
        batch: list[Line] = []
        size = 0
        for found in aspects.joined(files.read(self.path, self.request.suffix, self.meter)):
            if isinstance(found, Fault):
                self.note([found])
                continue
            self.read += 1
            line = self.line(*found)
            if line is None:
                continue
            batch.append(line)
            size += sum(len(part.text) for part in line.record.responses)
            if len(batch) >= BATCH or size > BATCH_CHARACTERS:
                yield batch
                batch, size = [], 0
        yield batch

    def line(self, number: int, values: dict[str, Any]) -> Line | None:
        try:
            record = records.read(values)
            if self.request.as_judgments:
                return Line(number, record, [questions.labelled(record, self.kinds)], is_labelled=True)
            return Line(number, record, questions.tasks(record, self.kinds), is_labelled=False)
        except BadRecord as bad:
            self.note([Fault(number, bad.field, bad.message)])
            return None

    def note(self, faults: list[Fault]) -> None:
        if self.all_faults and faults and self.fault_count < MOST_KEPT:
            with self.all_faults.open("a" if self.fault_count else "w") as target:
                target.writelines(json.dumps(list(fault)) + "\n" for fault in faults)
        self.fault_count += len(faults)
        self.faults += faults[: max(0, MOST_NAMED - len(self.faults))]

    def result(self) -> dict[str, Any]:
        rejected = [fault._asdict() for fault in self.faults]
        if self.fault_count > len(rejected):
            more = _("{n} more lines were rejected.").format(n=self.fault_count - len(rejected))
            rejected.append({"line": 0, "field": "", "message": more})
        return {**asdict(self.plan.tally), "rejected": rejected}


def serialise(project: UUID) -> None:
    """Imports into one project go one after the other, so that the same content is not made twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [str(project)])


def refresh_statistics(made: Tally) -> None:
    """After many new rows the planner must not think that the tables are small.

    Nor that one which has just begun to fill is empty: prepared statements keep the plan of that moment.
    """
    if made.tasks >= 1_000:
        tables = ["task", "taskresponse", "response", "prompt", *(["assignment"] if made.judgments else [])]
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ANALYZE annotation_{table}")
