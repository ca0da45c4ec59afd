"""What one person has said: their judgments, newest first, each in a few words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from accounts.scope import Scope
from annotation import projects
from annotation.desk import covers
from annotation.feedback.kinds import KINDS
from annotation.models import JudgmentVersion, Project, TaskResponse


def mine(scope: Scope, *, project: UUID | None = None) -> QuerySet[JudgmentVersion]:
    """The newest version of each judgment of mine, in the projects that I may still see."""
    found = JudgmentVersion.objects.filter(
        version=F("judgment__version"),
        judgment__project__in=projects.visible(scope),
        judgment__assignment__annotator__person=scope.person,
        judgment__assignment__annotator__workspace=scope.workspace,
    )
    if project is not None:
        found = found.filter(judgment__project=project)
    return found.select_related("judgment__assignment__task__prompt", "judgment__project")


@dataclass(frozen=True)
class Line:
    """One judgment in the list of its author: nothing of purpose, gold or source."""

    judgment: UUID
    project: Project
    kind: str
    question: str  # how the prompt begins; empty where it may not be shown
    is_covered: bool  # it was marked as harmful, or its author wished every text to be covered
    is_gone: bool  # the prompt was taken down
    said: str
    duration_ms: int | None
    created_at: datetime
    is_changed: bool
    state: str  # "", "withdrawn" or "late"


def lines(versions: list[JudgmentVersion], *, covers_all: bool) -> list[Line]:
    """The rows of one page; the sides are read in one query."""
    sides = shown_sides(versions)
    return [line(version, sides, covers_all=covers_all) for version in versions]


def line(version: JudgmentVersion, sides: dict[UUID, dict[int, str]], *, covers_all: bool) -> Line:
    judgment = version.judgment
    order = judgment.assignment.shown_order
    ids = sides.get(judgment.assignment.task_id, {})
    numbers = {ids[position]: number for number, position in enumerate(order, start=1) if position in ids}
    prompt = judgment.assignment.task.prompt
    is_gone = prompt.taken_down_at is not None
    is_covered = covers_all or judgment.project.settings.get("covers") == "all" or covers.is_marked(prompt.metadata)
    return Line(
        judgment=judgment.pk,
        project=judgment.project,
        kind=str(KINDS[version.kind].label),
        question="" if is_gone or is_covered else beginning(prompt.messages),
        is_covered=is_covered,
        is_gone=is_gone,
        said=KINDS[version.kind].tell(version.answer, numbers, version.currency),
        duration_ms=version.duration_ms,
        created_at=judgment.created_at,
        is_changed=version.version > 1,
        state="withdrawn" if judgment.withdrawn_at else "late" if judgment.is_late else "",
    )


def shown_sides(versions: list[JudgmentVersion]) -> dict[UUID, dict[int, str]]:
    """Which response stands at which position, for each task."""
    tasks = {version.judgment.assignment.task_id for version in versions}
    found: dict[UUID, dict[int, str]] = {}
    for place in TaskResponse.objects.filter(task__in=tasks):
        found.setdefault(place.task_id, {})[place.position] = str(place.response_id)
    return found


def beginning(messages: list[dict[str, Any]]) -> str:
    """The last thing that was asked, cut to a line."""
    asked = [message["content"] for message in messages if message["role"] == "user"]
    text = " ".join(str(asked[-1] if asked else messages[-1]["content"]).split())
    return text if len(text) <= 120 else f"{text[:119]}…"
