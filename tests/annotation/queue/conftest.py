"""People at work in one project, without HTTP between."""

import pytest

from annotation.models import Seat
from annotation.queue import answers, leases, offers
from annotation.queue.answers import Submission
from annotation.queue.offers import Offer


class Worker:
    """A member who asks for tasks of a project and answers them."""

    def __init__(self, member, project):
        self.scope, self.project, self.api = member.scope, project, member.api

    def next(self, *holding):
        return offers.take(scope=self.scope, project=self.project.pk, holding=list(holding))

    def say(self, offer, **answer):
        submission = Submission(answer or {"preferred": None}, 100)
        return answers.submit(scope=self.scope, assignment=offer.assignment, submission=submission)[0]

    def do(self):
        """The next task, answered with a tie; False when there is none."""
        found = self.next()
        return isinstance(found, Offer) and bool(self.say(found))

    def skip(self, offer, reason=""):
        return leases.skip(scope=self.scope, assignment=offer.assignment, reason=reason)

    @property
    def seat(self):
        return Seat.objects.get(project=self.project, annotator__person=self.scope.person)


@pytest.fixture
def worker(member, project):
    """`worker("ann")`: a new annotator at work in the project."""
    return lambda name: Worker(member("annotator", f"{name}@home.example"), project)
