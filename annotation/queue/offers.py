"""What a person is shown next: an offer, or why there is none."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from json import loads
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.scope import Scope
from annotation.queue import leases, picks, seats
from annotation.queue.seats import Desk
from annotation.queue.statements import fetch, fetch_one


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
    currency: str
    mine: int  # how many judgments the person has made here


@dataclass(frozen=True)
class Nothing:
    """Why there is no task: all is done, or what is left is leased to others."""

    reason: str
    retry_after: int = 0


@transaction.atomic
def take(*, scope: Scope, project: UUID, holding: list[UUID]) -> Offer | Nothing:
    """The person's next task in a project."""
    return next_at(seats.take(scope, project), holding)


def next_at(desk: Desk, holding: list[UUID]) -> Offer | Nothing:
    """The person's next task at this desk; inside the transaction that holds the seat."""
    values = parameters(desk, holding)
    row = mixed_in(desk, values) or fetch_one(picks.NEXT, values)
    if row is None and desk.may_lease and leases.sweep(desk.project):
        row = fetch_one(picks.NEXT, values)
    if row is None:
        return nothing(desk, values)
    return with_time_left(offer(row, desk), desk.settings.lease_seconds)


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
    }


def mixed_in(desk: Desk, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """Now and then a task whose answer is known, or an old one again; or what the person holds anyway."""
    if not desk.may_lease:
        return None
    row = None
    if desk.has_gold and random.random() < desk.settings.gold_rate:
        row = fetch_one(picks.GOLD, values)
    if row is None and desk.judged > desk.settings.repeat_after and random.random() < desk.settings.repeat_rate:
        row = fetch_one(picks.REPEAT, values)
    return row


def offer(row: tuple[Any, ...], desk: Desk) -> Offer:
    assignment, purpose, kind, messages, responses, version, expires_at, currency = row
    shown = currency or "USD" if kind == "cardinal" else ""
    return Offer(assignment, purpose, kind, loads(messages), loads(responses), version, expires_at, shown, desk.judged)


def with_time_left(found: Offer, seconds: int) -> Offer:
    """The offer, its lease renewed when less than half of it is left."""
    if found.lease_expires_at - now() > timedelta(seconds=seconds / 2):
        return found
    renewed = leases.renew(found.assignment, seconds)
    return replace(found, lease_expires_at=renewed) if renewed else found


def nothing(desk: Desk, values: dict[str, Any]) -> Nothing:
    if desk.status == "paused":
        return Nothing("waiting", retry_after=60)
    if desk.may_lease and fetch(picks.WAITING, values)[0][0]:
        return Nothing("waiting", retry_after=random.randint(2, 5))
    return Nothing("done")
