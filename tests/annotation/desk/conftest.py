"""Somebody at their desk in one project."""

import pytest

from annotation.desk import work
from annotation.queue import answers, leases, offers
from annotation.queue.answers import Submission


class Desk:
    """A member who takes tasks of a project, says something, and looks back."""

    def __init__(self, member, project):
        self.member, self.scope, self.project, self.api = member, member.scope, project, member.api

    def take(self, *holding):
        return offers.take(scope=self.scope, project=self.project.pk, holding=list(holding))

    def say(self, offer, duration_ms=4_000, **answer):
        submission = Submission(answer or {"preferred": None}, duration_ms)
        return answers.submit(scope=self.scope, assignment=offer.assignment, submission=submission)[0]

    def judge(self, **answer):
        """The next task, answered."""
        return self.say(self.take(), **answer)

    def skip(self, reason=""):
        return leases.skip(scope=self.scope, assignment=self.take().assignment, reason=reason)

    @property
    def place(self):
        return work.of(self.scope).places[0]


@pytest.fixture
def desk_of(member, project):
    """`desk_of("ann")`: a new annotator at a desk in the project."""
    return lambda name: Desk(member("annotator", f"{name}@home.example"), project)


@pytest.fixture
def desk(desk_of):
    return desk_of("ann")
