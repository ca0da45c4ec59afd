"""A project with known answers, and people who are right or wrong on them."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation import gold
from annotation.gold import Item
from annotation.models import Project, Seat, Task
from annotation.queue import answers, offers
from annotation.queue.answers import Submission
from annotation.queue.offers import Offer


class Worker:
    """A member who works in the project; a task's known answer is that the response "… answer 0" is better."""

    def __init__(self, member: Any, project: Project) -> None:
        self.scope, self.project, self.api = member.scope, project, member.api

    def next(self, *holding: Any) -> Any:
        return offers.take(scope=self.scope, project=self.project.pk, holding=list(holding))

    def answer(self, offer: Offer, *, is_right: bool = True) -> dict[str, Any]:
        wanted = "0" if is_right else "1"
        return {"preferred": next(one["id"] for one in offer.responses if one["text"].endswith(wanted))}

    def submit(self, offer: Offer, *, is_right: bool = True, wants_next: bool = False) -> Any:
        submission = Submission(self.answer(offer, is_right=is_right), 100, wants_next=wants_next)
        return answers.submit(scope=self.scope, assignment=offer.assignment, submission=submission)

    def say(self, offer: Offer, *, is_right: bool = True) -> Any:
        return self.submit(offer, is_right=is_right)[0]

    def do(self, *verdicts: bool) -> None:
        """So many tasks, right or wrong as told."""
        for is_right in verdicts:
            self.say(self.next(), is_right=is_right)

    @property
    def seat(self) -> Seat:
        return Seat.objects.get(project=self.project, annotator__person=self.scope.person)

    @property
    def annotator(self) -> Any:
        return self.seat.annotator


@pytest.fixture
def worker(member: Callable[..., Any], project: Project) -> Callable[[str], Worker]:
    """`worker("ann")`: a new annotator at work in the project."""
    return lambda name: Worker(member("annotator", f"{name}@home.example"), project)


@pytest.fixture
def set_to(project: Project) -> Callable[..., Project]:
    """`set_to(pause_below=0.6)`: the project with these settings beside what it had."""

    def change(**settings: Any) -> Project:
        project.settings = {**project.settings, **settings}
        project.save()
        return project

    return change


@pytest.fixture
def known(project: Project, add_task: Callable[..., Task], admin: Any) -> Callable[..., list[Task]]:
    """`known(12)`: as many tasks whose answer is known, open to everybody."""

    def make(count: int, *, overlap: int = 20, **more: Any) -> list[Task]:
        start = project.tasks.count()
        tasks = [add_task(f"known {start + number}", overlap=overlap) for number in range(count)]
        items = [Item(task.pk, {"preferred": str(task.places.get(position=0).response_id)}, **more) for task in tasks]
        gold.put(scope=admin.scope, project=project, items=items)
        return tasks

    return make
