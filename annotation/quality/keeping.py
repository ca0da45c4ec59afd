"""What was computed goes into tables: the report stays, the figures of tasks and annotators are replaced."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from annotation.models import AnnotatorFigure, Project, QualityReport, TaskFigure
from annotation.quality.figures import Found
from annotation.quality.measured import Measured
from annotation.quality.people import Person

BATCH = 2_000

# Positions become tasks here, so that the computation need not hold a million ids. A task that went meanwhile is left.
SPREAD = """
INSERT INTO annotation_taskfigure
       (task_id, project_id, kind, votes, place, agreement, disagreement, uncertainty, consensus)
SELECT t.id, t.project_id, f.kind, f.votes, f.place, f.agreement, f.disagreement, f.uncertainty, f.consensus
  FROM quality_found f JOIN annotation_task t ON t.project_id = %s AND t.position = f.position
"""
FOUND = """
CREATE TEMPORARY TABLE quality_found (
    position bigint, kind text, votes int, place int, agreement float8, disagreement float8, uncertainty float8,
    consensus jsonb
) ON COMMIT DROP
"""


@transaction.atomic
def keep(project: Project, found: Found, *, as_of: datetime, job: UUID) -> QualityReport:
    """One report a job, however often it is delivered."""
    used = found.report["counts"]["used"]
    report, is_new = QualityReport.objects.get_or_create(
        job_id=job,
        defaults={
            "project": project,
            "as_of": as_of,
            "judgments": sum(used.values()),
            "figures": found.report,
        },
    )
    newer = QualityReport.objects.filter(project=project, as_of__gt=report.as_of)
    if is_new and not newer.exists():
        replace_tasks(project, found.measured)
        replace_annotators(project, found.sheet.annotators, found.people)
    return report


def replace_tasks(project: Project, measured: list[Measured]) -> None:
    TaskFigure.objects.filter(project=project)._raw_delete(using="default")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.quality_found")
        cursor.execute(FOUND)
        with cursor.copy("COPY quality_found FROM STDIN") as copy:
            for row in rows(measured):
                copy.write_row(row)
        cursor.execute(SPREAD, [project.pk])


def rows(measured: list[Measured]) -> Iterator[tuple[Any, ...]]:
    for found in measured:
        tasks, places = found.tasks, found.tasks.places
        for number, position in enumerate(tasks.task.tolist()):
            yield (
                position,
                found.kind,
                int(tasks.votes[number]),
                int(places[number]) or None,
                *(known(column[number]) for column in (tasks.agreement, tasks.disagreement, tasks.uncertainty)),
                json.dumps(tasks.consensus[number]),
            )


def known(value: float) -> float | None:
    """Nine digits, so that the order of additions decides nothing where a snapshot asks for an agreement."""
    return None if np.isnan(value) else round(float(value), 9)


def replace_annotators(project: Project, annotators: list[UUID], people: list[Person]) -> None:
    AnnotatorFigure.objects.filter(project=project).delete()
    AnnotatorFigure.objects.bulk_create(
        (row(project, annotator, person) for annotator, person in zip(annotators, people, strict=True)),
        batch_size=BATCH,
    )


def row(project: Project, annotator: UUID, person: Person) -> AnnotatorFigure:
    (right, seen), (same, repeats) = person.gold, person.repeats
    return AnnotatorFigure(
        project=project,
        annotator_id=annotator,
        judgments=person.judgments,
        median_seconds=person.median_seconds,
        gold_right=right,
        gold_seen=seen,
        gold_share=right / seen if seen else None,
        repeats_same=same,
        repeats=repeats,
        repeats_share=same / repeats if repeats else None,
        flags=sorted(set(person.flags)),
        figures=person.figures,
    )
