"""Votes that differ, and reviewers who settle them."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Annotator
from annotation.adjudication import cases
from annotation.models import Assignment, Guidelines, Judgment, JudgmentVersion, Project, Task


@pytest.fixture
def vote(project: Project, new_annotator: Callable[[str], Annotator]) -> Callable[..., Judgment]:
    """`vote(task, "ann", {"preferred": …}, preferred_id=…)`: a submitted label that holds its place."""
    known: dict[str, Annotator] = {}

    def say(task: Task, name: str, answer: dict[str, Any], *, by: Annotator | None = None, **columns: Any) -> Judgment:
        annotator = by or known.setdefault(name, None) or new_annotator(name)  # type: ignore[arg-type]
        known[name] = annotator
        guidelines = Guidelines.objects.get(project=project)
        assignment = Assignment.objects.create(
            project=project, task=task, annotator=annotator, guidelines=guidelines, purpose="label",
            shown_order=list(range(task.places.count())), holds_place=True,
            state="submitted", ended_at=project.created_at,
        )  # fmt: skip
        judgment = Judgment.objects.create(project=project, assignment=assignment)
        currency = "USD" if task.kind == "cardinal" else ""
        JudgmentVersion.objects.create(
            judgment=judgment,
            version=1,
            kind=task.kind,
            answer=answer,
            guidelines=guidelines,
            currency=currency,
            **columns,
        )
        return judgment

    return say


@pytest.fixture
def prefer(vote: Callable[..., Judgment]) -> Callable[..., Judgment]:
    """`prefer(task, "ann", 0)`: the response in that place is better; None is a tie."""

    def say(task: Task, name: str, place: int | None, **more: Any) -> Judgment:
        chosen = None if place is None else task.places.get(position=place).response_id
        answer = {"preferred": None if chosen is None else str(chosen)}
        return vote(task, name, answer, preferred_id=chosen, **more)

    return say


@pytest.fixture
def take(project: Project) -> Callable[..., Any]:
    """`take(reviewer, *holding)`: the next case of a member."""
    return lambda member, *holding: cases.take(scope=member.scope, project=project, holding=list(holding))
