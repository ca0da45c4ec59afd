"""A disputed task in a reviewer's hands: leased apart from their own labelling, never one that they have met."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import wording
from annotation.adjudication import disputes
from annotation.adjudication.disputes import Dispute
from annotation.browsing.tasks import snippet
from annotation.models import Adjudication, Assignment, JudgmentVersion, Project, Seat, Task, TaskResponse
from annotation.queue import leases, offers, picks, seats
from annotation.queue.offers import Nothing, Offer
from annotation.queue.statements import fetch_one
from annotation.snapshots import filters
from api.refusals import Conflict

FIRST_SLOT = 100  # below it are the slots of labelling
MOST_OPEN = 2
SHOWN = 25  # on a page
MINE = {"purpose": Assignment.Purpose.ADJUDICATION, "state": Assignment.State.OPEN}

HELD = f"""
WITH held AS (SELECT %(assignment)s::uuid AS id), leased AS (
    SELECT id, task_id, purpose, shown_order, lease_expires_at, guidelines_id FROM annotation_assignment WHERE false
){picks.SHOW}"""  # noqa: S608 - constants only
LEASE = f"""
WITH slot AS (SELECT %(slot)s::int AS n), held AS (SELECT NULL::uuid AS id WHERE false), taken AS (
    SELECT t.id, 'adjudication' AS purpose, {picks.SHUFFLED} AS shown_order FROM annotation_task t WHERE t.id = %(task)s
), {picks.LEASED}{picks.SHOW}"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class Vote:
    """One of the votes in dispute, as the reviewer reads it."""

    annotator: str
    words: str
    reason: str
    answer: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class Listed:
    """Disputes as a page lists them, without their votes."""

    count: int
    free: int  # of them this reviewer may settle
    rows: list[tuple[Dispute, str]]


@dataclass(frozen=True)
class Settled:
    """One dispute that is settled, with the votes that it was about."""

    task: UUID
    text: str
    reviewer: str
    words: str
    saw_votes: bool  # before answering
    created_at: datetime
    votes: list[Vote]


@transaction.atomic
def take(*, scope: Scope, project: Project, holding: Sequence[UUID]) -> Offer | Nothing:
    """The reviewer's open case, or the most disputed task that they have not met."""
    if project.status == Project.Status.DRAFT:
        raise Conflict(_("This project is a draft: a researcher has to open it first."))
    seat = sit(scope, project)
    mine = Assignment.objects.filter(project=project, annotator=seat.annotator_id, **MINE).order_by("created_at")
    opened = list(mine.values_list("pk", flat=True))
    if waiting := [pk for pk in opened if pk not in holding]:
        row = fetch_one(HELD, {"assignment": waiting[0]})
    elif len(opened) >= MOST_OPEN:
        return Nothing("waiting", retry_after=5)
    else:
        row = lease(project, seat)
    if row is None:
        return Nothing("waiting", retry_after=5) if opened else Nothing("done")
    settled = Assignment.objects.filter(
        project=project, annotator=seat.annotator_id, purpose=MINE["purpose"], state=Assignment.State.SUBMITTED
    )
    found = offers.shown(row, settled.count())
    return offers.with_time_left(found, project.settings.get("lease_seconds", 1_800))


def sit(scope: Scope, project: Project) -> Seat:
    """The reviewer's seat, locked: their calls come one after the other."""
    own = Seat.objects.select_for_update(no_key=True, of=("self",)).filter(
        project=project, annotator__person=scope.person
    )
    found = own.first()
    if found is None:
        seats.make_seat(scope, project.pk)
        found = own.get()
    return found


def lease(project: Project, seat: Seat) -> tuple[Any, ...] | None:
    """The first disputed task that nobody else takes at this moment."""
    guidelines = project.guidelines.order_by("-version").values_list("pk", flat=True)[0]
    for dispute in islice(free(project, seat.annotator_id), 20):
        values = {
            "project": project.pk,
            "annotator": seat.annotator_id,
            "guidelines": guidelines,
            "slot": free_slot(project.pk, seat.annotator_id),
            "seconds": project.settings.get("lease_seconds", 1_800),
            "task": dispute.task,
        }
        try:
            with transaction.atomic():
                row = fetch_one(LEASE, values)
                assert row is not None
                known = {"disagreement": dispute.disagreement, "saw_votes_at": None}
                Adjudication.objects.update_or_create(assignment_id=row[0], defaults=known)
        except IntegrityError:
            continue  # another reviewer was faster
        return row
    return None


