"""Taking an answer: checked, written once, and kept even when it came too late to count."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import access
from accounts.scope import Scope
from annotation import consents
from annotation.adjudication import cases
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.models import Project
from annotation.queue import offers, outcomes, seats
from annotation.queue.offers import Nothing, Offer
from annotation.queue.seats import Desk
from annotation.queue.statements import fetch, fetch_one
from annotation.settings import stored_settings, stored_terms
from annotation.trust import marks, qualification, verdicts
from api.refusals import Conflict

LONGEST_MS = 30 * 86_400_000


@dataclass(frozen=True)
class Said:
    """A judgment as its author gets it back."""

    id: UUID
    assignment: UUID
    project: UUID
    version: int
    created_at: datetime
    is_new: bool
    is_late: bool = False
    outcome: dict[str, Any] = field(default_factory=dict)  # what the answer brought, by the teller's name
    gold: marks.Told | None = None  # where the project shows known answers
    test: qualification.Result | None = None  # when the last question of a test was answered

    @property
    def is_final(self) -> bool:
        """Whether it can neither be changed nor taken back: the price that it was held against is known."""
        return "price" in self.outcome


@dataclass(frozen=True)
class Held:
    """The assignment that is answered, and what is needed to judge the answer; its seat and itself are locked."""

    assignment: UUID
    project: UUID
    task: UUID
    annotator: UUID
    seat: int
    guidelines: int
    terms: str
    state: str
    purpose: str
    holds_place: bool
    kind: str
    responses: list[UUID]
    shown_order: list[int]
    judgment: UUID | None
    version: int
    is_late: bool
    status: str
    settings: str
    newest_guidelines: int
    has_gold: bool
    is_paused: bool
    is_known: bool  # the task has a known answer
    is_member: bool  # the project is open to everybody, or to a group of the person's

    @property
    def counts(self) -> int:
        """What the answer adds to the person's judgments: tests and settled disputes add nothing."""
        return int(self.purpose in ("label", "repeat", "gold"))

    def context(self, answer: Any) -> Context:
        """The texts are only read where the answer quotes them."""
        if isinstance(answer, dict) and "spans" in answer:
            rows = fetch(
                "SELECT id::text, text FROM annotation_response WHERE id = ANY (%(ids)s)", {"ids": self.responses}
            )
            found = dict(rows)
            texts = {str(response): found[str(response)] for response in self.responses}
        else:
            texts = {str(response): "" for response in self.responses}
        return Context(texts, stored_terms(self.terms))


# The seat is locked before the assignment, as everywhere: who waits for the one never holds the other.
HOLD = """
WITH own AS MATERIALIZED (
    SELECT s.id AS seat_id, s.is_paused, a.id
      FROM annotation_assignment a
      JOIN accounts_annotator an ON an.id = a.annotator_id AND an.person_id = %(person)s
      JOIN annotation_project p ON p.id = a.project_id AND p.workspace_id = %(workspace)s AND p.deleted_at IS NULL
      JOIN annotation_seat s ON s.project_id = a.project_id AND s.annotator_id = a.annotator_id
     WHERE a.id = %(assignment)s
       FOR NO KEY UPDATE OF s
)
SELECT a.id, a.project_id, a.task_id, a.annotator_id, own.seat_id, a.guidelines_id, g.terms::text, a.state, a.purpose,
       a.holds_place, t.kind,
       ARRAY(SELECT response_id FROM annotation_taskresponse WHERE task_id = a.task_id ORDER BY position),
       a.shown_order, j.id, COALESCE(j.version, 0), COALESCE(j.is_late, false), p.status, p.settings::text,
       (SELECT id FROM annotation_guidelines WHERE project_id = p.id ORDER BY version DESC LIMIT 1),
       EXISTS (SELECT FROM annotation_gold WHERE project_id = p.id AND NOT in_test),
       own.is_paused, EXISTS (SELECT FROM annotation_gold WHERE task_id = a.task_id),
       NOT EXISTS (SELECT FROM annotation_project_groups WHERE project_id = p.id)
       OR EXISTS (SELECT FROM annotation_project_groups pg
                    JOIN accounts_group_annotators ga ON ga.group_id = pg.group_id
                   WHERE pg.project_id = p.id AND ga.annotator_id = a.annotator_id)
  FROM own
  JOIN annotation_assignment a ON a.id = own.id
  JOIN annotation_project p ON p.id = a.project_id
  JOIN annotation_guidelines g ON g.id = a.guidelines_id
  JOIN annotation_task t ON t.id = a.task_id
  LEFT JOIN annotation_judgment j ON j.assignment_id = a.id
   FOR NO KEY UPDATE OF a
"""

