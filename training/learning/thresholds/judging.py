"""What a search is to make highest, told of answers: by a check of each, or by people beside the reference's."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from training.learning import looks, winning
from training.learning.commissions import Check, Unrunnable
from training.learning.looks import error
from training.learning.people import Compared, People
from training.learning.thresholds import searching
from training.learning.thresholds.measuring import Measured

Floats = NDArray[np.float64]
NAME = "what is wanted"
LAST = "last"  # the name of what was found, run again
EVEN = 0.5  # the reference beside itself


class Worth(NamedTuple):
    value: float
    error: float  # standard


class Gain(NamedTuple):
    """Two policies at the same prompts."""

    value: float
    error: float
    reference: float
    gain: float
    gain_error: float  # of the difference, prompt by prompt


class Judge(Protocol):
    """Says what a policy is worth. Who has to wait for it raises what ends the turn, and is asked the same again."""

    def of_reference(self, measured: Measured) -> Worth:
        """Once, before anything else."""

    def of_proposal(self, name: str, measured: Measured) -> Worth: ...

    def of_last(self, after: Measured, before: Measured) -> Gain:
        """What was found, run again, beside the reference at prompts that chose nothing."""


@dataclass(frozen=True)
class ByCheck:
    """Every answer has a worth, and a policy its mean."""

    check: Check

    def of_reference(self, measured: Measured) -> Worth:
        return self.worth(measured)

    def of_proposal(self, name: str, measured: Measured) -> Worth:
        return self.worth(measured)

    def of_last(self, after: Measured, before: Measured) -> Gain:
        own, other = self.values(after).mean(1), self.values(before).mean(1)
        gains = own - other
        return Gain(
            value=float(own.mean()),
            error=error(own.tolist()),
            reference=float(other.mean()),
            gain=float(gains.mean()),
            gain_error=error(gains.tolist()),
        )

    def worth(self, measured: Measured) -> Worth:
        values = self.values(measured)
        return Worth(float(values.mean()), noise(values))

    def values(self, measured: Measured) -> Floats:  # (prompts, samples)
        found = [float(one) for one in self.check(measured.rollout.items)]
        looks.must_be_numbers(NAME, found)
        return np.array(found).reshape(-1, measured.rollout.samples)


def noise(values: Floats) -> float:  # (prompts, samples)
    """The standard error that answers bring in: between measurements the prompts are the same."""
    prompts, samples = values.shape
    return math.sqrt(float(values.var(axis=1, ddof=1).sum()) / samples) / prompts


@dataclass(frozen=True)
class ByPeople:
    """How often they prefer a policy's answer to the reference's: wins and half of the ties, one answer a prompt.

    The reference's answers are drawn once and kept. Which prompts were asked about brings noise in too, so the error
    is that between prompts.
    """

    people: People[str]  # by a proposal's name
    questions: int  # about the first of the prompts
    path: Path  # of the reference's answers

    def of_reference(self, measured: Measured) -> Worth:
        searching.write(self.path, self.answers(measured))
        return Worth(EVEN, 0.0)

    def of_proposal(self, name: str, measured: Measured) -> Worth:
        return self.heard(name, measured, json.loads(self.path.read_text()))

    def of_last(self, after: Measured, before: Measured) -> Gain:
        value, off = self.heard(LAST, after, self.answers(before))
        return Gain(value=value, error=off, reference=EVEN, gain=value - EVEN, gain_error=off)

    def heard(self, name: str, measured: Measured, beside: Sequence[str]) -> Worth:
        if not self.people.are_asked(name):
            own, asked = self.answers(measured), measured.rollout.conversations[: self.questions]
            self.people.ask(name, [Compared(*row) for row in zip(asked, own, beside, strict=True)])
        told = [one for one in self.people.verdicts(name) if one is not None]
        return Worth(fmean(told) if told else EVEN, winning.error(told))

    def answers(self, measured: Measured) -> list[str]:
        """The first to each prompt that people are asked about."""
        rollout = measured.rollout
        if self.questions > len(rollout.conversations):
            raise Unrunnable("People cannot be asked about more prompts than are measured at.")
        return rollout.texts[: self.questions * rollout.samples : rollout.samples]
