"""How far projects have come, as the share of the labels they want; counted now and then, not on every call."""

import time
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from annotation.queue.statements import fetch

COUNT = """
SELECT project_id, sum(overlap - open_places), sum(overlap)
  FROM annotation_task
 WHERE project_id = ANY (%(projects)s) AND (status <> 'closed' OR open_places < overlap)
 GROUP BY project_id
"""
LEAST_SECONDS = 2.0
PATIENCE = 200  # counting may take 1/200 of the time, however large the project


class Count(NamedTuple):
    """The places of a project: taken or answered, and all."""

    held: int = 0
    wanted: int = 0

    @property
    def share(self) -> float:
        return round(self.held / self.wanted, 4) if self.wanted else 0.0


_known: dict[UUID, tuple[float, Count]] = {}  # project → (when to count again, count); of this process


def counts(projects: Collection[UUID]) -> dict[UUID, Count]:
    """The counts of all of these in one statement, a few seconds old at most where a project is small."""
    start = time.monotonic()
    fresh = {project: known[1] for project in projects if (known := _known.get(project)) and start < known[0]}
    due = [project for project in projects if project not in fresh]
    return fresh | (count_again(due) if due else {})


def count_again(projects: list[UUID]) -> dict[UUID, Count]:
    start = time.monotonic()
    found = dict.fromkeys(projects, Count())
    for project, held, wanted in fetch(COUNT, {"projects": projects}):
        found[project] = Count(int(held), int(wanted))
    end = time.monotonic()
    if len(_known) > 10_000:
        _known.clear()
    all_wanted = sum(count.wanted for count in found.values()) or 1
    for project, count in found.items():
        cost = (end - start) * count.wanted / all_wanted  # a large project makes its neighbours no staler
        _known[project] = (end + max(LEAST_SECONDS, PATIENCE * cost), count)
    return found


def share(project: UUID) -> float:
    """The share of places that are taken or answered."""
    return counts([project])[project].share