# The answer, the end of the lease and the count of the seat, together.
SAY = """
WITH ended AS (
    UPDATE annotation_assignment
       SET state = 'submitted', slot = NULL, lease_expires_at = NULL, ended_at = now(), holds_place = %(holds_place)s
     WHERE id = %(assignment)s
), judged AS (
    INSERT INTO annotation_judgment (id, project_id, assignment_id, version, is_late, created_at)
    VALUES (%(judgment)s, %(project)s, %(assignment)s, 1, %(is_late)s, now())
    ON CONFLICT (assignment_id) DO UPDATE SET version = %(version)s, withdrawn_at = NULL, is_late = excluded.is_late
    RETURNING id
), said AS (
    INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, preferred_id, amount_low, amount_high,
                                            desirable, is_consistent, currency, duration_ms, guidelines_id, created_at)
    SELECT id, %(version)s, %(kind)s, %(answer)s::jsonb, %(preferred)s::uuid, %(amount_low)s::numeric,
           %(amount_high)s::numeric, %(desirable)s::bool, %(is_consistent)s::bool, %(currency)s,
           %(duration_ms)s::bigint, %(guidelines)s, now()
      FROM judged
    RETURNING judgment_id, created_at
), counted AS (
    UPDATE annotation_seat SET judged = judged + %(counts)s::int WHERE id = %(seat)s
    RETURNING reached_rank, reached_position, reached_turn, judged, is_paused, qualification
)
SELECT judgment_id, created_at, reached_rank, reached_position, reached_turn, judged, is_paused, qualification
  FROM said, counted
"""

TAKE_FREE_PLACE = """
UPDATE annotation_task SET open_places = open_places - 1 WHERE id = %(task)s AND open_places > 0 RETURNING id
"""


@dataclass(frozen=True)
class Submission:
    """What came in: the answer as it was given, how long it took, and whether the next task is wanted at once."""

    answer: Any
    duration_ms: int | None = None
    wants_next: bool = False
    holding: tuple[UUID, ...] = ()  # what the client has already, as for `next`


def submit(*, scope: Scope, assignment: UUID, submission: Submission) -> tuple[Said, Offer | Nothing | None]:
    """The judgment, and the next offer where it was asked for. An answer that came too late is kept, and refused."""
    with transaction.atomic():
        held = hold(scope, assignment)
        checked = kinds.parse(held.kind, submission.answer, held.context(submission.answer))
        if held.state == "submitted":
            said, desk = verdicts.told_again(held, again(held, checked), checked), None
        else:
            said, desk = verdicts.follow(scope, held, checked, *say(held, submission, checked))
        if not said.is_late:
            said = replace(said, outcome=outcomes.of(held, checked, said))
        upcoming = None
        if submission.wants_next and not said.is_late:
            upcoming = after(scope, held, desk, list(submission.holding))
    if said.is_late:
        raise Conflict(
            _("The time for this task ran out and somebody else has it; your answer is kept, but does not count.")
        )
    return said, upcoming


