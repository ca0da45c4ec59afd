"""The processes that serve queues: which are alive, what they see, and how much room they have."""

import shutil
import subprocess
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from jobs.models import Job, Worker

SILENCE = timedelta(seconds=30)  # after which a worker counts as gone, and its jobs are taken from it


def alive() -> QuerySet[Worker]:
    return Worker.objects.filter(seen_at__gte=Now() - SILENCE)


def serving(queue: str) -> list[Worker]:
    return [worker for worker in alive() if queue in worker.queues.split(",")]


def room(queue: str) -> int:
    """How many more jobs of this queue could begin now."""
    found = serving(queue)
    busy = Job.objects.filter(state=Job.State.RUNNING, worker__in=[worker.name for worker in found]).count()
    return max(0, sum(worker.slots for worker in found) - busy)


def beat(worker: Worker) -> None:
    """Say that it lives; the row is made again if it was taken for gone."""
    Worker.objects.update_or_create(
        name=worker.name,
        defaults={
            "queues": worker.queues,
            "slots": worker.slots,
            "device": worker.device,
            "started_at": worker.started_at,
            "seen_at": Now(),
        },
    )


def leave(worker: Worker) -> None:
    Worker.objects.filter(name=worker.name).delete()


def forget_the_dead() -> None:
    Worker.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()


def has_other_gpu(name: str) -> bool:
    """Whether a live worker with a GPU serves the gpu queue, so that one without need not."""
    return any(worker.device and worker.name != name for worker in serving(Job.Queue.GPU))


def gpu_name() -> str:
    """The first GPU as the driver calls it, else nothing. Torch is not asked: it would stay in this process."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    ask = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.splitlines()[0].strip()[:120] if answer.returncode == 0 and answer.stdout.strip() else ""
