"""What a handler holds while it works: its arguments, a folder, and ways of saying how it goes."""

import logging
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from accounts.models import Membership, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from jobs import claims
from jobs.claims import Claim, LostClaim
from jobs.models import Job, LogLine, Measurement
from jobs.notes import Notes

__all__ = ["Cancelled", "Failed", "LostClaim", "Parked", "Work"]

log = logging.getLogger(__name__)
LONGEST_LINE = LogLine._meta.get_field("text").max_length or 2_000
LONGEST_PHASE = Job._meta.get_field("phase").max_length or 80
LONGEST_NAME = Measurement._meta.get_field("name").max_length or 60


class Failed(Exception):
    """An end that was foreseen: its sentence is shown to the person as it is, and nothing is tried again."""


class Cancelled(BaseException):
    """Somebody asked to stop. Not an Exception, so that no handler swallows it by accident."""


class Parked(BaseException):
    """The turn is over until somebody wakes the job: what it waits for. Not an Exception, as Cancelled is none."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = cut(what, LONGEST_PHASE)


class Work:
    """One attempt at a job. Each write names the attempt and raises LostClaim when another one holds the job."""

    def __init__(self, job: Job, notes: Notes, *, is_atomic: bool = False) -> None:
        self.job_id: UUID = job.pk
        self.attempt = job.attempt
        self.workspace_id: UUID = job.workspace_id
        self.person_id: UUID | None = job.created_by_id
        self.subject_id: UUID | None = job.subject_id
        self.arguments: dict[str, Any] = job.arguments
        self.request_id = job.request_id
        self._claim = Claim(job.pk, job.attempt)
        self._notes = notes
        self._is_atomic = is_atomic
        self._has_measured = False
        self.is_cancelled: Callable[[], bool] = lambda: False

    @property
    def folder(self) -> Path:
        """A directory of the job's own, for checkpoints. It outlives the attempt; `jobs.pruning` clears it away."""
        path = folder_of(self.job_id)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def scope(self) -> Scope:
        """The person who asked, with the role that they have now."""
        membership = (
            Membership.objects.select_related("person", "workspace")
            .filter(person=self.person_id, workspace=self.workspace_id, workspace__deleted_at=None)
            .first()
        )
        if membership is None:
            raise Failed("The person who asked for this is no longer a member of the workspace.")
        return Scope(membership.person, membership.workspace, Role(membership.role), request_id=self.request_id)

    def workspace(self) -> Workspace:
        return Workspace.objects.get(pk=self.workspace_id)

    def progress(self, share: float, phase: str | None = None) -> None:
        """The share of the whole that is done, 0 to 1, and what is being done now."""
        self.stop_if_cancelled()
        if not math.isfinite(share):
            raise ValueError(f"Progress is a share between 0 and 1, not {share}.")
        self._notes.progress(min(1.0, max(0.0, float(share))), None if phase is None else cut(phase, LONGEST_PHASE))

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Measurements at a step. Told twice, the later value stands. NaN and infinities are refused by name."""
        self.stop_if_cancelled()
        checked = {(checked_name(name), step): finite(name, value, step) for name, value in values.items()}
        if self.attempt > 1 and not self._has_measured:
            self.resume_from(-1)  # begun afresh: what the earlier attempts measured no longer stands
        self._has_measured = True
        with self._notes.gathering() as batch:
            at = now()
            batch.measurements |= {key: (value, at) for key, value in checked.items()}

    def resume_from(self, step: int) -> None:
        """Measurements past this step are deleted: they are made again."""
        self._has_measured = True
        with self._notes.gathering() as batch:
            batch.forget(step)

    def log(self, text: str) -> None:
        """Lines for the person who waits; they stand on the job's page."""
        with self._notes.gathering() as batch:
            for line in text.splitlines() or [""]:
                batch.say(cut(line, LONGEST_LINE))

    def write_notes(self) -> None:
        """Before a checkpoint: an attempt that goes on from it does not measure again what was measured before it."""
        self._notes.write_now()

    def stop_if_cancelled(self) -> None:
        if self.is_cancelled():
            raise Cancelled
        if self._notes.is_lost:
            raise LostClaim(self._claim)

    def holding(self) -> AbstractContextManager[None]:
        """A transaction for the handler's own rows: it commits only while this attempt holds the job."""
        if self._is_atomic:  # the whole handler is such a transaction; a lock now would hold up the notes
            claims.check(self._claim)
            return transaction.atomic()
        return claims.holding(self._claim)


def folder_of(job_id: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / "jobs" / str(job_id)


def cut(text: str, longest: int) -> str:
    """What PostgreSQL can store, not longer than the column."""
    text = str(text).replace("\x00", "�")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def checked_name(name: str) -> str:
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"A measurement's name has 1 to {LONGEST_NAME} characters, not {len(name)}: {name[:80]!r}.")
    return name


def finite(name: str, value: float, step: int) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise Failed(f"{name} became {number} at step {step}: the computation has broken down, so it was stopped.")
    return number
