"""The people of a project as a run hears them. Imported by the worker alone."""

from collections.abc import Sequence

from annotation.models import Project
from jobs.work import Failed, Parked, Work
from training.checks import polls
from training.learning.people import Compared, Hearing
from training.models import Run

WAITING = "Waiting for people"


class Asked:
    """Questions become tasks of the project; a turn ends while too few have an answer."""

    def __init__(self, work: Work, run: Run) -> None:
        self.work, self.run = work, run

    def are_asked(self, step: int) -> bool:
        return polls.of(self.run, step) is not None

    def ask(self, step: int, questions: Sequence[Compared]) -> None:
        project = self.project()
        with self.work.holding():
            poll = polls.put(self.run, step, project, questions)
        count = poll.questions.exclude(task=None).count()
        self.work.log(f"Step {step}: {count} questions were put to the people of “{project.name}”.")

    def verdicts(self, step: int) -> Sequence[float | None]:
        poll = polls.of(self.run, step)
        assert poll is not None
        if not polls.is_ready(poll):
            raise Parked(WAITING)
        with self.work.holding():
            return polls.close(poll)

    def project(self) -> Project:
        asked = self.run.checks["people"]["project"]
        found = Project.objects.filter(pk=asked, deleted_at=None).first()
        if found is None:
            raise Failed("The project whose people were to judge was deleted; begin another run.")
        if found.status == Project.Status.CLOSED:
            raise Failed("The project whose people were to judge is closed: open it again and resume the run.")
        return found


def of(work: Work, run: Run) -> Hearing | None:
    people = run.checks.get("people")
    return Hearing(Asked(work, run), people["questions"], people["every"]) if people else None
