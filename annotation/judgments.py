"""What a person may still do with what they said: correct it, take it back, read its versions."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.scope import Scope
from annotation import draws
from annotation.feedback import kinds
from annotation.models import Assignment, Judgment, JudgmentVersion
from annotation.queue import answers, returning
from annotation.queue.answers import Said, Submission
from annotation.queue.statements import fetch_one
from annotation.settings import stored_settings
from annotation.trust import marks
from api.refusals import Conflict


def own(*, scope: Scope, judgment: UUID) -> Judgment:
    found = Judgment.objects.select_related("assignment").filter(
        pk=judgment,
        project__workspace=scope.workspace,
        project__deleted_at=None,
        assignment__annotator__person=scope.person,
    )
    return first(found)


def readable(*, scope: Scope, judgment: UUID) -> Judgment:
    """One's own, or any of the workspace for those who read judgments."""
    if not scope.role.includes(Role.REVIEWER):
        return own(scope=scope, judgment=judgment)
    return first(Judgment.objects.filter(pk=judgment, project__workspace=scope.workspace, project__deleted_at=None))


def first(found: QuerySet[Judgment]) -> Judgment:
    judgment = found.first()
    if judgment is None:
        raise Http404
    return judgment


@transaction.atomic
def change(*, scope: Scope, judgment: UUID, submission: Submission) -> Said:
    """One more version; the same answer again is no change."""
    found = own(scope=scope, judgment=judgment)
    held = answers.hold(scope, found.assignment_id)
    if reason := why_fixed(found, held):
        raise Conflict(reason)
    checked = kinds.parse(held.kind, submission.answer, held.context(submission.answer))
    try:
        return answers.again(held, checked)
    except Conflict:
        return add_version(held, submission, checked)


def why_fixed(judgment: Judgment, held: answers.Held) -> str:
    """Why its author can no longer correct a judgment; nothing where it can be corrected."""
    if held.status == "closed":
        return _("This project is closed: its judgments stay as they are.")
    if held.state != Assignment.State.SUBMITTED:
        return _("This judgment was taken back; answer the task again.")
    if held.purpose == Assignment.Purpose.QUALIFICATION:
        return _("Answers of the test stand as they were given.")
    if draws.is_open(held.assignment):
        return draws.final_sentence()
    if is_over(judgment, stored_settings(held.settings).edit_seconds):
        return _("The time in which this could be corrected is over.")
    return ""


def is_over(judgment: Judgment, seconds: int) -> bool:
    """Whether so many seconds have gone by since it was made; 0 stands for no bound."""
    return bool(seconds) and now() - judgment.created_at > timedelta(seconds=seconds)


CHANGE = """
WITH changed AS (
    UPDATE annotation_judgment SET version = %(version)s WHERE id = %(judgment)s RETURNING id
)
INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, preferred_id, amount_low, amount_high,
                                        desirable, is_consistent, currency, duration_ms, guidelines_id, created_at)
SELECT id, %(version)s, %(kind)s, %(answer)s::jsonb, %(preferred)s::uuid, %(amount_low)s::numeric,
       %(amount_high)s::numeric, %(desirable)s::bool, %(is_consistent)s::bool, %(currency)s,
       %(duration_ms)s::bigint, %(guidelines)s, now()
  FROM changed
RETURNING judgment_id, created_at
"""


def add_version(held: answers.Held, submission: Submission, checked: kinds.Answer) -> Said:
    values = answers.version_values(held, submission, checked)
    row = fetch_one(CHANGE, values)
    assert row is not None
    if held.is_known and held.purpose in marks.MARKED and not held.is_late:
        marks.give(held, judgment=row[0], version=values["version"], checked=checked, tells=False)
    return Said(row[0], held.assignment, held.project, values["version"], row[1], is_new=True, is_late=held.is_late)


WITHDRAW = """
WITH back AS (
    UPDATE annotation_assignment
       SET state = 'open', slot = %(slot)s, ended_at = NULL,
           lease_expires_at = now() + %(seconds)s * interval '1 second'
     WHERE id = %(assignment)s
), counted AS (
    UPDATE annotation_seat SET judged = GREATEST(0, judged - %(counts)s::int) WHERE id = %(seat)s
)
UPDATE annotation_judgment SET withdrawn_at = now() WHERE id = %(judgment)s RETURNING withdrawn_at
"""


@transaction.atomic
def withdraw(*, scope: Scope, judgment: UUID) -> Judgment:
    """Undo, within the project's window: the assignment is the same person's again, with a fresh lease."""
    found = own(scope=scope, judgment=judgment)
    held = answers.hold(scope, found.assignment_id)
    if held.state == Assignment.State.OPEN:
        return found  # taken back already
    if held.purpose == Assignment.Purpose.QUALIFICATION:
        raise Conflict(_("Answers of the test stand as they were given."))
    if draws.is_open(held.assignment):
        raise Conflict(draws.final_sentence())
    if held.is_paused and held.counts:
        raise Conflict(_("You are paused in this project: what you said stays as it is."))
    found.refresh_from_db()  # the seat is locked now: nobody sets this aside meanwhile
    if found.set_aside_at is not None:
        raise Conflict(_("This judgment was set aside by a researcher; it cannot be taken back."))
    settings = stored_settings(held.settings)
    if held.status == "closed":
        raise Conflict(_("This project is closed: its judgments stay as they are."))
    if held.is_late:
        raise Conflict(_("This answer came too late to count; there is nothing to take back."))
    if now() - found.created_at > timedelta(seconds=settings.undo_seconds):
        raise Conflict(_("It is too late to take this back; correct it instead."))
    values = {
        "assignment": held.assignment,
        "seat": held.seat,
        "judgment": found.pk,
        "slot": returning.free_slot(held, settings.leases_per_person),
        "counts": held.counts,
        "seconds": settings.lease_seconds,
    }
    fetch_one(WITHDRAW, values)
    found.refresh_from_db()
    return found


def versions(judgment: Judgment) -> QuerySet[JudgmentVersion]:
    return JudgmentVersion.objects.filter(judgment=judgment).select_related("guidelines").order_by("version")
