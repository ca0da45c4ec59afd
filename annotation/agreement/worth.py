"""What one source's answers are worth more than another's, in money per prompt: the figure that order cannot give.

An amount is signed, above 0 where the first source's answer is better, and is an interval: from a price list as wide as
its step, open above where every price was paid. Each annotator's scale κ and side bias b are those of amounts.py, told
from questions that several answered and never from somebody's own amounts; (y − b · side) / κ is the amount in the
money of the average annotator. It is averaged over the amounts on a prompt, then over prompts. Nothing is clipped or
shrunk: few large differences may decide, which is the point (Whitfill and Slocum 2025).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from annotation.agreement import amounts, contests, twoway
from annotation.agreement.amounts import Amounts, AmountSettings
from annotation.agreement.twoway import Ways
from annotation.agreement.votes import Flags, Floats, Integers

DRAWS = 2_000
MOST_COUNTS = 20_000_000  # draws times conversations


class Payments(NamedTuple):
    """One row an amount; everything but the amounts counts from 0."""

    prompt: Integers
    cluster: Integers
    annotator: Integers
    question: Integers  # the two answers that it is about
    first: Integers  # the source of one
    second: Integers
    sign: Integers  # 1 where the first source's answer is better, −1 the second's, 0 neither
    low: Floats  # not below 0
    high: Floats  # infinite where it is open above
    side: Integers  # 1 where the first was shown first, −1 where second, 0 where nobody knows

    @property
    def ways(self) -> Ways:
        return Ways(self.cluster, self.annotator)

    @property
    def middle(self) -> Floats:
        """One number for the interval: its middle, or its lower end where it is open above."""
        return np.where(np.isinf(self.high), self.low, (self.low + np.where(np.isinf(self.high), 0, self.high)) / 2)

    @property
    def is_zero(self) -> Flags:
        """Named the better one, and worth nothing: the side is evidence, the size is not."""
        return (self.sign != 0) & (self.high == 0)

    def at(self, rows: Integers | Flags) -> "Payments":
        return Payments._make(column[rows] for column in self)


class Decisive(NamedTuple):
    """One prompt's part in a difference."""

    prompt: int
    amount: float  # mean of the amounts on it
    share: float  # of the difference per prompt that comes from it
    score: float  # by order, on the same verdicts: 1 where the first won


@dataclass(frozen=True)
class Difference:
    """In money per prompt, above 0 where the first source is better."""

    first: int
    second: int
    value: float
    low: float
    high: float
    total: float  # over the prompts
    least: float  # were every amount at the end of its interval that is worst for the first
    most: float  # and best; infinite where one is open above
    as_said: float  # without anybody's scale or bias
    order: float  # the win rate on the very same verdicts
    order_low: float
    order_high: float
    amounts: int
    prompts: int
    zeros: int  # better, but worth nothing
    open_above: int
    turning: int | None  # how many of the prompts that speak most for its sign would have to go to turn it
    decisive: list[Decisive]  # the largest, either way


@dataclass(frozen=True)
class Worth:
    """Differences of every pair of sources in one unit of money."""

    differences: list[Difference]
    are_scaled: bool  # annotators share questions, so their scales are told apart from what they saw
    scales: float  # the largest of their money scales over the smallest; 1 where none is known


def measure(found: Payments, *, most: int = 12, draws: int = DRAWS, seed: int = 0) -> Worth | None:
    """Of each pair with its `most` decisive prompts; None for no amounts."""
    found = oriented(found)
    if not len(found.prompt):
        return None
    scale, bias, are_scaled = reading(found)
    own = Ends(found, scale[found.annotator], bias[found.annotator] * found.side)
    pair = found.first * (int(found.second.max()) + 1) + found.second
    told = [own.at(np.flatnonzero(pair == one)) for one in np.unique(pair)]
    return Worth([difference(part, most, draws, seed) for part in told], are_scaled, float(scale.max() / scale.min()))


def oriented(found: Payments) -> Payments:
    """The same amounts with the smaller source first; ValueError for what is malformed."""
    found = Payments._make(np.asarray(column) for column in found)
    if any(column.ndim != 1 or len(column) != len(found.prompt) for column in found):
        raise ValueError("the columns must be flat arrays of one length")
    if not len(found.prompt):
        return found
    if (found.first == found.second).any() or not np.isin(found.sign, (-1, 0, 1)).all():
        raise ValueError("an amount needs two different sources and a sign of -1, 0 or 1")
    if not ((found.low >= 0) & (found.high >= found.low) & np.isfinite(found.low)).all():
        raise ValueError("an amount is an interval that begins at 0 or above")
    turned = np.where(found.first > found.second, -1, 1)
    return found._replace(
        first=np.minimum(found.first, found.second),
        second=np.maximum(found.first, found.second),
        sign=found.sign * turned,
        side=found.side * turned,
    )


def reading(found: Payments) -> tuple[Floats, Floats, bool]:
    """Each annotator's scale and side bias, 1 and 0 where nothing tells them, and whether anybody's is told."""
    step = AmountSettings(step=step_of(found.middle))
    fit = amounts.consensus(Amounts(found.question, found.annotator, found.sign * found.middle, found.side), step)
    assert fit is not None
    scale, bias = np.nan_to_num(fit.scale.value, nan=1.0), np.nan_to_num(fit.bias.value, nan=0.0)
    return scale, bias, fit.reason is None


