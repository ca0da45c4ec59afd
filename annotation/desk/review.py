"""One of my judgments opened again: the task as it was shown, what I said, and whether I may still correct it."""

from dataclasses import dataclass
from datetime import datetime
from json import loads
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import judgments
from annotation.models import Judgment, JudgmentVersion
from annotation.queue import answers
from annotation.queue.returning import SHOW_ONE
from annotation.queue.statements import fetch, fetch_one
from annotation.settings import Terms, stored_terms
from api.refusals import Conflict

# The judgments of one person in one project that stand beside a moment, in the order in which they were made.
BESIDE = """
SELECT (SELECT j.id FROM annotation_assignment a JOIN annotation_judgment j ON j.assignment_id = a.id
         WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND a.state = 'submitted'
           AND (j.created_at, j.id) < (%(moment)s::timestamptz, %(judgment)s::uuid)
         ORDER BY j.created_at DESC, j.id DESC LIMIT 1),
       (SELECT j.id FROM annotation_assignment a JOIN annotation_judgment j ON j.assignment_id = a.id
         WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND a.state = 'submitted'
           AND (j.created_at, j.id) > (%(moment)s::timestamptz, %(judgment)s::uuid)
         ORDER BY j.created_at, j.id LIMIT 1)
"""


@dataclass(frozen=True)
class Opened:
    """A judgment with everything that its author was shown."""

    judgment: UUID
    assignment: UUID
    version: int
    kind: str
    prompt: list[dict[str, Any]]
    responses: list[dict[str, str]]  # id and text, in the order shown
    guidelines_version: int
    terms: Terms | None  # of an amount
    content_warning: str | None
    answer: dict[str, Any]
    created_at: datetime
    why_fixed: str  # why it can no longer be corrected; empty where it can
    older: UUID | None
    newer: UUID | None


@transaction.atomic
def open_again(*, scope: Scope, judgment: UUID) -> Opened:
    found = judgments.own(scope=scope, judgment=judgment)
    if found.assignment.task.prompt.taken_down_at is not None:
        raise Conflict(_("What this was about has been taken down; what you said is kept."))
    held = answers.hold(scope, found.assignment_id)
    row = fetch_one(SHOW_ONE, {"assignment": held.assignment})
    assert row is not None
    said = JudgmentVersion.objects.get(judgment=found, version=held.version)
    values = {"project": held.project, "annotator": held.annotator}
    older, newer = fetch(BESIDE, {**values, "moment": found.created_at, "judgment": found.pk})[0]
    return Opened(
        judgment=found.pk,
        assignment=held.assignment,
        version=held.version,
        kind=held.kind,
        prompt=loads(row[3]),
        responses=loads(row[4]),
        guidelines_version=row[5],
        terms=stored_terms(row[7]) if row[7] is not None else None,
        content_warning=row[8],
        answer=said.answer,
        created_at=found.created_at,
        why_fixed=judgments.why_fixed(found, held),
        older=older,
        newer=newer,
    )


def latest(*, scope: Scope, project: UUID) -> UUID | None:
    """My last judgment in a project, to go back from."""
    mine = Judgment.objects.filter(
        project=project, withdrawn_at=None, assignment__annotator__person=scope.person, assignment__state="submitted"
    )
    return mine.order_by("-created_at", "-pk").values_list("pk", flat=True).first()
