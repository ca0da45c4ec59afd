"""What people said of a run step by step, or of a search proposal by proposal, as its page shows it."""

from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Project
from jobs.models import Job
from training.checks import polls
from training.models import Poll, Run


def of(asks: Run | Job) -> dict[str, Any]:
    """A row each time that people were asked, and what is waited for now, if anything is."""
    found = list(asks.polls.prefetch_related("questions"))
    return {
        "rows": [row(poll) for poll in found],
        "waiting": next((waits(poll) for poll in found if is_open(poll)), None),
    }


def is_open(poll: Poll) -> bool:
    return poll.closed_at is None and not poll.is_cut_short


def answered(poll: Poll) -> int:
    return sum(one is not None for one in polls.verdicts(poll))


def row(poll: Poll) -> dict[str, Any]:
    return {
        "step": poll.step,
        "is_last": poll.is_last,
        "answered": answered(poll) if poll.answered is None else poll.answered,
        "questions": len(poll.questions.all()),
        "said": said(poll),
    }


def said(poll: Poll) -> str:
    if poll.closed_at is None:
        return _("not yet")
    if poll.share is None or poll.low is None or poll.high is None:
        return _("nobody judged")
    numbers = {"share": poll.share, "low": poll.low, "high": poll.high}
    percent = {name: f"{100 * value:.0f}" for name, value in numbers.items()}
    return _("{share} %, 95 % interval {low} to {high} %").format(**percent)


def waits(poll: Poll) -> dict[str, Any]:
    project = Project.objects.filter(pk=poll.project).first()
    standing = project if project is not None and project.deleted_at is None else None
    told = {"step": poll.step, "is_last": poll.is_last, "answered": answered(poll), "enough": poll.enough}
    return {**told, "project": standing, "objection": objection(project)}


def objection(project: Project | None) -> str:
    """Why nobody can judge there now, and what to do; blank where people are at it."""
    if project is None:
        return _("The project whose people were to judge was removed for good: nobody can answer any more.")
    if project.deleted_at is not None:
        return _("The project whose people were to judge was deleted: bring it back, or go on with what they said.")
    if project.status == Project.Status.CLOSED:
        return _("The project whose people were to judge is closed: open it again, or go on with what they said.")
    if project.status != Project.Status.OPEN:
        return _("The project whose people are to judge is not open: they see nothing of it until it is.")
    return ""
