"""Judgments with a known truth, written as the queue would have left them."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from accounts.models import Annotator, Workspace
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.models import Assignment, Judgment, JudgmentVersion, Project, Task
from annotation.quality import figures, keeping


@pytest.fixture
def people(workspace: Workspace) -> Callable[..., list[Annotator]]:
    """`people(3)`: simulated annotators, whose sides are known."""

    def make(count: int, origin: str = "simulated") -> list[Annotator]:
        rows = [Annotator(workspace=workspace, origin=origin, source_name=f"{origin} {n}") for n in range(count)]
        return Annotator.objects.bulk_create(rows)

    return make


@pytest.fixture
def judge(project: Project) -> Callable[..., Judgment]:
    """`judge(task, annotator, "first")`: one judgment; for pairs "first", "second" or "tie" name what is better."""
    clock = itertools.count()

    def act(
        task: Task,
        annotator: Annotator,
        answer: Any,
        *,
        purpose: str = "label",
        shown: list[int] | None = None,
        seconds: float | None = 10,
        currency: str = "USD",
        **marks: Any,
    ) -> Judgment:
        ids = [str(place.response_id) for place in task.places.order_by("position")]
        said = worded(answer, ids)
        columns = kinds.parse(task.kind, said, Context(dict.fromkeys(ids, ""), is_bounded=False)).columns
        moment = now() - timedelta(days=1) + timedelta(seconds=next(clock))
        guidelines = project.guidelines.get(version=1)
        assignment = Assignment.objects.create(
            project=project, task=task, annotator=annotator, guidelines=guidelines, purpose=purpose,
            shown_order=shown or list(range(len(ids))), holds_place=False, state="submitted", ended_at=moment,
        )  # fmt: skip
        judgment = Judgment.objects.create(project=project, assignment=assignment, created_at=moment, **marks)
        JudgmentVersion.objects.create(
            judgment=judgment, version=1, kind=task.kind, answer=said, guidelines=guidelines,
            preferred_id=columns.pop("preferred", None), currency=currency if task.kind == "cardinal" else "",
            duration_ms=None if seconds is None else round(1_000 * seconds), **columns,
        )  # fmt: skip
        return judgment

    return act


def worded(answer: Any, ids: list[str]) -> dict[str, Any]:
    if isinstance(answer, dict):
        return answer
    return {"preferred": {"first": ids[0], "second": ids[1], "tie": None}[answer]}


@pytest.fixture
def computed(project: Project, workspace: Workspace) -> Callable[[], Any]:
    """`computed()`: the report of what is there now, kept as a job would keep it."""

    def act() -> Any:
        from jobs.models import Job

        job = Job.objects.create(workspace=workspace, kind="annotation.quality", queue="short")
        return keeping.keep(project, figures.compute(project), as_of=now(), job=job.pk)

    return act