def after(scope: Scope, held: Held, desk: Desk | None, holding: list[UUID]) -> Offer | Nothing:
    """The next of the same sort: a reviewer who settles disputes is given another one."""
    if held.purpose == "adjudication":
        return cases.take(scope=scope, project=Project.objects.get(pk=held.project), holding=holding)
    if not held.is_member:  # who left the group since finishes what they hold, and gets nothing more
        return Nothing("done")
    return offers.next_at(desk or seats.take(scope, held.project), holding)


def hold(scope: Scope, assignment: UUID) -> Held:
    """The person's own assignment; a dispute only while they are a reviewer, by role and by token."""
    held = locked(scope, assignment)
    if held.purpose == "adjudication" and not access.may(scope.role, "judgment.adjudicate"):
        raise Conflict(_("Only a reviewer settles disputes."))
    return held


def locked(scope: Scope, assignment: UUID) -> Held:
    values = {"person": scope.person.pk, "workspace": scope.workspace.pk, "assignment": assignment}
    row = fetch_one(HOLD, values)
    if row is None:
        raise Http404
    held = Held(*row)
    if held.judgment is None and held.state == "open":
        return held
    # What this statement waited for may have changed the judgment after it began to look: now the locks are held.
    return Held(*fetch(HOLD, values)[0])


def again(held: Held, checked: kinds.Answer) -> Said:
    """The same answer a second time is the first one; another one is refused."""
    row = fetch_one(
        "SELECT answer::text, created_at FROM annotation_judgmentversion"
        " WHERE judgment_id = %(judgment)s AND version = %(version)s",
        {"judgment": held.judgment, "version": held.version},
    )
    assert row is not None and held.judgment is not None
    stored = json.loads(row[0])
    if kinds.parse(held.kind, stored, held.context(stored)) != checked:
        said = _(
            "You have said something else about this, perhaps in another tab. Go back to that answer to change it."
        )
        raise Conflict(said)
    return Said(held.judgment, held.assignment, held.project, held.version, row[1], is_new=False, is_late=held.is_late)


def say(held: Held, submission: Submission, checked: kinds.Answer) -> tuple[Said, Desk]:
    """Write the answer. A lease that ran out takes its place again if it is still free."""
    if held.state == "skipped":
        raise Conflict(_("You skipped this task."))
    if held.purpose == "adjudication" and held.state != "open":
        raise Conflict(_("The time for this task ran out, or you gave it back: take it again."))
    if held.is_paused and held.counts:
        raise Conflict(offers.refusal_while_paused(held.project, held.annotator))
    if stored_settings(held.settings).consent and held.purpose != "adjudication":
        consents.refuse_without(held.project, held.annotator)
    is_late = False
    holds_place = held.holds_place
    if held.state != "open" and held.purpose == "label":
        holds_place = fetch_one(TAKE_FREE_PLACE, {"task": held.task}) is not None
        is_late = not holds_place
    values = version_values(held, submission, checked)
    values |= {"is_late": is_late, "holds_place": holds_place, "counts": 0 if is_late else held.counts}
    row = fetch_one(SAY, values)
    assert row is not None
    desk = Desk(
        held.project,
        held.status,
        stored_settings(held.settings),
        held.newest_guidelines,
        held.has_gold,
        held.annotator,
        held.seat,
        *row[2:],
    )
    return Said(row[0], held.assignment, held.project, values["version"], row[1], is_new=True, is_late=is_late), desk


def version_values(held: Held, submission: Submission, checked: kinds.Answer) -> dict[str, Any]:
    columns = {"preferred": None, "amount_low": None, "amount_high": None, "desirable": None, "is_consistent": True}
    return {
        **columns,
        **checked.columns,
        "judgment": held.judgment or uuid4(),
        "project": held.project,
        "assignment": held.assignment,
        "seat": held.seat,
        "version": held.version + 1,
        "kind": held.kind,
        "answer": json.dumps(submission.answer, ensure_ascii=False),
        "currency": stored_terms(held.terms).currency if held.kind == "cardinal" else "",
        "duration_ms": submission.duration_ms,
        "guidelines": held.guidelines,
    }
