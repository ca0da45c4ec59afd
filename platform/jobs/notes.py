"""What the work says of itself, gathered and written together a few times a second."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils.timezone import now

from jobs.claims import Claim, LostClaim
from jobs.estimates import Pace
from jobs.models import Job, LogLine, Measurement

log = logging.getLogger(__name__)
INTERVAL = 0.5  # seconds between two writes
MOST_LINES = 500  # log lines in one write: a job that says more is cut short and told so


@dataclass
class Batch:
    """What has not been written yet."""

    fields: dict[str, Any] = field(default_factory=dict)
    forget_past: int | None = None  # measurements after this step are deleted before the new ones are written
    measurements: dict[tuple[str, int], tuple[float, datetime]] = field(default_factory=dict)
    lines: list[tuple[str, datetime]] = field(default_factory=list)
    lines_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.measurements or self.lines or self.forget_past is not None)

    def forget(self, step: int) -> None:
        self.measurements = {key: value for key, value in self.measurements.items() if key[1] <= step}
        self.forget_past = step if self.forget_past is None else min(step, self.forget_past)

    def say(self, text: str) -> None:
        if len(self.lines) < MOST_LINES:
            self.lines.append((text, now()))
        else:
            self.lines_left_out += 1


class Notes:
    """Gathers from the work's thread; writes from the same thread, or from one of its own (`written_apart`)."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.is_lost = False
        self._batch = Batch()
        self._pace = Pace()
        self._gathering, self._writing = threading.Lock(), threading.Lock()
        self._is_apart = False
        self._written_at = 0.0

    @contextmanager
    def gathering(self) -> Iterator[Batch]:
        """The open batch; raises LostClaim when an earlier write was refused."""
        if self.is_lost:
            raise LostClaim(self.claim)
        with self._gathering:
            yield self._batch
        if not self._is_apart and time.monotonic() - self._written_at >= INTERVAL:
            self.flush()

    def progress(self, share: float, phase: str | None) -> None:
        with self.gathering() as batch:
            self._pace.note(time.monotonic(), share)
            batch.fields |= {"progress": share, "pace": self._pace.per_second(), "progressed_at": now()}
            if phase is not None:
                batch.fields["phase"] = phase

    def flush(self) -> None:
        with self._writing:
            with self._gathering:
                batch, self._batch = self._batch, Batch()
            if batch.is_empty:
                return
            self._written_at = time.monotonic()
            try:
                write(self.claim, batch)
            except LostClaim:
                self.is_lost = True
                raise

    def write_now(self) -> None:
        """What was gathered until now, for something is about to be kept that goes on behind it."""
        self._write_or_keep()

    @contextmanager
    def written_apart(self) -> Iterator[None]:
        """Write from a thread with its own connection: seen at once, even while the work holds a transaction open."""
        self._is_apart, stop = True, threading.Event()
        thread = threading.Thread(target=self._keep_writing, args=(stop,), name="notes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self._is_apart = False

    def _keep_writing(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(INTERVAL):
                self._write_or_keep()
            self._write_or_keep()
        except LostClaim:
            log.info("The claim on job %s is lost.", self.claim.job_id)
        finally:
            connection.close()

    def _write_or_keep(self) -> None:
        """A database that is away for a moment costs nothing: what was gathered is written later."""
        with self._gathering:
            kept = self._batch
        try:
            self.flush()
        except DatabaseError as error:
            log.warning("What job %s says cannot be written now: %s", self.claim.job_id, error)
            connection.close()
            with self._gathering:
                self._batch = joined(kept, self._batch)


def joined(first: Batch, then: Batch) -> Batch:
    if then.forget_past is not None:
        first.forget(then.forget_past)
    first.fields |= then.fields
    first.measurements |= then.measurements
    first.lines += then.lines
    first.lines_left_out += then.lines_left_out
    return first


@transaction.atomic
def write(claim: Claim, batch: Batch) -> None:
    """One transaction under the job's row lock, so that nothing of a lost attempt is kept."""
    if not claim.held.update(seen_at=Now(), **batch.fields):
        raise LostClaim(claim)
    job = Job(pk=claim.job_id)
    if batch.forget_past is not None:
        Measurement.objects.filter(job=job, step__gt=batch.forget_past).delete()
    if batch.measurements:
        Measurement.objects.bulk_create(
            [
                Measurement(job=job, attempt=claim.attempt, step=step, name=name, value=value, at=at)
                for (name, step), (value, at) in batch.measurements.items()
            ],
            batch_size=1_000,
            update_conflicts=True,
            unique_fields=["job", "name", "step"],
            update_fields=["value", "attempt", "at"],
        )
    lines = [LogLine(job=job, attempt=claim.attempt, text=text, at=at) for text, at in batch.lines]
    if batch.lines_left_out:
        lines.append(LogLine(job=job, attempt=claim.attempt, text=f"… {batch.lines_left_out} lines left out"))
    LogLine.objects.bulk_create(lines)
