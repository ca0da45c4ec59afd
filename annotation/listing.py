"""What the list of projects says of each: how far, how many people, when last; one statement for a whole page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from annotation.models import Project
from annotation.queue import progress
from annotation.queue.statements import fetch

# A seat counts its own judgments, and the newest judgment is the end of an index: no judgment is counted here.
ACTIVITY = """
SELECT p.id,
       (SELECT count(*) FROM annotation_seat s WHERE s.project_id = p.id AND s.judged > 0),
       (SELECT count(*) FROM annotation_assignment a WHERE a.project_id = p.id AND a.state = 'open' AND a.holds_place),
       (SELECT max(j.created_at) FROM annotation_judgment j WHERE j.project_id = p.id)
  FROM unnest(%(projects)s::uuid[]) AS p (id)
"""


@dataclass(frozen=True)
class Figures:
    judged: int  # labels that are there
    wanted: int
    people: int  # who judged at least once
    last_at: datetime | None

    @property
    def share(self) -> float:
        return self.judged / self.wanted if self.wanted else 0.0


def figures(projects: Collection[UUID]) -> dict[UUID, Figures]:
    counts = progress.counts(projects)
    found = {}
    for project, people, leased, last_at in fetch(ACTIVITY, {"projects": list(projects)}):
        held, wanted = counts[project]
        found[project] = Figures(max(0, held - leased), wanted, people, last_at)
    return found


class Row(NamedTuple):
    project: Project
    figures: Figures


def rows(projects: list[Project]) -> list[Row]:
    found = figures([project.pk for project in projects])
    return [Row(project, found[project.pk]) for project in projects]
