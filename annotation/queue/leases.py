"""Leases that end without an answer, and the places that come back with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Assignment
from annotation.queue.statements import fetch, fetch_one
from api.refusals import Conflict

# A place that came back gives its task a new turn. Turns are drawn under the lock of the project's row, so that they
# become visible in the order in which they were drawn, and no cursor can pass one that is still to come.
# Places are counted in a statement after the one that locks the tasks, so that what was leased meanwhile is seen.
LOCK_TASKS = """
SELECT id FROM annotation_task WHERE id = ANY (%(tasks)s) ORDER BY id FOR NO KEY UPDATE
"""
RETURN_PLACES = """
WITH project AS (
    UPDATE annotation_project SET last_turn = last_turn + cardinality(%(tasks)s::uuid[]) WHERE id = %(project)s
    RETURNING last_turn - cardinality(%(tasks)s::uuid[]) AS turn
)
UPDATE annotation_task t
   SET turn = project.turn + came.n,
       open_places = GREATEST(0, LEAST(t.overlap, t.overlap - (
           SELECT count(*) FROM annotation_assignment a WHERE a.task_id = t.id AND a.holds_place)))
  FROM project, unnest(%(tasks)s::uuid[]) WITH ORDINALITY AS came(id, n)
 WHERE t.id = came.id
"""

EXPIRE = """
WITH gone AS (
    SELECT id FROM annotation_assignment
     WHERE project_id = %(project)s AND state = 'open' AND lease_expires_at < now()
     ORDER BY lease_expires_at LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
), ended AS (
    UPDATE annotation_assignment a
       SET state = 'expired', slot = NULL, ended_at = now(), lease_expires_at = NULL, holds_place = false
      FROM gone WHERE a.id = gone.id
    RETURNING a.task_id, a.purpose
)
SELECT array_agg(task_id ORDER BY task_id) FROM ended WHERE purpose = 'label'
"""

# Those that the sweeper has in hand at this moment it ends itself.
GIVE_BACK = """
WITH own AS (
    SELECT id FROM annotation_assignment
     WHERE project_id = %(project)s AND annotator_id = %(annotator)s AND state = 'open'
       AND purpose IN ('label', 'repeat', 'gold')
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
), ended AS (
    UPDATE annotation_assignment a
       SET state = 'released', slot = NULL, ended_at = now(), lease_expires_at = NULL, holds_place = false
      FROM own WHERE a.id = own.id
    RETURNING a.task_id, a.purpose
)
SELECT array_agg(task_id ORDER BY task_id) FROM ended WHERE purpose = 'label'
"""

RENEW = """
UPDATE annotation_assignment SET lease_expires_at = now() + %(seconds)s * interval '1 second'
 WHERE id = (SELECT id FROM annotation_assignment WHERE id = %(assignment)s AND state = 'open'
                FOR NO KEY UPDATE SKIP LOCKED)
RETURNING lease_expires_at
"""


def return_places(project: UUID, tasks: list[UUID]) -> None:
    """Count the places of these tasks anew and put them before everybody; assignments are ended already."""
    if tasks:
        fetch(LOCK_TASKS, {"tasks": tasks})
        fetch(RETURN_PLACES, {"project": project, "tasks": sorted(tasks)})


@transaction.atomic
def sweep(project: UUID) -> bool:
    """End the leases that ran out; true when places came back."""
    row = fetch_one(EXPIRE, {"project": project})
    tasks = row[0] if row and row[0] else []
    return_places(project, tasks)
    return bool(tasks)


def give_back_open(project: UUID, annotator: UUID) -> None:
    """What one person holds goes back to the others; the caller holds the person's seat locked."""
    row = fetch_one(GIVE_BACK, {"project": project, "annotator": annotator})
    return_places(project, row[0] if row and row[0] else [])


def sweep_all() -> int:
    """The sweeper's chore: every project with leases that ran out."""
    overdue = fetch(
        "SELECT DISTINCT project_id FROM annotation_assignment WHERE state = 'open' AND lease_expires_at < now()", {}
    )
    return sum(sweep(project) for (project,) in overdue)


def renew(assignment: UUID, seconds: int) -> datetime | None:
    """The new end of the lease; None when it is being ended at this moment."""
    row = fetch_one(RENEW, {"assignment": assignment, "seconds": seconds})
    return row[0] if row else None


def find(*, scope: Scope, assignment: UUID) -> Assignment:
    """The person's own assignment, locked."""
    own = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("project", "task")
    found = own.filter(
        pk=assignment,
        annotator__person=scope.person,
        project__workspace=scope.workspace,
        project__deleted_at=None,
    ).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def extend(*, scope: Scope, assignment: UUID) -> datetime:
    """A fresh lease of what is still the person's."""
    found = find(scope=scope, assignment=assignment)
    if found.state != Assignment.State.OPEN:
        raise Conflict(refusal(found))
    seconds = int(found.project.settings.get("lease_seconds", 1_800))
    renewed = renew(found.pk, seconds)
    assert renewed is not None
    return renewed


@transaction.atomic
def skip(*, scope: Scope, assignment: UUID, reason: str) -> Assignment:
    """Somebody else shall have it; this person is not asked again."""
    return end(find(scope=scope, assignment=assignment), Assignment.State.SKIPPED, reason)


@transaction.atomic
def release(*, scope: Scope, assignment: UUID, reason: str = "") -> Assignment:
    """Not now: it may come back to this person too."""
    return end(find(scope=scope, assignment=assignment), Assignment.State.RELEASED, reason)


def end(found: Assignment, state: Assignment.State, reason: str) -> Assignment:
    """End an open lease and give its place back; asked twice, it is ended once."""
    if found.state == state:
        return found
    if found.purpose == Assignment.Purpose.QUALIFICATION and state == Assignment.State.SKIPPED:
        raise Conflict(_("The questions of the test cannot be skipped."))
    if found.state == Assignment.State.EXPIRED and state == Assignment.State.SKIPPED:
        Assignment.objects.filter(pk=found.pk).update(state=state, reason=reason)
        found.state = state
        return found
    if found.state != Assignment.State.OPEN:
        raise Conflict(refusal(found))
    fetch(END, {"assignment": found.pk, "state": str(state), "reason": reason})
    if found.holds_place:
        return_places(found.project_id, [found.task_id])
    found.state = state
    return found


END = """
UPDATE annotation_assignment
   SET state = %(state)s, slot = NULL, ended_at = now(), lease_expires_at = NULL, holds_place = false,
       reason = %(reason)s
 WHERE id = %(assignment)s
"""


def refusal(found: Assignment) -> str:
    sentences: dict[Any, str] = {
        Assignment.State.SUBMITTED: _("This was answered already."),
        Assignment.State.SKIPPED: _("You skipped this task."),
        Assignment.State.RELEASED: _("You gave this task back."),
        Assignment.State.EXPIRED: _("The time for this task ran out, and it went back to the others."),
    }
    return sentences[found.state]
