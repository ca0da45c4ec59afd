"""A task that one gave back, taken up again: by a link from an answered question, or after a skip by mistake."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import consents
from annotation.adjudication import cases
from annotation.models import Assignment, Judgment, Prompt
from annotation.queue import answers, leases, offers, seats
from annotation.queue.offers import Offer
from annotation.queue.picks import SHOW
from annotation.queue.statements import fetch, fetch_one
from annotation.settings import stored_settings
from annotation.trust import qualification
from api.refusals import Conflict

REOPEN = """
UPDATE annotation_assignment
   SET state = 'open', slot = %(slot)s, ended_at = NULL, reason = '', holds_place = %(holds_place)s,
       guidelines_id = COALESCE((SELECT d.guidelines_id FROM annotation_draw d WHERE d.assignment_id = %(assignment)s),
                                %(guidelines)s),
       lease_expires_at = now() + %(seconds)s * interval '1 second'
 WHERE id = %(assignment)s
"""
# One assignment as the queue shows it.
SHOW_ONE = f"""
WITH held AS (SELECT %(assignment)s::uuid AS id), leased AS (
    SELECT id, task_id, purpose, shown_order, lease_expires_at, guidelines_id FROM annotation_assignment WHERE false
){SHOW}"""  # noqa: S608 - constants only


@transaction.atomic
def reopen(*, scope: Scope, assignment: UUID) -> tuple[UUID, Offer]:
    """The same assignment once more, where its task still has a place; one that is open is merely shown."""
    held = answers.hold(scope, assignment)
    desk = seats.take(scope, held.project)
    if held.state == Assignment.State.SUBMITTED:
        raise Conflict(_("This was answered already; change the judgment to correct it."))
    if Judgment.objects.filter(assignment=held.assignment, set_aside_at__isnull=False).exists():
        raise Conflict(_("What you said about this was set aside by a researcher; others judge it anew."))
    if Prompt.objects.filter(tasks=held.task, taken_down_at__isnull=False).exists():
        raise Conflict(_("What this was about has been taken down; what you said is kept."))
    if held.state != Assignment.State.OPEN:
        refuse_who_may_not(desk, held)
        take_up(held)
    row = fetch_one(SHOW_ONE, {"assignment": assignment})
    assert row is not None
    return held.project, offers.offer(row, desk)


def refuse_who_may_not(desk: seats.Desk, held: answers.Held) -> None:
    if desk.is_paused:
        raise Conflict(offers.refusal_while_paused(desk.project, desk.annotator))
    if held.purpose == Assignment.Purpose.LABEL and not qualification.is_open_to(desk):
        raise Conflict(offers.refusal_before_test(desk))
    if not consents.is_given(desk):
        raise Conflict(consents.sentence())
    if not desk.may_lease:
        raise Conflict(_("This project gives out no work to you now."))


def take_up(held: answers.Held) -> None:
    settings = stored_settings(held.settings)
    slot = free_slot(held, settings.leases_per_person)  # locks assignments: before the task
    needs_place = held.purpose == Assignment.Purpose.LABEL
    if needs_place and fetch_one(TAKE_OPEN_PLACE, {"task": held.task}) is None:
        raise Conflict(_("Others have this task, or have done it, meanwhile."))
    values: dict[str, Any] = {
        "assignment": held.assignment,
        "slot": slot,
        "holds_place": needs_place,
        "guidelines": held.newest_guidelines,
        "seconds": settings.lease_seconds,
    }
    try:
        with transaction.atomic():
            fetch_one(REOPEN, values)
    except IntegrityError:  # a dispute has no places: the database knows that another reviewer has it
        raise Conflict(_("Others have this task, or have done it, meanwhile.")) from None


TAKE_OPEN_PLACE = """
UPDATE annotation_task SET open_places = open_places - 1
 WHERE id = %(task)s AND open_places > 0 AND status = 'open' RETURNING id
"""


def free_slot(held: answers.Held, most: int) -> int:
    """A slot for one more lease; where the person holds as many as they may, the newest goes back to the others."""
    if held.purpose == Assignment.Purpose.ADJUDICATION:
        return cases.free_slot(held.project, held.annotator)
    opened = Assignment.objects.filter(project=held.project, annotator=held.annotator, state=Assignment.State.OPEN)
    opened = opened.exclude(purpose=Assignment.Purpose.ADJUDICATION)
    mine = list(opened.select_for_update(no_key=True).order_by("created_at"))
    mine, surplus = mine[: most - 1], mine[most - 1 :]
    fetch(leases.LOCK_TASKS, {"tasks": [held.task, *(one.task_id for one in surplus)]})  # all before the project's row
    for one in reversed(surplus):
        leases.end(one, Assignment.State.RELEASED, "")
    return min(set(range(most)) - {assignment.slot for assignment in mine})
