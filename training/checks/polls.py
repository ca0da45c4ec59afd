"""What people are asked of a run, and what they have said until now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.imports import direct
from annotation.models import Kind, Project
from annotation.snapshots import filters
from api.refusals import Conflict
from jobs import launch
from training.learning import winning
from training.models import Run, RunPoll, RunQuestion

if TYPE_CHECKING:
    from training.learning.people import Compared

TIE = 0.5
POLICY, REFERENCE = "run:{run}@{step}", "run:{run}@reference"  # sources, which no annotator is shown


def of(run: Run, step: int) -> RunPoll | None:
    return run.polls.filter(step=step).first()


def put(run: Run, step: int, project: Project, questions: "Sequence[Compared]") -> RunPoll:
    """All questions of a step at once; answers that are word for word the same are a tie that nobody is asked about."""
    differing = [place for place, one in enumerate(questions) if one.policy != one.reference]
    poll = RunPoll.objects.create(
        run=run, step=step, project=project.pk, enough=min(run.checks["people"]["enough"], len(questions))
    )
    made = direct.store(project, Kind.PAIRWISE, [record(run, step, questions[place]) for place in differing])
    asked = dict(zip(differing, made, strict=True))
    RunQuestion.objects.bulk_create(
        RunQuestion(
            poll=poll,
            place=place,
            task=asked[place].task if place in asked else None,
            policy_response=asked[place].responses[0] if place in asked else None,
        )
        for place in range(len(questions))
    )
    return poll


def record(run: Run, step: int, one: "Compared") -> dict[str, Any]:
    """As an import would have it. Who is asked sees the two in an order drawn for each, and no source."""
    sources = (POLICY.format(run=run.pk, step=step), REFERENCE.format(run=run.pk))
    texts = (one.policy.replace("\x00", "�"), one.reference.replace("\x00", "�"))
    return {
        "prompt": [dict(turn) for turn in one.prompt],
        "responses": [{"text": text, "source": source} for text, source in zip(texts, sources, strict=True)],
    }


def verdicts(poll: RunPoll) -> list[float | None]:
    """By question: of a closed poll as it was closed, else the mean of what counts until now."""
    questions = list(poll.questions.all())
    if poll.closed_at is not None:
        return [one.verdict for one in questions]
    said = votes(poll, [one.task for one in questions if one.task])
    return [TIE if one.task is None else mean(said.get(one.task, []), one.policy_response) for one in questions]


def votes(poll: RunPoll, tasks: Sequence[UUID]) -> dict[UUID, list[UUID | None]]:
    """The preferred response of every judgment that counts, by task; None is a tie."""
    project = Project.objects.filter(pk=poll.project).first()
    found: dict[UUID, list[UUID | None]] = {}
    if project is None:  # it was purged, and all of its judgments with it
        return found
    counting = filters.select(project, {}).filter(judgment__assignment__task__in=tasks)
    for task, preferred in counting.values_list("judgment__assignment__task", "preferred"):
        found.setdefault(task, []).append(preferred)
    return found


def mean(preferred: Sequence[UUID | None], policy: UUID | None) -> float | None:
    if not preferred:
        return None
    return sum(TIE if one is None else float(one == policy) for one in preferred) / len(preferred)


def is_ready(poll: RunPoll) -> bool:
    """Whether the run need not wait any longer."""
    if poll.closed_at is not None or poll.is_cut_short:
        return True
    return sum(one is not None for one in verdicts(poll)) >= poll.enough


def close(poll: RunPoll) -> list[float | None]:
    """What was said stands from now on, so that a run that is taken up again hears the same."""
    said = verdicts(poll)
    if poll.closed_at is not None:
        return said
    told = [one for one in said if one is not None]
    rate = winning.rate(told) if told else None
    for question, verdict in zip(poll.questions.all(), said, strict=True):
        RunQuestion.objects.filter(pk=question.pk).update(verdict=verdict)
    poll.closed_at, poll.answered = now(), len(told)
    if rate is not None:
        poll.share, poll.low, poll.high = rate.share, rate.low, rate.high
    poll.save()
    return said


def waiting() -> QuerySet[RunPoll]:
    """Those that a run waits for without a worker."""
    return RunPoll.objects.filter(
        closed_at=None, run__deleted_at=None, run__job__parked_at__isnull=False
    ).select_related("run__job")


def wake() -> int:
    """The sweeper's chore: how many runs go on, for enough was said."""
    ready = [poll.run.job for poll in waiting() if is_ready(poll)]
    return sum(launch.wake(job) for job in ready if job is not None)


@transaction.atomic
def go_on_without(*, scope: Scope, run: Run) -> None:
    """The run need not wait for the rest of the verdicts."""
    poll = run.polls.select_for_update().filter(closed_at=None).first()
    if poll is None or run.job is None or run.job.is_over:
        raise Conflict(_("This run does not wait for people."))
    poll.is_cut_short = True
    poll.save(update_fields=["is_cut_short"])
    scope.record("run.poll_cut_short", "run", run.pk, step=poll.step)
    launch.wake(run.job)
