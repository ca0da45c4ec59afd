"""Who works in a project, under their pseudonyms: how much, how fast, when last, and what they skip."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from annotation.models import Project, Seat
from annotation.queue.statements import fetch
from annotation.watching.patience import Kept

RECENT = 200  # assignments of a person that are read, however many there are

# For each person the newest assignments by the index, then their judgments by key.
WORK = """
SELECT p.id, count(v.duration_ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY v.duration_ms),
       COALESCE(sum(v.duration_ms), 0)::bigint, max(COALESCE(a.ended_at, a.created_at))
  FROM unnest(%(annotators)s::uuid[]) AS p (id)
  LEFT JOIN LATERAL (
       SELECT id, created_at, ended_at FROM annotation_assignment
        WHERE project_id = %(project)s AND annotator_id = p.id ORDER BY created_at DESC LIMIT %(recent)s::int) a ON true
  LEFT JOIN annotation_judgment j ON j.assignment_id = a.id
  LEFT JOIN annotation_judgmentversion v ON v.judgment_id = j.id AND v.version = 1
 GROUP BY p.id
"""
# By the partial index of skips, which holds the annotator.
SKIPS = """
SELECT annotator_id, count(*) FROM annotation_assignment
 WHERE project_id = %(project)s AND state = 'skipped' AND annotator_id = ANY (%(annotators)s::uuid[])
 GROUP BY 1
"""


@dataclass(frozen=True)
class Work:
    timed: int = 0  # judgments among the recent ones that say how long they took
    median_ms: float | None = None
    sum_ms: int = 0
    last_at: datetime | None = None
    skips: int = 0

    @property
    def median_seconds(self) -> float | None:
        return None if self.median_ms is None else self.median_ms / 1000

    def hours(self, judged: int) -> float | None:
        """The time of the timed judgments, stretched over all of them where there are more."""
        if not self.timed:
            return None
        return self.sum_ms / 3_600_000 * max(1.0, judged / self.timed)

    def is_stretched(self, judged: int) -> bool:
        return judged > self.timed


class Person(NamedTuple):
    seat: Seat
    work: Work

    @property
    def hours(self) -> float | None:
        return self.work.hours(self.seat.judged)

    @property
    def is_about(self) -> bool:
        return self.work.is_stretched(self.seat.judged)


def seated(project: Project) -> QuerySet[Seat]:
    """Everybody who sat down; imported judgments have no seat."""
    return Seat.objects.filter(project=project).select_related("annotator")


def work(project: UUID, annotators: Collection[UUID]) -> dict[UUID, Work]:
    values: dict[str, Any] = {"project": project, "annotators": list(annotators), "recent": RECENT}
    skips = dict(fetch(SKIPS, values))
    return {
        annotator: Work(timed, median, total, last_at, skips.get(annotator, 0))
        for annotator, timed, median, total, last_at in fetch(WORK, values)
    }


kept = Kept[tuple[UUID, tuple[UUID, ...]], dict[UUID, Work]](lambda key: work(*key))


def with_work(project: UUID, seats: list[Seat]) -> list[Person]:
    found = kept((project, tuple(seat.annotator_id for seat in seats)))
    return [Person(seat, found[seat.annotator_id]) for seat in seats]
