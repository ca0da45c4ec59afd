"""What people are asked of a run or of a search's proposal, and what they have said until now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.imports import direct
from annotation.models import Kind, Project
from annotation.snapshots import filters
from api.refusals import Conflict
from jobs import launch
from jobs.models import Job
from training.checks import desks
from training.learning import winning
from training.models import Poll, PollQuestion, Run

if TYPE_CHECKING:
    from training.learning.people import Compared

TIE = 0.5


def sources(poll: Poll) -> tuple[str, str]:
    """Of the policy's answers and of the reference's, which no annotator is shown."""
    asks = f"run:{poll.run_id}" if poll.run_id else f"search:{poll.search_id}"
    return f"{asks}@{'again' if poll.is_last else poll.step}", f"{asks}@reference"


@transaction.atomic
def put(poll: Poll, project: Project, questions: "Sequence[Compared]") -> Poll:
    """All of its questions at once; answers that are word for word the same are a tie that nobody is asked about."""
    differing = [place for place, one in enumerate(questions) if one.policy != one.reference]
    poll.project, poll.enough = project.pk, min(poll.enough, len(questions))
    poll.save(force_insert=True)
    made = direct.store(project, Kind.PAIRWISE, [record(poll, questions[place]) for place in differing])
    asked = dict(zip(differing, made, strict=True))
    PollQuestion.objects.bulk_create(
        PollQuestion(
            poll=poll,
            place=place,
            task=asked[place].task if place in asked else None,
            policy_response=asked[place].responses[0] if place in asked else None,
        )
        for place in range(len(questions))
    )
    return poll


def record(poll: Poll, one: "Compared") -> dict[str, Any]:
    """As an import would have it. Who is asked sees the two in an order drawn for each, and no source."""
    texts = (one.policy.replace("\x00", "�"), one.reference.replace("\x00", "�"))
    return {
        "prompt": [dict(turn) for turn in one.prompt],
        "responses": [{"text": text, "source": one} for text, one in zip(texts, sources(poll), strict=True)],
    }


def verdicts(poll: Poll) -> list[float | None]:
    """By question: of a closed poll as it was closed, else the mean of what counts until now."""
    questions = list(poll.questions.all())
    if poll.closed_at is not None:
        return [one.verdict for one in questions]
    said = votes(poll, [one.task for one in questions if one.task])
    return [TIE if one.task is None else mean(said.get(one.task, []), one.policy_response) for one in questions]


def votes(poll: Poll, tasks: Sequence[UUID]) -> dict[UUID, list[UUID | None]]:
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


def is_ready(poll: Poll) -> bool:
    """Whether nobody need wait any longer."""
    if poll.closed_at is not None or poll.is_cut_short:
        return True
    return sum(one is not None for one in verdicts(poll)) >= poll.enough


def close(poll: Poll) -> list[float | None]:
    """What was said stands from now on, so that whoever is taken up again hears the same."""
    said = verdicts(poll)
    if poll.closed_at is not None:
        return said
    told = [one for one in said if one is not None]
    rate = winning.rate(told) if told else None
    for question, verdict in zip(poll.questions.all(), said, strict=True):
        PollQuestion.objects.filter(pk=question.pk).update(verdict=verdict)
    poll.closed_at, poll.answered = now(), len(told)
    if rate is not None:
        poll.share, poll.low, poll.high = rate.share, rate.low, rate.high
    poll.save()
    desks.close(poll)
    return said


def waiting() -> QuerySet[Poll]:
    """Those that a run or a search waits for without a worker."""
    parked = Q(run__deleted_at=None, run__job__parked_at__isnull=False) | Q(search__parked_at__isnull=False)
    return Poll.objects.filter(parked, closed_at=None).select_related("run__job", "search")


def wake() -> int:
    """The sweeper's chore: how many go on, for enough was said, or nobody is left who could say it."""
    ready = [poll.job for poll in waiting() if is_ready(poll) or is_lost(poll)]
    return sum(launch.wake(job) for job in ready if job is not None)


def is_lost(poll: Poll) -> bool:
    """Whether a search waits for people of a project that was removed for good: woken, it says so and ends."""
    return poll.search_id is not None and not Project.objects.filter(pk=poll.project).exists()


@transaction.atomic
def go_on_without(*, scope: Scope, asks: Run | Job) -> None:
    """The run or the search need not wait for the rest of the verdicts."""
    job = asks if isinstance(asks, Job) else asks.job
    poll = asks.polls.select_for_update().filter(closed_at=None).first()
    if poll is None or job is None or job.is_over:
        raise Conflict(_("Nobody waits for people here."))
    if poll.search_id is not None and all(one is None for one in verdicts(poll)):
        raise Conflict(_("Nobody has judged anything yet: without a verdict, the search cannot tell where to go."))
    poll.is_cut_short = True
    poll.save(update_fields=["is_cut_short"])
    if isinstance(asks, Job):
        scope.record("job.poll_cut_short", "job", asks.pk, step=poll.step)
    else:
        scope.record("run.poll_cut_short", "run", asks.pk, step=poll.step)
    launch.wake(job)
