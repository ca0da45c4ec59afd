"""The people of a project as a search hears them, proposal by proposal. Imported by the worker alone."""

from collections.abc import Mapping
from typing import Any

from jobs.models import Job
from jobs.work import Failed, Work
from training.checks import polls
from training.checks.hearing import Asked
from training.learning.thresholds.judging import LAST
from training.models import Poll


class OfSearch(Asked[str]):
    """Of a search's proposals, by name; the last run's come after all others."""

    def __init__(self, work: Work, wanted: Mapping[str, Any]) -> None:
        super().__init__(work, wanted["project"])
        self.own = Poll.objects.filter(search=work.job_id)
        self.enough: int = wanted["enough"]

    def found(self, when: str) -> Poll | None:
        by = {"is_last": True} if when == LAST else {"is_last": False, "step": int(when)}
        return self.own.filter(**by).first()

    def begun(self, when: str) -> Poll:
        step = self.own.count() if when == LAST else int(when)
        return Poll(search=Job(pk=self.work.job_id), step=step, is_last=when == LAST, enough=self.enough)

    def titled(self, poll: Poll) -> str:
        return "Run again" if poll.is_last else f"Proposal {poll.step}"

    def must_be_possible(self, poll: Poll) -> None:
        if polls.is_lost(poll):
            raise Failed("The project whose people were to judge was removed for good: begin another search.")
