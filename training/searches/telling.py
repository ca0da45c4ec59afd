"""The log of a search: each proposal with its thresholds, where it came to, what was measured there and how surely.

A proposal is a step of the job's measurements, so that it stands there while the search goes and when it is over.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from jobs.models import Job

if TYPE_CHECKING:
    from training.learning.thresholds.searching import Done

VALUE, ERROR, ANSWERS, BEGIN, AGAIN = "value", "error", "answers", "begin", "again"
THRESHOLD, MEAN = "threshold/", "mean/"
REFERENCE = -1  # the number of what begins at the reference


class Proposal(TypedDict):
    number: int
    begin: int | None  # the proposal whose policy it began with; None: the reference
    is_again: bool  # the policy of `begin` was measured once more
    thresholds: dict[str, float]  # by component
    means: dict[str, float]  # where it came to
    value: float
    error: float
    answers: int


def measurements(names: Sequence[str], done: "Done") -> dict[str, float]:
    """A proposal as numbers by name."""
    trial, came = done.trial, done.came
    begin = int(trial.begin) if trial.begin.isdigit() else REFERENCE
    found = {VALUE: came.value, ERROR: came.error, ANSWERS: float(came.spent)}
    found |= {BEGIN: float(begin), AGAIN: float(trial.again)}
    found |= {f"{THRESHOLD}{name}": one for name, one in zip(names, trial.thresholds, strict=True)}
    return found | {f"{MEAN}{name}": one for name, one in zip(names, came.means, strict=True)}


def proposals(job: Job) -> list[Proposal]:
    """All until now, in their order."""
    by_step: dict[int, dict[str, float]] = {}
    for step, name, value in job.measurements.values_list("step", "name", "value"):
        by_step.setdefault(step, {})[name] = value
    names = [one["name"] for one in job.arguments.get("components", [])]
    return [proposal(step, values, names) for step, values in sorted(by_step.items())]


def proposal(number: int, values: dict[str, float], names: Sequence[str]) -> Proposal:
    begin = int(values[BEGIN])
    return Proposal(
        number=number,
        begin=None if begin == REFERENCE else begin,
        is_again=bool(values[AGAIN]),
        thresholds={name: values[f"{THRESHOLD}{name}"] for name in names},
        means={name: values[f"{MEAN}{name}"] for name in names},
        value=values[VALUE],
        error=values[ERROR],
        answers=int(values[ANSWERS]),
    )
