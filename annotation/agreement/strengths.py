"""Which source of answers is better by order: win rates of pairs, and strengths on one scale.

A win rate is wins and half the ties, each prompt once; its interval is Wilson's at the effective number of prompts.
Strengths are Rao and Kupper's with one side bias (contestfit.py), in logits, with the mean 0 in each group of sources
that verdicts connect. Beside them stands the strength at equal lengths: the same model with a slope on the log of the
ratio of lengths. Intervals draw conversations again and are widened by what annotators add (twoway.py).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from annotation.agreement import contestfit, contests, twoway
from annotation.agreement.contestfit import Design, Fits
from annotation.agreement.contests import Contests
from annotation.agreement.votes import Figures, Floats, Integers

DRAWS = 1_000
OPEN = 10.0  # logits between two sources of one group: more are a draw in which somebody always won
MOST_OPEN = 0.05
LENGTH_STEP = 0.01  # of log ratios of lengths, so that alike verdicts are counted together


class Rate(NamedTuple):
    """How often the first of two sources wins."""

    first: int
    second: int
    value: float
    low: float
    high: float
    wins: int  # verdicts
    ties: int
    losses: int
    prompts: int


@dataclass(frozen=True)
class Strengths:
    """By order; NaN where the verdicts cannot tell."""

    rates: list[Rate]
    group: Integers  # (sources,)
    is_finite: bool  # every group is one round
    strength: Figures  # (sources,) logits, mean 0 in each group
    at_equal_length: Figures  # (sources,)
    field: Figures  # (sources,) expected win rate against the others of its group
    best: Floats  # (sources,) the share of draws in which it is the best of its group
    rank: Figures  # (sources,) 1 is best in its group
    side: Figures  # (1,) logits in favour of what is shown first; NaN where no side is known
    length: Figures  # (1,) logits for an answer e times as long
    resampled: str  # "prompts" or "prompts and annotators"


def measure(found: Contests, sources: int, *, draws: int = DRAWS, seed: int = 0) -> Strengths | None:
    """What the verdicts say of the sources; None for no verdicts."""
    found = contests.oriented(found)
    if not len(found.prompt):
        return None
    weight = contests.weights(found.prompt, contests.pair_of(found))
    group, rounds = contests.groups(found, sources), contests.rounds(found, sources)
    is_finite = len(np.unique(rounds)) == len(np.unique(group))
    plain = estimate(found, weight, group, with_length=False, draws=draws, seed=seed)
    controlled = estimate(found, weight, group, with_length=True, draws=draws, seed=seed)
    known = np.full(sources, True) if is_finite else single_rounds(group, rounds)
    return Strengths(
        rates=[rate(first, second, part) for first, second, part in contests.by_pair(found)],
        group=group,
        is_finite=is_finite,
        strength=masked(plain.strength, known),
        at_equal_length=masked(controlled.strength, known),
        field=bare(plain.field, known),
        best=plain.best,
        rank=bare(plain.rank, known),
        side=plain.side,
        length=controlled.length,
        resampled="prompts and annotators" if found.ways.has_annotators else "prompts",
    )


def single_rounds(group: Integers, rounds: Integers) -> Floats:
    """Whether all sources of a source's group are in its round, (sources,)."""
    sizes = np.array([len(np.unique(rounds[group == one])) for one in group])
    return sizes == 1


def masked(figures: Figures, known: Floats) -> Figures:
    return Figures(*(np.where(known, part, np.nan) for part in figures))


def bare(figures: Figures, known: Floats) -> Figures:
    """Without an interval where drawing again can only repeat that somebody always won."""
    return Figures(figures.value, *(np.where(known, part, np.nan) for part in figures[1:]))


def rate(first: int, second: int, found: Contests) -> Rate:
    """Of one pair, whose verdicts these are."""
    weight = contests.weights(found.prompt, np.zeros_like(found.prompt))
    score = (found.outcome + 1) / 2
    value = float((weight * score).sum() / weight.sum())
    moved = (weight * (score - value) / weight.sum())[:, None]
    variance = float(found.ways.variance(moved)[0])
    prompts, clusters = len(np.unique(found.prompt)), len(np.unique(found.cluster))
    effective = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else clusters
    most = len(found.prompt)  # few prompts can be alike by chance, and say no more than all their verdicts
    low, high = twoway.wilson(value, min(max(1.0, effective), most))
    wins, ties, losses = (int((found.outcome == sign).sum()) for sign in (1, 0, -1))
    return Rate(first, second, value, low, high, wins, ties, losses, prompts)


class Estimated(NamedTuple):
    strength: Figures
    field: Figures
    best: Floats
    rank: Figures
    side: Figures
    length: Figures


