"""Disputed tasks, found from the votes at the moment they are asked for, the most disputed first.

Disagreement lies between 0 and 1 for every kind: of classes it is the share of pairs of votes that differ (of an order,
averaged over its pairs of responses), of amounts their variance against that of all amounts, of marks against the
largest that the scale allows.
"""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from annotation.agreement.disagreement import between_amounts, between_classes, ordered
from annotation.agreement.votes import Floats, Votes
from annotation.queue.statements import fetch

MOST = 5_000  # disputed tasks that are compared; settling some makes room for the rest
SLOW = 0.5  # seconds; what took longer is remembered for 20 times as long
LARGEST_MARK_VARIANCE = 8.0  # of the marks 1 and 5

VOTES = """
WITH counted AS (
    SELECT a.task_id, v.kind, v.preferred_id, v.desirable, v.amount_low, v.amount_high,
           v.answer -> 'order' AS ranks, v.answer -> 'ratings' AS ratings
      FROM annotation_judgment j
      JOIN annotation_assignment a ON a.id = j.assignment_id
      JOIN annotation_judgmentversion v ON v.judgment_id = j.id AND v.version = j.version
     WHERE j.project_id = %(project)s AND a.purpose = 'label' AND j.withdrawn_at IS NULL AND NOT j.is_late
       AND j.set_aside_at IS NULL
), disputed AS (
    SELECT c.task_id FROM counted c
      JOIN annotation_task t ON t.id = c.task_id
      JOIN annotation_prompt p ON p.id = t.prompt_id AND p.taken_down_at IS NULL
     WHERE NOT EXISTS (SELECT FROM annotation_assignment s
                        WHERE s.task_id = c.task_id AND s.purpose = 'adjudication' AND s.state = 'submitted')
     GROUP BY c.task_id
    HAVING count(*) > 1
       AND (count(DISTINCT COALESCE(c.preferred_id::text, '')) > 1 OR count(DISTINCT c.desirable) > 1
            OR count(DISTINCT (c.amount_low, c.amount_high)) > 1 OR count(DISTINCT c.ranks) > 1
            OR count(DISTINCT c.ratings) > 1)
     LIMIT %(most)s::int
)
SELECT c.task_id, c.kind, place.position, c.desirable,
       (c.amount_low + COALESCE(c.amount_high, c.amount_low))::float8 / 2, c.ranks::text, c.ratings::text
  FROM disputed d JOIN counted c USING (task_id)
  LEFT JOIN annotation_taskresponse place ON place.task_id = c.task_id AND place.response_id = c.preferred_id
 ORDER BY c.task_id
"""
Row = tuple[Any, ...]
_known: dict[
    UUID, tuple[float, "list[Dispute]"]
] = {}  # project → (when to look again, what was found); of this process


@dataclass(frozen=True)
class Dispute:
    task: UUID
    kind: str
    votes: int
    disagreement: float


def of(project: UUID) -> list[Dispute]:
    """Tasks with at least two votes that differ and no answer that settles them, the most disputed first."""
    start = time.monotonic()
    due, known = _known.get(project, (0.0, []))
    if start < due:
        return known
    found = compared(fetch(VOTES, {"project": project, "most": MOST}))
    took = time.monotonic() - start
    if took > SLOW:
        _known.clear() if len(_known) > 1_000 else None
        _known[project] = (start + 20 * took, found)
    return found


def compared(rows: list[Row]) -> list[Dispute]:
    tasks = list(dict.fromkeys(row[0] for row in rows))
    place = {task: number for number, task in enumerate(tasks)}
    kinds = {row[0]: row[1] for row in rows}
    votes = np.bincount([place[row[0]] for row in rows], minlength=len(tasks)) if rows else np.zeros(0)
    measured = np.full(len(tasks), np.nan)
    for kind, measure in MEASURES.items():
        own = [row for row in rows if row[1] == kind]
        if own:
            found = measure(own, [place[row[0]] for row in own], len(tasks))
            measured = np.where(np.isnan(found), measured, found)
    order = ordered(measured, np.zeros(len(tasks)))
    return [Dispute(tasks[n], kinds[tasks[n]], int(votes[n]), float(measured[n])) for n in order if measured[n] > 0]


def classes(units: list[int], values: list[int], count: int) -> Floats:
    """The share of pairs of votes that differ, for each unit; everybody is trusted alike."""
    votes = Votes(np.array(units), np.arange(len(units)), np.array(values))
    return between_classes(votes, np.ones(len(units)), count)


def of_sides(rows: list[Row], tasks: list[int], count: int) -> Floats:
    return classes(tasks, [2 if row[2] is None else row[2] for row in rows], count)


def of_verdicts(rows: list[Row], tasks: list[int], count: int) -> Floats:
    return classes(tasks, [int(row[3]) for row in rows], count)


def of_amounts(rows: list[Row], tasks: list[int], count: int) -> Floats:
    """Signed: what the second response is worth more counts below 0."""
    values = np.array([-row[4] if row[2] == 1 else row[4] for row in rows])
    spread = float(values.var()) or 1.0
    return np.minimum(between_amounts(np.array(tasks), values, np.full(len(rows), 1 / spread), count), 1.0)


def of_orders(rows: list[Row], tasks: list[int], count: int) -> Floats:
    """Every pair of responses is a vote of its own: before, tied, behind."""
    pairs: dict[tuple[int, str, str], int] = {}
    units: list[int] = []
    values: list[int] = []
    for row, task in zip(rows, tasks, strict=True):
        ranks = {response: rank for rank, group in enumerate(json.loads(row[5])) for response in group}
        names = sorted(ranks)
        for at, first in enumerate(names):
            for second in names[at + 1 :]:
                units.append(pairs.setdefault((task, first, second), len(pairs)))
                values.append(int(np.sign(ranks[first] - ranks[second])) + 1)
    return mean_by_task(classes(units, values, len(pairs)), [task for task, _first, _second in pairs], count)


def of_marks(rows: list[Row], tasks: list[int], count: int) -> Floats:
    """The variance of each aspect, against the largest that the scale allows."""
    aspects: dict[tuple[int, str], int] = {}
    units: list[int] = []
    values: list[float] = []
    for row, task in zip(rows, tasks, strict=True):
        for aspect, mark in json.loads(row[6]).items():
            units.append(aspects.setdefault((task, aspect), len(aspects)))
            values.append(mark)
    precision = np.full(len(units), 1 / LARGEST_MARK_VARIANCE)
    found = np.minimum(between_amounts(np.array(units), np.array(values, float), precision, len(aspects)), 1.0)
    return mean_by_task(found, [task for task, _aspect in aspects], count)


def mean_by_task(values: Floats, tasks: list[int], count: int) -> Floats:
    """Over the units of each task that compare; NaN where none does."""
    known = ~np.isnan(values)
    at = np.array(tasks)[known]
    total, size = np.bincount(at, values[known], count), np.bincount(at, minlength=count)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)


MEASURES = {
    "pairwise": of_sides,
    "binary": of_verdicts,
    "cardinal": of_amounts,
    "ranking": of_orders,
    "rating": of_marks,
}
