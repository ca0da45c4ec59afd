"""How far a project has come, as the share of the labels it wants; counted now and then, not on every call."""

import time
from uuid import UUID

from annotation.queue.statements import fetch

SHARE = """
SELECT COALESCE(sum(overlap - open_places)::float8 / NULLIF(sum(overlap), 0), 0)
  FROM annotation_task WHERE project_id = %(project)s AND (status <> 'closed' OR open_places < overlap)
"""
LEAST_SECONDS = 2.0
PATIENCE = 200  # counting may take 1/200 of the time, however large the project
_known: dict[UUID, tuple[float, float]] = {}  # project → (when to count again, share); of this process


def share(project: UUID) -> float:
    """The share of places that are taken or answered, a few seconds old at most where the project is small."""
    start = time.monotonic()
    due, known = _known.get(project, (0.0, 0.0))
    if start < due:
        return known
    found = round(float(fetch(SHARE, {"project": project})[0][0]), 4)
    end = time.monotonic()
    if len(_known) > 10_000:
        _known.clear()
    _known[project] = (end + max(LEAST_SECONDS, PATIENCE * (end - start)), found)
    return found
