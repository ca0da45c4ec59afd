"""What people were asked and nobody waits for any more leaves their desks, and comes back with who asked."""

from uuid import UUID

from django.db.models import Q

from annotation.models import Task
from annotation.queue import aside
from jobs.models import Job
from training.models import Poll, PollQuestion

ALIVE = (Job.State.QUEUED, Job.State.RUNNING)


def leave(job: Job) -> None:
    """Of a run or a search that ended before it heard them: for a while, as it may be resumed."""
    for poll in Poll.objects.filter(Q(run__job=job) | Q(search=job), closed_at=None):
        aside.take(own(poll), for_good=False)


def close(poll: Poll) -> None:
    """What comes now would change nothing."""
    aside.take(own(poll), for_good=True)


def come_back(poll: Poll) -> None:
    aside.put_back(own(poll))


def own(poll: Poll) -> list[UUID]:
    """The tasks that were made for it, without those that somebody else waits for."""
    asked = {task for task in poll.questions.values_list("task", flat=True) if task is not None}
    made = Task.objects.filter(pk__in=asked, created_at__gte=poll.asked_at).values_list("pk", flat=True)
    going = Q(poll__run__job__state__in=ALIVE) | Q(poll__search__state__in=ALIVE)
    others = PollQuestion.objects.filter(going, task__in=asked, poll__closed_at=None).exclude(poll=poll)
    return sorted(set(made) - set(others.values_list("task", flat=True)))