def free(project: Project, annotator: UUID | None) -> list[Dispute]:
    """Disputes that nobody settles and that this reviewer has not met, as a voter or otherwise."""
    found = disputes.of(project.pk)
    tasks = [dispute.task for dispute in found]
    busy = ["open", "submitted"]
    taken = Assignment.objects.filter(task__in=tasks, purpose=MINE["purpose"], state__in=busy)
    own = Assignment.objects.filter(task__in=tasks, annotator=annotator)
    met = own.filter(Q(state__in=[*busy, "skipped"]) | Q(judgment__set_aside_at__isnull=False))
    blocked = {*taken.values_list("task", flat=True), *met.values_list("task", flat=True)}
    return [dispute for dispute in found if dispute.task not in blocked]


def free_slot(project: UUID, annotator: UUID) -> int:
    """A slot for one more disputed task."""
    mine = Assignment.objects.filter(project=project, annotator=annotator, **MINE)
    taken = set(mine.values_list("slot", flat=True))
    return next(slot for slot in range(FIRST_SLOT, FIRST_SLOT + len(taken) + 1) if slot not in taken)


@transaction.atomic
def look(*, scope: Scope, assignment: UUID) -> list[Vote]:
    """The votes on a case of one's own; looking before answering is recorded, once."""
    found = leases.find(scope=scope, assignment=assignment)
    if found.purpose != Assignment.Purpose.ADJUDICATION:
        raise Http404
    if found.state == Assignment.State.OPEN:
        Adjudication.objects.filter(assignment=found, saw_votes_at=None).update(saw_votes_at=now())
    responses = list(in_order(found.task_id))
    return votes(found.project, found.task_id, [responses[place] for place in found.shown_order])


def votes(project: Project, task: UUID, order: Sequence[UUID]) -> list[Vote]:
    """What counts as a vote on a task, oldest first; responses are numbered as in `order`."""
    found = filters.select(project, {}).filter(judgment__assignment__task=task)
    rows = found.select_related("judgment__assignment__annotator").order_by("judgment__created_at")
    return [vote(version, order) for version in rows]


def vote(version: JudgmentVersion, order: Sequence[UUID]) -> Vote:
    words = wording.say(version.kind, version.answer, order, version.currency)
    judgment = version.judgment
    reason = version.answer.get("reason") or ""
    return Vote(judgment.assignment.annotator.pseudonym, words, reason, version.answer, judgment.created_at)


def listed(*, scope: Scope, project: Project) -> Listed:
    """The most disputed tasks with the beginning of their prompt."""
    found = disputes.of(project.pk)
    seat = Seat.objects.filter(project=project, annotator__person=scope.person).first()
    mine = free(project, seat.annotator_id if seat else None)
    tasks = Task.objects.select_related("prompt").in_bulk([dispute.task for dispute in found[:SHOWN]])
    rows = [(dispute, snippet(tasks[dispute.task].prompt)) for dispute in found[:SHOWN]]
    return Listed(len(found), len(mine), rows)


def settled(project: Project) -> list[Settled]:
    """The last ones first."""
    found = filters.select(project, {"purpose": [Assignment.Purpose.ADJUDICATION]})
    related = found.select_related("judgment__assignment__annotator", "judgment__assignment__task__prompt")
    versions = related.prefetch_related("judgment__assignment__adjudication").order_by("-judgment__created_at")
    return [settled_case(project, version) for version in versions[:SHOWN]]


def settled_case(project: Project, version: JudgmentVersion) -> Settled:
    assignment = version.judgment.assignment
    order = list(in_order(assignment.task_id))
    return Settled(
        task=assignment.task_id,
        text=snippet(assignment.task.prompt),
        reviewer=assignment.annotator.pseudonym,
        words=wording.say(version.kind, version.answer, order, version.currency),
        saw_votes=assignment.adjudication.saw_votes_at is not None,
        created_at=version.judgment.created_at,
        votes=votes(project, assignment.task_id, order),
    )


def in_order(task: UUID) -> QuerySet[TaskResponse, UUID]:
    return TaskResponse.objects.filter(task=task).order_by("position").values_list("response_id", flat=True)
