"""The people of a project as whoever asks them hears them. Imported by the worker alone."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from annotation.models import Project
from jobs.work import Failed, Parked, Work
from training.checks import desks, polls
from training.learning.people import Compared, Hearing
from training.models import Poll, Run

WAITING = "Waiting for people"
When = TypeVar("When")


class Asked(Generic[When]):
    """Questions become tasks of the project; a turn ends while too few have an answer."""

    def __init__(self, work: Work, project: str) -> None:
        self.work, self.asked = work, project

    @abstractmethod
    def found(self, when: When) -> Poll | None:
        """What was asked then."""

    @abstractmethod
    def begun(self, when: When) -> Poll:
        """What is to be asked now, not saved yet."""

    def are_asked(self, when: When) -> bool:
        return self.found(when) is not None

    def ask(self, when: When, questions: Sequence[Compared]) -> None:
        project, poll = self.project(), self.begun(when)
        with self.work.holding():
            polls.put(poll, project, questions)
        count = poll.questions.exclude(task=None).count()
        self.work.log(f"{self.titled(poll)}: {count} questions were put to the people of “{project.name}”.")

    def titled(self, poll: Poll) -> str:
        return f"Step {poll.step}"

    def verdicts(self, when: When) -> Sequence[float | None]:
        poll = self.found(when)
        assert poll is not None
        if not polls.is_ready(poll):
            self.must_be_possible(poll)
            with self.work.holding():
                desks.come_back(poll)
            raise Parked(WAITING)
        with self.work.holding():
            return polls.close(poll)

    def must_be_possible(self, poll: Poll) -> None:
        """Whoever waits for nothing says so."""

    def project(self) -> Project:
        found = Project.objects.filter(pk=self.asked, deleted_at=None).first()
        if found is None:
            raise Failed("The project whose people were to judge was deleted: bring it back and resume, or begin anew.")
        if found.status == Project.Status.CLOSED:
            raise Failed("The project whose people were to judge is closed: open it again and resume.")
        return found


class OfRun(Asked[int]):
    """Of a run's steps."""

    def __init__(self, work: Work, run: Run) -> None:
        super().__init__(work, run.checks["people"]["project"])
        self.run = run

    def found(self, when: int) -> Poll | None:
        return self.run.polls.filter(step=when).first()

    def begun(self, when: int) -> Poll:
        return Poll(run=self.run, step=when, enough=self.run.checks["people"]["enough"])


def of(work: Work, run: Run) -> Hearing | None:
    people = run.checks.get("people")
    return Hearing(OfRun(work, run), people["questions"], people["every"]) if people else None
