"""A small project with tasks, and annotators who may work on it."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts.models import Annotator, Workspace
from annotation.models import Assignment, Guidelines, Project, Prompt, Response, Task, TaskResponse


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def project(workspace: Workspace) -> Project:
    project = Project.objects.create(workspace=workspace, name="Helpfulness", kinds=["pairwise"])
    Guidelines.objects.create(project=project, version=1, text="Be fair.")
    return project


@pytest.fixture
def add_task(project: Project) -> Callable[..., Task]:
    """`add_task("p1")`: one more pairwise task of the project."""

    def add(text: str, overlap: int = 1, kind: str = "pairwise", answers: int = 2) -> Task:
        prompt = Prompt.objects.create(
            project=project, messages=[{"role": "user", "content": text}], sha256=digest(text), root=digest(text)
        )
        position = project.tasks.count() + 1
        task = Task.objects.create(
            project=project,
            prompt=prompt,
            kind=kind,
            sha256=digest(text + kind),
            overlap=overlap,
            open_places=overlap,
            position=position,
            random_key=0.5,
            rank=position,
        )
        for place in range(answers):
            response = Response.objects.create(prompt=prompt, text=f"{text} answer {place}", sha256=digest(str(place)))
            TaskResponse.objects.create(task=task, response=response, position=place)
        return task

    return add


@pytest.fixture
def new_annotator(workspace: Workspace) -> Callable[[str], Annotator]:
    return lambda name: Annotator.objects.create(workspace=workspace, origin="simulated", source_name=name)


@pytest.fixture
def run_out():
    """`run_out(offer)`: the lease ended a minute ago: before the test began, as the database counts."""

    def expire(offer):
        Assignment.objects.filter(pk=offer.assignment).update(lease_expires_at=now() - timedelta(minutes=1))

    return expire
