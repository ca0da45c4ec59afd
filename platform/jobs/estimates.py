"""How long a job still takes, from the pace that it lately had."""

from collections import deque
from datetime import datetime

from jobs.models import Job

WINDOW = 120.0  # seconds of history: long enough to be calm, short enough to notice a change of phase


class Pace:
    """Shares reached, with their times; a step back begins a new history."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=200)

    def note(self, at: float, share: float) -> None:
        if self._points and share < self._points[-1][1]:
            self._points.clear()
        self._points.append((at, share))
        while len(self._points) > 2 and self._points[0][0] < at - WINDOW:
            self._points.popleft()

    def per_second(self) -> float | None:
        """Share a second over the window; None until something has moved."""
        if len(self._points) < 2:
            return None
        (began, first), (ended, last) = self._points[0], self._points[-1]
        return (last - first) / (ended - began) if ended > began and last > first else None


def seconds_left(job: Job, at: datetime) -> float | None:
    """None while nothing is known, or when the job has been still for longer than all that was left."""
    if job.state != Job.State.RUNNING or not job.pace or job.progressed_at is None:
        return None
    left = (1 - job.progress) / job.pace - (at - job.progressed_at).total_seconds()
    return round(left, 1) if left >= 0 else None
