"""Meetings as the arrays that the arithmetic reads, and the way back from its numbers to tasks and answers."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from annotation import canonical
from annotation.agreement.contests import Contests
from annotation.agreement.worth import Payments
from annotation.sources.meetings import Meeting, Money

STEP = 2_000
Progress = Callable[[float, str | None], None]


class Asked(NamedTuple):
    """Where two answers of two sources to one prompt were compared."""

    task: str
    answers: dict[str, str]  # by source, the response's id


@dataclass
class Gathered:
    """Columns that grow; names count from 0 in the order of first sight."""

    sources: dict[str, int] = field(default_factory=dict)
    prompts: dict[bytes, int] = field(default_factory=dict)
    clusters: dict[bytes, int] = field(default_factory=dict)
    annotators: dict[str, int] = field(default_factory=dict)
    questions: dict[tuple[str, str], int] = field(default_factory=dict)
    verdicts: list[tuple[float, ...]] = field(default_factory=list)
    amounts: dict[tuple[str, str], list[tuple[float, ...]]] = field(default_factory=dict)  # by unit
    asked: dict[tuple[int, int, int], Asked] = field(default_factory=dict)  # by prompt and both sources

    def add(self, one: Meeting) -> None:
        prompt = number(self.prompts, canonical.digest(one.prompt))
        cluster = number(self.clusters, canonical.root(one.prompt))
        annotator = number(self.annotators, one.annotator)
        first, second = (number(self.sources, part.source) for part in (one.first, one.second))
        excess = math.log((len(one.first.text) + 1) / (len(one.second.text) + 1))
        self.verdicts.append((prompt, cluster, annotator, first, second, one.outcome, one.side, excess))
        answers = {part.source: part.id for part in (one.first, one.second)}
        self.asked.setdefault((prompt, min(first, second), max(first, second)), Asked(one.task, answers))
        if one.money is not None:
            question = number(self.questions, (min(answers.values()), max(answers.values())))
            self.pay(one.money, (prompt, cluster, annotator, question, first, second), one)

    def pay(self, money: Money, names: tuple[int, ...], one: Meeting) -> None:
        rows = self.amounts.setdefault((money.currency, money.elicitation), [])
        rows.append((*names, one.outcome, money.low, math.inf if money.high is None else money.high, one.side))

    def contests(self) -> Contests:
        return Contests(*columns(self.verdicts, len(Contests._fields), {7}))

    def payments(self, unit: tuple[str, str]) -> Payments:
        return Payments(*columns(self.amounts[unit], len(Payments._fields), {7, 8}))


def number(known: dict[Any, int], name: Any) -> int:
    return known.setdefault(name, len(known))


def columns(rows: list[tuple[float, ...]], count: int, real: set[int]) -> list[Any]:
    """Whole numbers, but for the places in `real`."""
    table = np.array(rows, float).reshape(-1, count)
    return [table[:, place] if place in real else table[:, place].astype(np.int64) for place in range(count)]


def gather(meetings: Iterable[Meeting], total: int, progress: Progress) -> Gathered:
    """Everything there is; progress goes from 0 to 1 as far as judgments and meetings are alike in number."""
    found = Gathered()
    for place, one in enumerate(meetings):
        found.add(one)
        if place % STEP == 0:
            progress(min(1.0, place / max(1, total)), _("Reading judgments"))
    return found
