"""Waiting for what other processes do."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from jobs.models import Job
from jobs.work import folder_of

Found = TypeVar("Found")


def wait_for(condition: Callable[[], Found], seconds: float = 90.0) -> Found:
    """As soon as it holds; a busy machine may take long, and one that is not busy waits for nothing."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def pids_of(job: Job) -> list[int]:
    """What a trial handler wrote of itself and its own children."""
    path = folder_of(job.pk) / "pids"
    wait_for(lambda: path.exists() and path.read_text())
    return [int(word) for word in path.read_text().split()]