def step_of(amount: Floats) -> float:
    """The smallest distance between two different amounts: what they were rounded to."""
    steps = np.diff(np.unique(np.round(amount, 6)))
    return float(max(steps.min(), 1e-6)) if steps.size else 0.01


class Ends(NamedTuple):
    """Amounts with what is known of who said them, (amounts,)."""

    found: Payments
    scale: Floats
    bias: Floats  # in favour of the first, as it was shown

    def at(self, rows: Integers) -> "Ends":
        return Ends(self.found.at(rows), self.scale[rows], self.bias[rows])

    def read(self, size: Floats) -> Floats:
        """Sizes as signed amounts in the money of the average annotator."""
        signed = self.found.sign * np.where(self.found.sign == 0, 0.0, size)
        return np.asarray((signed - self.bias) / self.scale)


def difference(own: Ends, most: int, draws: int, seed: int) -> Difference:
    """Of one pair, whose amounts these are."""
    found = own.found
    weight = contests.weights(found.prompt, np.zeros_like(found.prompt))
    value = own.read(found.middle)
    better = own.read(np.where(found.sign > 0, found.high, found.low))
    worse = own.read(np.where(found.sign > 0, found.low, found.high))
    mean = average(weight, value)
    low, high = interval(found.ways, weight, value, draws, seed)
    score = (found.sign + 1) / 2
    order = rate_of(found.ways, weight, score)
    parts = prompts_of(found.prompt, weight, value, score)
    return Difference(
        first=int(found.first[0]),
        second=int(found.second[0]),
        value=mean,
        low=low,
        high=high,
        total=float((weight * value).sum()),
        least=average(weight, worse),
        most=average(weight, better),
        as_said=average(weight, found.sign * found.middle),
        order=order[0],
        order_low=order[1],
        order_high=order[2],
        amounts=len(value),
        prompts=len(parts),
        zeros=int(found.is_zero.sum()),
        open_above=int(np.isinf(found.high).sum()),
        turning=turning([part.amount for part in parts]),
        decisive=parts[:most],
    )


def average(weight: Floats, value: Floats) -> float:
    return float((weight * value).sum() / weight.sum())


def rate_of(ways: Ways, weight: Floats, score: Floats) -> tuple[float, float, float]:
    """The share of wins with half the ties, and its interval."""
    share = average(weight, score)
    variance = float(ways.variance((weight * (score - share) / weight.sum())[:, None])[0])
    clusters = len(np.unique(ways.cluster))
    effective = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else clusters
    return (share, *twoway.wilson(share, max(1.0, effective)))


def interval(ways: Ways, weight: Floats, value: Floats, draws: int, seed: int) -> tuple[float, float]:
    """Bootstrap-t over conversations (Hall 1988): amounts have long tails, and a percentile interval would be short on
    their side. Widened by what annotators add; NaN below five conversations."""
    _names, place = np.unique(ways.cluster, return_inverse=True)
    count, mean = int(place.max()) + 1, average(weight, value)
    if count < twoway.FEWEST_CLUSTERS:
        return float("nan"), float("nan")
    moved = (weight * (value - mean) / weight.sum())[:, None]
    error = float(np.sqrt(twoway.spread(ways.cluster, moved)[0]))
    if error == 0:
        return mean, mean
    size, total = np.bincount(place, weight, count), np.bincount(place, weight * value, count)
    draws = min(draws, max(200, MOST_COUNTS // count))
    counts = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    means = (counts @ total) / (counts @ size)
    squares = counts @ total**2 - 2 * means * (counts @ (total * size)) + means**2 * (counts @ size**2)
    errors = np.sqrt(np.maximum(squares, 0) * count / (count - 1)) / (counts @ size)
    students = (means - mean)[errors > 0] / errors[errors > 0]
    low, high = np.quantile(students, [0.025, 0.975])
    wider = float(ways.widening(moved)[0])
    return mean - wider * float(high) * error, mean - wider * float(low) * error


def prompts_of(prompt: Integers, weight: Floats, value: Floats, score: Floats) -> list[Decisive]:
    """Every prompt's part, the largest first."""
    names, place = np.unique(prompt, return_inverse=True)
    amount, won = np.bincount(place, weight * value), np.bincount(place, weight * score)
    order = np.argsort(-np.abs(amount), kind="stable")
    count = len(names)
    return [Decisive(int(names[at]), float(amount[at]), float(amount[at] / count), float(won[at])) for at in order]


def turning(amounts_of_prompts: Sequence[float]) -> int | None:
    """How few prompts carry the sign of the sum: the largest of that sign go until it turns; None where all have it."""
    values = np.array(amounts_of_prompts)
    total = values.sum()
    if total == 0:
        return 0
    with_it = np.sort(values[np.sign(values) == np.sign(total)] * np.sign(total))[::-1]
    left = abs(total) - np.cumsum(with_it)
    turned = np.flatnonzero(left <= 1e-12 * np.abs(values).sum())
    return int(turned[0]) + 1 if turned.size and len(with_it) < len(values) else None
