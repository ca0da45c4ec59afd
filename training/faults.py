"""What can be foreseen to go wrong in runs, as sentences. Imported by the worker alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.work import Failed
from rewardmodels import faults

FULL = "The disk is full; the last checkpoint stays. Make room and resume: the run goes on where it was."


@contextmanager
def said_plainly() -> Iterator[None]:
    """What could be foreseen ends the job with a sentence that says what to change."""
    from training.learning.commissions import Unrunnable

    try:
        with faults.said_plainly(), disk_said_plainly():
            yield
    except Unrunnable as error:
        raise Failed(str(error)) from error


@contextmanager
def disk_said_plainly() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in faults.FULL:
            raise Failed(FULL) from error
        raise