def estimate(
    found: Contests, weight: Floats, group: Integers, *, with_length: bool, draws: int, seed: int
) -> Estimated:
    """One model: fitted to the verdicts, and to what they are when conversations are drawn again."""
    sources = len(group)
    design, cell = design_of(found, sources, with_length)
    whole: Floats = np.bincount(cell, weight, len(design.outcome))[None].astype(float)
    fit = gauged(contestfit.fit(design, whole), group)
    moved: Floats = weight[:, None] * contestfit.influence(design, whole, fit)[cell]
    moved[:, :sources] = centred(moved[:, :sources], group)
    again = redrawn(found, design, cell, weight, group, draws, seed)
    wide = fit.linear + found.ways.widening(moved) * (again.linear - fit.linear)
    at, spread = fit.linear[:, :sources], wide[:, :sources]
    enough = len(np.unique(found.cluster)) >= twoway.FEWEST_CLUSTERS
    place = ranks(spread, group)
    others = around(fit.linear[0, sources:], wide[:, sources:], enough)
    side, length = (Figures(*(part[[column]] for part in others)) for column in (0, -1))
    return Estimated(
        strength=around(at[0], np.where(opened(again.linear[:, :sources], group), np.nan, spread), enough),
        field=around(against(at, fit.cut, group)[0], against(spread, again.cut, group), enough),
        best=np.asarray((place == 1).mean(axis=0)),
        rank=around(ranks(at, group)[0], place, enough, method="inverted_cdf"),
        side=side if found.side.any() else unknown(1),
        length=length if with_length else unknown(1),
    )


def redrawn(
    found: Contests, design: Design, cell: Integers, weight: Floats, group: Integers, draws: int, seed: int
) -> Fits:
    """One fit each time that conversations are drawn again."""
    totals = found.ways.totals(weight, cell, len(design.outcome), draws, seed)
    fits = [gauged(contestfit.fit(design, some), group) for some in totals]
    return Fits(*(np.concatenate(column) for column in zip(*fits, strict=True)))


def gauged(fits: Fits, group: Integers) -> Fits:
    """The same fits with strengths whose mean is 0 in each group; other parameters as they are."""
    sources = len(group)
    strength = centred(fits.linear[:, :sources], group)
    return Fits(np.concatenate([strength, fits.linear[:, sources:]], axis=1), fits.cut)


def design_of(found: Contests, sources: int, with_length: bool) -> tuple[Design, Integers]:
    """The cells, and which one each verdict is in: the strengths' columns, then side, then length."""
    excess = np.round(found.excess / LENGTH_STEP).astype(np.int64) if with_length else np.zeros_like(found.prompt)
    rows = np.stack([found.first, found.second, found.outcome, found.side, excess])
    cells, cell = np.unique(rows, axis=1, return_inverse=True)
    first, second, outcome, side, excess = cells
    columns = np.zeros((len(outcome), sources + 1 + with_length))
    columns[np.arange(len(outcome)), first], columns[np.arange(len(outcome)), second] = 1.0, -1.0
    columns[:, sources] = side
    if with_length:
        columns[:, sources + 1] = excess * LENGTH_STEP
    return Design(columns, outcome), cell.ravel()


def centred(strength: Floats, group: Integers) -> Floats:
    """With the mean 0 in each group, (rows, sources)."""
    belongs = group[:, None] == np.arange(int(group.max()) + 1)
    return strength - (strength @ belongs / belongs.sum(axis=0))[:, group]


def opened(strength: Floats, group: Integers) -> Floats:
    """Where a source is beyond all bounds from another of its group, (rows, sources)."""
    found = np.zeros(strength.shape, bool)
    for one in np.unique(group):
        part = strength[:, group == one]
        found[:, group == one] = (np.ptp(part, axis=1) > OPEN)[:, None]
    return found


def ranks(strength: Floats, group: Integers) -> Floats:
    """1 is the best of its group; equal ones share the better rank, (rows, sources)."""
    higher = strength[:, None, :] > strength[:, :, None] + 1e-9
    return 1.0 + (higher & (group[None, :, None] == group[None, None, :])).sum(axis=2)


def against(strength: Floats, cut: Floats, group: Integers) -> Floats:
    """The mean over the others of its group of the chance to win and half that to tie; NaN for one alone."""
    apart = strength[:, :, None] - strength[:, None, :]
    cut = cut[:, None, None]
    rate = (1 + expit(apart - cut) - expit(-apart - cut)) / 2
    other = (group[:, None] == group[None, :]) & ~np.eye(len(group), dtype=bool)
    count = other.sum(axis=1)
    return np.where(count > 0, (rate * other).sum(axis=2) / np.maximum(count, 1), np.nan)


def around(value: Floats, drawn: Floats, enough: bool, method: str = "linear") -> Figures:
    """Figures with the middle 95 % of their draws; without an end where more than one draw in twenty has none."""
    nothing = np.full(len(value), np.nan)
    missing = np.isnan(drawn).mean(axis=0)
    if not enough:
        return Figures(value, nothing, nothing)
    kept = np.where(missing > MOST_OPEN, 0.0, drawn)
    low, high = np.nanquantile(kept, [0.025, 0.975], axis=0, method=method)  # type: ignore[call-overload]
    is_known = missing <= MOST_OPEN
    return Figures(value, np.where(is_known, low, np.nan), np.where(is_known, high, np.nan))


def unknown(size: int) -> Figures:
    return Figures(*np.full((3, size), np.nan))
