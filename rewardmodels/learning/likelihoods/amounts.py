"""What one would pay, as intervals: of the difference between two answers, or of one answer by itself.

Behind an amount lies v = κ·(u(first) − u(second)) + leaning + noise, with κ the annotator's money scale. An amount that
was said is the interval of its rounding step around it; a list of prices gives its own, open above the last one. Near 0
a share φ of the zero interval says “no difference”, the rest “better, but worth nothing to me”; beyond it, some people
name the better answer and pay nothing all the same (protest zeros), with probability π: the side that they named is
evidence, the zero is none. These outcomes exhaust the line, so their probabilities add up to 1.

The noise is a mixture of two logistic distributions, so that no amount needs to be clipped; its scale has a part of its
own for each annotator, a part in proportion to |κ·d| and a floor of half the step.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from rewardmodels.learning.columns import AmountColumns
from rewardmodels.learning.likelihoods.annotators import LogSlope, Personal, Prior, PromptEffects, Threshold
from rewardmodels.learning.likelihoods.likelihood import Likelihood
from rewardmodels.learning.likelihoods.links import log_difference
from rewardmodels.learning.likelihoods.pairs import OWN_SIDE_SCALE, POOLED_SIDE_SCALE

MONEY = Prior(centre=0.0, pooled=0.0, own=1.0)  # log money scale: the pool's mean is the gauge
NOISE = Prior(centre=-0.7, pooled=1.5, own=0.7)  # log scale of the noise, in units of the usual amount
PROPORTIONAL = Prior(centre=-2.0, pooled=1.0, own=0.0)  # log share of |κ·d|
WILD = Prior(centre=-3.0, pooled=1.0, own=0.0)  # log odds of noise that is ten times as wide
PROTEST = Prior(centre=-3.0, pooled=1.5, own=1.5)  # log odds of a zero whatever it is worth
TIES = Prior(centre=0.0, pooled=1.5, own=0.0)  # log odds: how much of the zero interval is “no difference”
LEVELS = Prior(centre=0.0, pooled=3.0, own=1.0)  # of single answers: the utility that is worth nothing
QUESTION_DEVIATION = 0.7  # of the log scale of another way of asking, against the one that gives the unit
WIDER = 10.0


class Cell(NamedTuple):
    """Where v lies if it speaks for the preferred answer; all (amounts,)."""

    low: Tensor
    high: Tensor  # infinite where open above
    zero: Tensor  # half of the width of the zero interval
    is_zero: Tensor  # bool, nothing would be paid
    is_tie: Tensor  # bool


class AmountLikelihood(Likelihood):
    """Money scales, noise and zeros of each annotator; `money` is the usual amount, a unit to count in."""

    def __init__(
        self,
        train: AmountColumns,
        annotators: int,
        *,
        side_bias: bool,
        questions: int,
        main: int,
        reliability: bool = True,
    ) -> None:
        super().__init__()
        self.money = usual(train)
        self.list_step = finest_interval(train)
        said = train.step[train.step > 0]
        self.least_noise = float(said.median() if len(said) else self.list_step) / 2  # of the usual way of asking
        who = train.annotator
        self.log_slope = LogSlope(who, annotators, MONEY)
        self.log_noise = Personal(who, annotators, NOISE if reliability else NOISE._replace(own=0.0))
        self.log_proportional = Personal(who, annotators, PROPORTIONAL)
        self.wild = Personal(who, annotators, WILD)
        self.protest = Personal(who, annotators, PROTEST)
        self.ties = Personal(who, annotators, TIES)
        alone = train.at(train.is_alone)
        self.has_alone = len(alone) > 0
        self.threshold = Threshold(alone.annotator, annotators, LEVELS if self.has_alone else Prior(0.0, 0.0, 0.0))
        self.prompt = PromptEffects(alone.prompt, alone.first)
        self.main = main
        asked = torch.zeros(questions, dtype=torch.bool)
        asked[train.question] = True
        asked[main] = False
        self.asked: Tensor
        self.register_buffer("asked", torch.nonzero(asked)[:, 0])
        self.log_questions = nn.Parameter(torch.zeros(len(self.asked), dtype=torch.float64))
        self.questions = questions
        self.has_side_bias = side_bias and bool((train.side != 0).any())
        self.pooled_side = nn.Parameter(torch.zeros(1 if self.has_side_bias else 0, dtype=torch.float64))
        self.own_side = nn.Parameter(torch.zeros(annotators if self.has_side_bias else 0, dtype=torch.float64))

    def location(self, utilities: Tensor, columns: AmountColumns) -> Tensor:
        """(amounts,) v without its noise, in usual amounts, positive where the first is better."""
        log_scale = self.log_slope(columns.annotator)
        if len(self.asked):
            scale_of = torch.zeros(self.questions, dtype=torch.float64).index_put((self.asked,), self.log_questions)
            log_scale = log_scale + scale_of[columns.question]
        other = torch.where(columns.is_alone, self.threshold(columns.annotator), utilities[columns.second])
        found = log_scale.exp() * (utilities[columns.first] - other)
        if self.has_alone:
            effect = self.prompt(columns.prompt)
            found = found + torch.where(columns.is_alone, effect, torch.zeros_like(effect))
        if self.has_side_bias:
            found = found + columns.side * (self.pooled_side + self.own_side[columns.annotator])
        return found

    def scale(self, location: Tensor, columns: AmountColumns) -> Tensor:
        """(amounts,) of the noise, in usual amounts, with its floor."""
        own, share = self.log_noise(columns.annotator).exp(), self.log_proportional(columns.annotator).exp()
        return self.floor(columns) + (own.square() + (share * location).square()).sqrt()

    def floor(self, columns: AmountColumns) -> Tensor:
        step = torch.where(columns.step > 0, columns.step, torch.full_like(columns.step, self.list_step))
        return step / 2 / self.money

    def cell(self, columns: AmountColumns) -> Cell:
        """What was said as an interval, in usual amounts."""
        half = columns.step / 2
        is_zero, is_tie = columns.is_zero, columns.outcome == 0
        zero = torch.where(is_zero & (columns.step == 0), columns.high, half)
        zero = torch.where(zero > 0, zero, self.list_step / 2)  # of a list that begins at 0
        edge = torch.sigmoid(self.ties(columns.annotator)) * zero
        low = torch.where(is_tie, -edge, torch.where(is_zero, edge, columns.low - half))
        below = torch.full_like(low, -torch.inf)  # a single answer cannot be worth less than nothing
        low = torch.where(is_zero & columns.is_alone, below, low)
        high = torch.where(is_tie, edge, torch.where(is_zero, zero, columns.high + half))
        return Cell(low / self.money, high / self.money, zero / self.money, is_zero & ~is_tie, is_tie)

    def forward(self, utilities: Tensor, columns: AmountColumns) -> Tensor:
        location = self.location(utilities, columns)
        scale = self.scale(location, columns)
        toward = torch.where(columns.is_decided, location * columns.outcome, location)
        cell, wild = self.cell(columns), self.wild(columns.annotator)
        inside = log_mass(cell.low - toward, cell.high - toward, scale, wild)
        beyond = log_mass(cell.zero - toward, torch.full_like(toward, torch.inf), scale, wild)
        protest = self.protest(columns.annotator)
        paid, unpaid = logsigmoid(-protest), logsigmoid(protest)
        zero = torch.logaddexp(inside, unpaid + beyond)
        return torch.where(cell.is_tie, inside, torch.where(cell.is_zero, zero, paid + inside))

    @torch.no_grad()
    def cumulative(self, utilities: Tensor, columns: AmountColumns) -> Tensor:
        """(amounts, 2) the probability of less than what was said, and of at most that much (for a PIT histogram)."""
        location = self.location(utilities, columns)
        scale = self.scale(location, columns)
        toward = torch.where(columns.is_decided, location * columns.outcome, location)
        cell, wild = self.cell(columns), self.wild(columns.annotator)
        protest = torch.sigmoid(self.protest(columns.annotator))

        def above(edge: Tensor, is_paid: Tensor) -> Tensor:
            mass = log_mass(edge - toward, torch.full_like(edge, torch.inf), scale, wild).exp()
            return torch.where(is_paid, (1 - protest) * mass, mass)

        less = 1 - above(cell.low, ~cell.is_zero & ~cell.is_tie)
        most = 1 - above(cell.high, ~cell.is_tie)
        is_mirrored = columns.outcome < 0
        return torch.stack([torch.where(is_mirrored, 1 - most, less), torch.where(is_mirrored, 1 - less, most)], 1)

    def log_prior(self) -> Tensor:
        parts: list[Personal] = [self.log_slope, self.log_noise, self.log_proportional, self.wild, self.protest,
                                 self.ties, self.threshold]  # fmt: skip
        sides = (self.pooled_side / POOLED_SIDE_SCALE).square().sum() + (self.own_side / OWN_SIDE_SCALE).square().sum()
        questions = (self.log_questions / QUESTION_DEVIATION).square().sum()
        own = sum((part.log_prior() for part in parts), self.prompt.log_prior())
        return own - 0.5 * (sides + questions)

    def scales(self) -> Iterator[nn.Parameter]:
        for part in (self.log_slope, self.log_noise, self.log_proportional, self.wild, self.protest):
            yield from part.parameters()
        yield self.log_questions


def log_mass(low: Tensor, high: Tensor, scale: Tensor, wild: Tensor) -> Tensor:
    """log P(low < noise < high) of the mixture; either edge may be infinite. All (amounts,)."""
    narrow = logistic_mass(low, high, scale)
    wide = logistic_mass(low, high, WIDER * scale)
    return torch.logaddexp(logsigmoid(-wild) + narrow, logsigmoid(wild) + wide)


def logistic_mass(low: Tensor, high: Tensor, scale: Tensor) -> Tensor:
    has_low, has_high = low > -torch.inf, high < torch.inf
    from_low = torch.where(has_low, low, torch.zeros_like(low)) / scale
    to_high = torch.where(has_high, high, torch.zeros_like(high)) / scale
    both = has_low & has_high
    between = log_difference(torch.where(both, to_high, from_low + 1), from_low)
    above = torch.where(has_low, logsigmoid(-from_low), torch.zeros_like(scale))
    return torch.where(both, between, torch.where(has_high, logsigmoid(to_high), above))


def usual(columns: AmountColumns) -> float:
    """The median of what was offered where something was: a unit in which all numbers are near 1."""
    middle = torch.where(columns.high < torch.inf, (columns.low + columns.high) / 2, columns.low)
    offered = middle[middle > 0]
    return float(offered.median()) if len(offered) else 1.0


def finest_interval(columns: AmountColumns) -> float:
    """The smallest width of what price lists gave; 0 where there were none."""
    width = (columns.high - columns.low)[(columns.step == 0) & (columns.high < torch.inf)]
    width = width[width > 0]
    return float(width.min()) if len(width) else 0.0
