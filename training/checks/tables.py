"""What people said of a run, step by step, as its page shows it."""

from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Project
from training.checks import polls
from training.models import Run, RunPoll


def of(run: Run) -> dict[str, Any]:
    """A row a step, and what the run waits for now, if it does."""
    found = list(run.polls.prefetch_related("questions"))
    return {
        "rows": [row(poll) for poll in found],
        "waiting": next((waits(poll) for poll in found if is_open(poll)), None),
    }


def is_open(poll: RunPoll) -> bool:
    return poll.closed_at is None and not poll.is_cut_short


def answered(poll: RunPoll) -> int:
    return sum(one is not None for one in polls.verdicts(poll))


def row(poll: RunPoll) -> dict[str, Any]:
    return {
        "step": poll.step,
        "answered": answered(poll) if poll.answered is None else poll.answered,
        "questions": len(poll.questions.all()),
        "said": said(poll),
    }


def said(poll: RunPoll) -> str:
    if poll.closed_at is None:
        return _("not yet")
    if poll.share is None or poll.low is None or poll.high is None:
        return _("nobody judged")
    numbers = {"share": poll.share, "low": poll.low, "high": poll.high}
    percent = {name: f"{100 * value:.0f}" for name, value in numbers.items()}
    return _("{share} %, 95 % interval {low} to {high} %").format(**percent)


def waits(poll: RunPoll) -> dict[str, Any]:
    project = Project.objects.filter(pk=poll.project, deleted_at=None).first()
    return {"step": poll.step, "answered": answered(poll), "enough": poll.enough, "project": project}
