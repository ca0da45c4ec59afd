"""What is wrong with a line, named so that a person can find it."""

from typing import NamedTuple

MOST_NAMED = 1_000  # in a result; the rest is counted
MOST_KEPT = 1_000_000  # in the file of the job


class Fault(NamedTuple):
    line: int
    field: str
    message: str


class BadRecord(Exception):
    """A record that cannot be used: which field, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
