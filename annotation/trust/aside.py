"""One annotator's work in a project left out of everything, its places given back, in one step that can be undone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Annotator
from accounts.scope import Scope
from annotation.models import Assignment, Judgment, Project, Seat, SetAside
from annotation.queue import leases
from annotation.queue.statements import fetch
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job

KIND, UNDO = "annotation.set_aside", "annotation.bring_back"
LONGEST_REASON = 1_000
AT_ONCE = 5_000  # judgments that are set aside, or brought back, inside the request
BATCH = 1_000  # of a job, so that nobody's work waits for it
ALL = 2**31 - 1
FIRST = UUID(int=0)

# Their assignments stay submitted, so that nobody is asked again, but hold no place any more. Only what settled a
# dispute is given back, so that the dispute goes to another reviewer.
LEAVE_OUT = """
WITH theirs AS (
    SELECT a.id, a.task_id, a.purpose, a.holds_place, j.id AS judgment
      FROM annotation_assignment a JOIN annotation_judgment j ON j.assignment_id = a.id
     WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND a.state = 'submitted'
       AND j.withdrawn_at IS NULL AND j.set_aside_at IS NULL
       AND (%(since)s::timestamptz IS NULL OR j.created_at >= %(since)s::timestamptz)
       AND (%(until)s::timestamptz IS NULL OR j.created_at < %(until)s::timestamptz)
     ORDER BY a.id LIMIT %(most)s::int FOR NO KEY UPDATE OF a
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
   AND a.id > %(after)s::uuid
 ORDER BY a.id LIMIT %(most)s::int FOR NO KEY UPDATE OF a
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
def begin(
    *, scope: Scope, project: Project, annotator: Annotator, reason: str, since: datetime | None = None
) -> tuple[SetAside, Job | None]:
    """The deed, done where it is small; where it is large, what was judged until now goes in a job, batch by batch."""
    theirs = Judgment.objects.filter(project=project, assignment__annotator=annotator, set_aside_at=None)
    counted = theirs.filter(created_at__gte=since) if since else theirs
    if counted.order_by().values("pk")[: AT_ONCE + 1].count() <= AT_ONCE:
        return do(scope=scope, project=project, annotator=annotator, reason=reason, since=since), None
    deed = open_deed(scope, project, annotator, reason)
    arguments = {"deed": str(deed.pk), "since": since.isoformat() if since else None, "until": now().isoformat()}
    scope.record("judgments.set_aside", "annotator", annotator.pk, project=str(project.pk))
    return deed, launch.start(KIND, scope=scope, arguments=arguments, subject=("project", project.pk))


@transaction.atomic
def do(*, scope: Scope, project: Project, annotator: Annotator, reason: str, since: datetime | None = None) -> SetAside:
    """Everything that the annotator has judged, or what they have judged since a moment."""
    deed = open_deed(scope, project, annotator, reason)
    if not leave_out(deed, since=since, until=None, most=ALL):
        raise Conflict(_("There is no judgment of theirs here that could be set aside."))
    deed.refresh_from_db()
    scope.record("judgments.set_aside", "annotator", annotator.pk, project=str(project.pk), judgments=deed.judgments)
    return deed


def open_deed(scope: Scope, project: Project, annotator: Annotator, reason: str) -> SetAside:
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(_("Say in 1 to {most} characters why.").format(most=LONGEST_REASON), field="reason")
    return SetAside.objects.create(
        project=project, annotator=annotator, reason=reason, judgments=0, places=0, by=scope.person
    )


def leave_out(deed: SetAside, *, since: datetime | str | None, until: datetime | str | None, most: int) -> int:
    """How many judgments went aside: one batch, inside the caller's transaction."""
    lock_seat(deed.project, deed.annotator)
    values = {"project": deed.project_id, "annotator": deed.annotator_id, "deed": deed.pk}
    ((count, tasks),) = fetch(LEAVE_OUT, {**values, "since": since, "until": until, "most": most})
    counts = {"judgments": F("judgments") + count, "places": F("places") + len(tasks)}
    SetAside.objects.filter(pk=deed.pk).update(**counts)
    leases.return_places(deed.project_id, tasks)
    return count


def under_way(deed: SetAside) -> Job | None:
    """The job that still sets aside what the deed is about, or brings it back."""
    found = Job.objects.filter(kind__in=[KIND, UNDO], subject_id=deed.project_id, arguments__deed=str(deed.pk))
    return found.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


@transaction.atomic
def begin_undo(*, scope: Scope, deed: SetAside) -> tuple[Undone, Job | None]:
    """Done where it is small; else the job that does it."""
    if Judgment.objects.filter(set_aside=deed).order_by().values("pk")[: AT_ONCE + 1].count() <= AT_ONCE:
        return undo(scope=scope, deed=deed), None
    deed = held(deed)
    scope.record("judgments.brought_back", "annotator", deed.annotator_id, project=str(deed.project_id))
    arguments = {"deed": str(deed.pk)}
    return Undone(0, 0), launch.start(UNDO, scope=scope, arguments=arguments, subject=("project", deed.project_id))


@transaction.atomic
def undo(*, scope: Scope, deed: SetAside) -> Undone:
    """Judgments take their place again where one is free; those that others have replaced stay aside."""
    deed = held(deed)
    undone, _last = bring_some_back(deed, after=FIRST, most=ALL)
    if not undone.back:
        raise Conflict(_("Others have judged all of it anew meanwhile: raise the overlap first to keep both."))
    close_where_all_are_back(deed, scope.person.pk)
    told = {"project": str(deed.project_id), "back": undone.back, "kept": undone.kept}
    scope.record("judgments.brought_back", "annotator", deed.annotator_id, **told)
    return undone


def held(deed: SetAside) -> SetAside:
    """The deed, locked after the seat; refused where it was undone, or where a job is at it."""
    lock_seat(deed.project, deed.annotator)
    found = SetAside.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "annotator")
    deed = found.get(pk=deed.pk)
    if deed.undone_at is not None:
        raise Conflict(_("This was undone already."))
    if under_way(deed) is not None:
        raise Conflict(_("A job is still at it: wait until it has ended."))
    return deed


def bring_some_back(deed: SetAside, *, after: UUID, most: int) -> tuple[Undone, UUID | None]:
    """One batch, inside the caller's transaction, and the assignment that it ended with; none where nothing is left."""
    lock_seat(deed.project, deed.annotator)
    values = {"project": deed.project_id, "annotator": deed.annotator_id, "deed": deed.pk}
    theirs = fetch(LOCK_THEIRS, {**values, "after": after, "most": most})
    keys = [key for key, _task, _purpose in theirs]
    late = set(Judgment.objects.filter(assignment__in=keys, is_late=True).values_list("assignment", flat=True))
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
    return Undone(len(back), len(theirs) - len(back)), keys[-1] if keys else None


def close_where_all_are_back(deed: SetAside, person: UUID | None) -> None:
    if not Judgment.objects.filter(set_aside=deed).exists():
        SetAside.objects.filter(pk=deed.pk).update(undone_by=person, undone_at=now())


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
