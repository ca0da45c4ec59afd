"""One annotator's work in a project left out of everything, its places given back, in one step that can be undone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Annotator
from accounts.scope import Scope
from annotation.models import Assignment, Judgment, Project, Seat, SetAside
from annotation.queue import leases
from annotation.queue.statements import fetch
from api.refusals import Conflict, Invalid

LONGEST_REASON = 1_000

# Their assignments stay submitted, so that nobody is asked again, but hold no place any more. Only what settled a
# dispute is given back, so that the dispute goes to another reviewer.
LEAVE_OUT = """
WITH theirs AS (
    SELECT a.id, a.task_id, a.purpose, a.holds_place, j.id AS judgment
      FROM annotation_assignment a JOIN annotation_judgment j ON j.assignment_id = a.id
     WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND a.state = 'submitted'
       AND j.withdrawn_at IS NULL AND j.set_aside_at IS NULL
       AND (%(since)s::timestamptz IS NULL OR j.created_at >= %(since)s::timestamptz)
     ORDER BY a.id FOR NO KEY UPDATE OF a
), freed AS (
    UPDATE annotation_assignment a
       SET holds_place = false, state = CASE WHEN a.purpose = 'adjudication' THEN 'released' ELSE a.state END
      FROM theirs WHERE a.id = theirs.id AND (theirs.holds_place OR theirs.purpose = 'adjudication')
), left_out AS (
    UPDATE annotation_judgment j SET set_aside_at = now(), set_aside_id = %(deed)s::uuid
      FROM theirs WHERE j.id = theirs.judgment
)
SELECT count(*), COALESCE(array_agg(task_id ORDER BY task_id) FILTER (WHERE holds_place), '{}') FROM theirs
"""

LOCK_THEIRS = """
SELECT a.id, a.task_id, a.purpose FROM annotation_assignment a JOIN annotation_judgment j ON j.assignment_id = a.id
 WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND j.set_aside_id = %(deed)s::uuid
 ORDER BY a.id FOR NO KEY UPDATE OF a
"""
TAKE_PLACES = """
UPDATE annotation_task SET open_places = open_places - 1
 WHERE id = ANY (%(tasks)s::uuid[]) AND open_places > 0 RETURNING id
"""
BRING_BACK = """
WITH back AS (
    UPDATE annotation_assignment
       SET holds_place = purpose = 'label' AND task_id = ANY (%(places)s::uuid[]), state = 'submitted'
     WHERE id = ANY (%(assignments)s::uuid[])
)
UPDATE annotation_judgment SET set_aside_at = NULL, set_aside_id = NULL
 WHERE assignment_id = ANY (%(assignments)s::uuid[])
"""


@dataclass(frozen=True)
class Undone:
    """How many judgments are back, and how many stay aside because others have judged anew meanwhile."""

    back: int
    kept: int


def find(*, scope: Scope, annotator: UUID) -> Annotator:
    found = Annotator.objects.filter(pk=annotator, workspace=scope.workspace).first()
    if found is None:
        raise Http404
    return found


def deeds(project: Project, annotator: Annotator) -> QuerySet[SetAside]:
    found = SetAside.objects.filter(project=project, annotator=annotator)
    return found.select_related("by", "undone_by").order_by("-created_at")


@transaction.atomic
def do(*, scope: Scope, project: Project, annotator: Annotator, reason: str, since: datetime | None = None) -> SetAside:
    """Everything that the annotator has judged, or what they have judged since a moment."""
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(_("Say in 1 to {most} characters why.").format(most=LONGEST_REASON), field="reason")
    lock_seat(project, annotator)
    deed = SetAside.objects.create(
        project=project, annotator=annotator, reason=reason, judgments=0, places=0, by=scope.person
    )
    values = {"project": project.pk, "annotator": annotator.pk, "since": since, "deed": deed.pk}
    ((count, tasks),) = fetch(LEAVE_OUT, values)
    if not count:
        raise Conflict(_("There is no judgment of theirs here that could be set aside."))
    deed.judgments, deed.places = count, len(tasks)
    deed.save(update_fields=["judgments", "places"])
    leases.return_places(project.pk, tasks)
    scope.record("judgments.set_aside", "annotator", annotator.pk, project=str(project.pk), judgments=count)
    return deed


@transaction.atomic
def undo(*, scope: Scope, deed: SetAside) -> Undone:
    """Judgments take their place again where one is free; those that others have replaced stay aside."""
    lock_seat(deed.project, deed.annotator)
    deed = SetAside.objects.select_for_update(no_key=True, of=("self",)).get(pk=deed.pk)
    if deed.undone_at is not None:
        raise Conflict(_("This was undone already."))
    theirs = fetch(LOCK_THEIRS, {"project": deed.project_id, "annotator": deed.annotator_id, "deed": deed.pk})
    late = set(Judgment.objects.filter(set_aside=deed, is_late=True).values_list("assignment", flat=True))
    wanting = sorted(task for key, task, purpose in theirs if purpose == Assignment.Purpose.LABEL and key not in late)
    fetch(leases.LOCK_TASKS, {"tasks": wanting})
    places = {task for (task,) in fetch(TAKE_PLACES, {"tasks": wanting})}
    again = disputes_of_others([task for _key, task, purpose in theirs if purpose == Assignment.Purpose.ADJUDICATION])
    back = [
        key
        for key, task, purpose in theirs
        if (purpose != Assignment.Purpose.LABEL or task in places or key in late)
        and (purpose != Assignment.Purpose.ADJUDICATION or task not in again)
    ]
    bring_back(back, list(places))
    kept = len(theirs) - len(back)
    if not back:
        raise Conflict(_("Others have judged all of it anew meanwhile: raise the overlap first to keep both."))
    if not kept:
        deed.undone_by, deed.undone_at = scope.person, now()
        deed.save(update_fields=["undone_by", "undone_at"])
    scope.record(
        "judgments.brought_back",
        "annotator",
        deed.annotator_id,
        project=str(deed.project_id),
        back=len(back),
        kept=kept,
    )
    return Undone(len(back), kept)


def disputes_of_others(tasks: list[UUID]) -> set[UUID]:
    """Those that another reviewer has settled meanwhile, or has in hand."""
    busy = [Assignment.State.OPEN, Assignment.State.SUBMITTED]
    found = Assignment.objects.filter(task__in=tasks, purpose=Assignment.Purpose.ADJUDICATION, state__in=busy)
    return set(found.values_list("task", flat=True))


def bring_back(assignments: list[UUID], places: list[UUID]) -> None:
    try:
        with transaction.atomic():
            fetch(BRING_BACK, {"assignments": assignments, "places": places})
    except IntegrityError:  # one adjudication a task: between the look and the deed somebody was given one
        raise Conflict(_("A reviewer takes up one of these disputes at this moment: try again.")) from None


def lock_seat(project: Project, annotator: Annotator) -> None:
    """So that the annotator's own calls come before or after; imported annotators have no seat and make none."""
    list(Seat.objects.select_for_update(no_key=True).filter(project=project, annotator=annotator).values("pk"))
