"""What a person is shown next: an offer, or why there is none."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from json import loads
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import Annotator
from accounts.scope import Scope
from annotation import consents, draws
from annotation.models import Project
from annotation.queue import leases, picks, seats
from annotation.queue.seats import Desk
from annotation.queue.statements import fetch, fetch_one
from annotation.settings import Terms, stored_terms
from annotation.trust import pauses, qualification
from api.refusals import Conflict


@dataclass(frozen=True)
class Offer:
    """What the person is shown: nothing of source, metadata, gold or order of import."""

    assignment: UUID
    purpose: str
    kind: str
    prompt: list[dict[str, Any]]
    responses: list[dict[str, str]]  # id and text, in the order shown
    guidelines_version: int
    lease_expires_at: datetime
    terms: Terms | None  # of an amount: what its version of the guidelines asks
    mine: int  # how many judgments the person has made here
    content_warning: str | None = None  # the text was marked as harmful, perhaps with words that say how
    commitment: str = ""  # to the price that was sealed for this question, where one was


@dataclass(frozen=True)
class Nothing:
    """Why there is no task: done, waiting (for what is leased to others), paused, unqualified, or without consent."""

    reason: str
    retry_after: int = 0
    why: str = ""  # what the project says about it: "paused", "closed", or "most" for all that one person may make


def take(*, scope: Scope, project: UUID, holding: list[UUID]) -> Offer | Nothing:
    """The person's next task in a project; refused to those who are paused, not qualified or not asked yet."""
    with transaction.atomic():  # refused after it: a test that just ended has ended, whatever is said of it
        desk = seats.take(scope, project)
        found = next_at(desk, holding)
    if isinstance(found, Nothing) and found.reason == "paused":
        raise Conflict(refusal_while_paused(desk.project, desk.annotator))
    if isinstance(found, Nothing) and found.reason == "unqualified":
        raise Conflict(refusal_before_test(desk))
    if isinstance(found, Nothing) and found.reason == "consent":
        raise Conflict(consents.sentence())
    return found


def refusal_while_paused(project: UUID, annotator: UUID) -> str:
    pause = pauses.standing(project, annotator)
    assert pause is not None
    return pauses.sentence(pause)


def refusal_before_test(desk: Desk) -> str:
    project = Project.objects.get(pk=desk.project)
    annotator = Annotator.objects.get(pk=desk.annotator)
    return qualification.sentence(qualification.standing(project=project, annotator=annotator))


def next_at(desk: Desk, holding: list[UUID]) -> Offer | Nothing:
    """The person's next task at this desk; inside the transaction that holds the seat."""
    if desk.is_paused:
        return Nothing("paused")
    if not consents.is_given(desk):
        return Nothing("consent")
    values = parameters(desk, holding)
    if not qualification.is_open_to(desk) and not qualification.go_without_taken_down(desk):
        return test_at(desk, values)
    row = mixed_in(desk, values) or fetch_one(picks.NEXT, values)
    if row is None and desk.may_lease and leases.sweep(desk.project):
        row = fetch_one(picks.NEXT, values)
    if row is None:
        return nothing(desk, values)
    return with_time_left(offer(row, desk), desk.settings.lease_seconds)


def test_at(desk: Desk, values: dict[str, Any]) -> Offer | Nothing:
    """The next question of the test, or what the person holds anyway."""
    row = fetch_one(picks.TEST, {**values, "room": None, "attempt": qualification.attempt_for(desk)})
    if row is not None:
        return with_time_left(offer(row, desk), desk.settings.lease_seconds)
    open_one = {"project": desk.project, "annotator": desk.annotator}
    return Nothing("waiting", retry_after=2) if fetch(picks.HOLDS, open_one)[0][0] else Nothing("unqualified")


def parameters(desk: Desk, holding: list[UUID]) -> dict[str, Any]:
    return {
        "project": desk.project,
        "annotator": desk.annotator,
        "seat": desk.seat,
        "guidelines": desk.guidelines,
        "rank": desk.reached_rank,
        "position": desk.reached_position,
        "turn": desk.reached_turn,
        "leases": desk.settings.leases_per_person,
        "seconds": desk.settings.lease_seconds,
        "holding": holding,
        "may_lease": desk.may_lease,
        "repeat_after": desk.settings.repeat_after,
        "room": desk.room,
    }


def mixed_in(desk: Desk, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """Now and then a task whose answer is known, or an old one again; or what the person holds anyway."""
    if not desk.may_lease:
        return None
    row = None
    if desk.has_gold and comes_up(desk.settings.gold_rate):
        row = fetch_one(picks.GOLD, values)
    if row is None and desk.judged > desk.settings.repeat_after and comes_up(desk.settings.repeat_rate):
        row = fetch_one(picks.REPEAT, values)
    return row


def comes_up(rate: float) -> bool:
    """True in this share of the calls."""
    return random.random() < rate


def offer(row: tuple[Any, ...], desk: Desk) -> Offer:
    return shown(row, desk.judged)


def shown(row: tuple[Any, ...], mine: int) -> Offer:
    """What a statement of `picks` found, as an offer."""
    assignment, purpose, kind, messages, responses, version, expires_at, text, warning = row
    terms = stored_terms(text) if text is not None else None
    texts = (loads(messages), loads(responses))
    sealed = draws.seal(assignment=assignment, purpose=purpose, terms=terms) if terms else ""
    found = Offer(assignment, purpose, kind, *texts, version, expires_at, terms, mine, warning)
    return replace(found, commitment=sealed) if sealed else found


def with_time_left(found: Offer, seconds: int) -> Offer:
    """The offer, its lease renewed when less than half of it is left."""
    if found.lease_expires_at - now() > timedelta(seconds=seconds / 2):
        return found
    renewed = leases.renew(found.assignment, seconds)
    return replace(found, lease_expires_at=renewed) if renewed else found


def nothing(desk: Desk, values: dict[str, Any]) -> Nothing:
    if desk.status == "paused":
        return Nothing("waiting", retry_after=60, why="paused")
    if desk.may_lease and fetch(picks.WAITING, values)[0][0]:
        return Nothing("waiting", retry_after=random.randint(2, 5))
    return Nothing("done", why="closed" if desk.status == "closed" else "" if desk.may_lease else "most")
