"""One attempt, from the handler's first line to the job's end. Runs in a process of its own, or inside a test."""

import json
from contextlib import nullcontext
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from api.refusals import Refusal
from jobs import claims, kinds
from jobs.claims import Claim
from jobs.kinds import Kind
from jobs.models import Job
from jobs.notes import Notes
from jobs.work import Failed, Parked, Work, cut


def open_work(claim: Claim) -> tuple[Kind, Work, Notes]:
    """What a handler needs; raises LostClaim when the attempt no longer holds the job."""
    job = claim.held.first()
    if job is None:
        raise claims.LostClaim(claim)
    kind, notes = kinds.find(job.kind), Notes(claim)
    return kind, Work(job, notes, is_atomic=kind.atomic), notes


def carry_out(kind: Kind, work: Work, notes: Notes, *, apart: bool) -> Job.State:
    """Run the handler and write the end. What nobody foresaw is raised, for the supervisor to judge."""
    claim = notes.claim
    try:
        with transaction.atomic() if kind.atomic else nullcontext():
            with notes.written_apart() if apart else nullcontext():
                result = storable(kind.handler(work))
            notes.flush()
            work.stop_if_cancelled()
            claims.succeed(claim, result)
    except (Failed, Refusal) as error:
        notes.flush()
        claims.fail(claim, cut(str(error), 4_000) or "The work was refused without a reason.")
        return Job.State.FAILED
    except Parked as parked:
        notes.flush()
        return claims.park(claim, parked.what)
    return Job.State.SUCCEEDED


def storable(result: dict[str, Any]) -> dict[str, Any]:
    """The result as JSON that PostgreSQL takes: a dict, finite numbers, no null characters."""
    if not isinstance(result, dict):
        raise TypeError(f"A handler answers a dict, not {type(result).__name__}.")
    text = json.dumps(result, cls=DjangoJSONEncoder, allow_nan=False)
    return json.loads(text.replace("\\u0000", "\\ufffd"))
