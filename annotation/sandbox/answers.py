"""An answer that is tried: read, checked and shown as the row that it would become."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import now

from accounts.models import Annotator
from accounts.scope import Scope
from annotation import projects
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.feedback.rows import Row
from annotation.models import Guidelines, Project
from annotation.queue.answers import Submission
from annotation.queue.offers import Offer
from annotation.sandbox import trials
from annotation.sandbox.trials import Trial
from annotation.settings import Terms
from annotation.snapshots.rows import timestamp
from api.schemas import build

HOURS = 12  # how long a trial may lie open; nothing is leased


def offer(*, scope: Scope, project: Project, holding: list[UUID]) -> Offer:
    """What the page shows, made as an offer of the queue is, with no lease behind it."""
    trial, guidelines = trials.pick(project, holding), projects.newest_guidelines(project)
    terms = terms_of(guidelines)
    return Offer(
        assignment=trial.id,
        purpose="label",
        kind=trial.kind,
        prompt=trial.prompt,
        responses=[{"id": one.id, "text": one.text} for one in trial.shown_to(scope)],
        guidelines_version=guidelines.version,
        lease_expires_at=now() + timedelta(hours=HOURS),
        terms=terms if trial.kind == "cardinal" else None,
        mine=0,
    )


def terms_of(guidelines: Guidelines) -> Terms:
    return build(Terms, guidelines.terms)


def check(*, scope: Scope, project: Project, trial: UUID, submission: Submission) -> dict[str, Any]:
    """The row that would be stored, and what the database would keep beside it; refused as the real one would be."""
    found, guidelines = trials.find(project, trial), projects.newest_guidelines(project)
    terms = terms_of(guidelines)
    context = Context({one.id: one.text for one in found.responses}, terms)
    checked = kinds.parse(found.kind, submission.answer, context)
    row = replace(
        row_of(scope, found, guidelines),
        answer=submission.answer,
        duration_ms=submission.duration_ms,
        **asked(found.kind, terms, submission.answer),
    )
    beside = {name: value if isinstance(value, bool) else str(value) for name, value in checked.columns.items()}
    return {"row": row.as_json(), "beside": {name: value for name, value in beside.items() if value != "None"}}


def asked(kind: str, terms: Terms, answer: dict[str, Any]) -> dict[str, Any]:
    """What a row says of an amount; nothing follows from one that is tried."""
    if kind != "cardinal":
        return {}
    elicitation = "list" if "rows" in answer else "direct"
    return {"currency": terms.currency, "elicitation": elicitation, "incentive": "hypothetical"}


def row_of(scope: Scope, trial: Trial, guidelines: Guidelines) -> Row:
    """As a snapshot would hold it; ids of what was never written are empty."""
    mine = Annotator.objects.filter(workspace=scope.workspace, person=scope.person).first()
    return Row(
        judgment="",
        version=1,
        task="" if trial.is_example else str(trial.id),
        kind=trial.kind,
        purpose="label",
        annotator=mine.pseudonym if mine else "",
        origin="person",
        prompt=trial.prompt,
        responses=trial.responses,
        shown_order=[one.id for one in trial.shown_to(scope)],
        answer={},
        currency="",
        guidelines_version=guidelines.version,
        duration_ms=None,
        created_at=timestamp(now()),
        split="",
    )
