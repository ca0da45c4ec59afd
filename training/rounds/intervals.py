"""How sure a verdict is: comparisons on one prompt hang together, and those of one person do too (agreement/twoway.py).

Each prompt counts once, however many people were asked about it. Loads scipy: imported only where there are voices.
"""

import math

import numpy as np

from annotation.agreement import contests, strengths, twoway
from annotation.agreement.contests import Contests
from annotation.agreement.twoway import FEWEST_CLUSTERS
from training.rounds.voices import Interval, Voice


def share(decided: list[Voice]) -> Interval:
    """How often the new policy is preferred, with Wilson's interval at the effective number of prompts."""
    found = contests_of(decided)
    rate = strengths.rate(0, 1, found)
    if found.ways.clusters < FEWEST_CLUSTERS:  # too few to see how alike they are: as if a conversation were one voice
        return Interval(rate.value, *twoway.wilson(rate.value, found.ways.clusters))
    return Interval(rate.value, rate.low, rate.high)


def money(priced: list[Voice]) -> Interval:
    """What the new policy is worth more in the mean of prompts, with Student's interval over conversations."""
    from scipy.special import stdtrit

    found = contests_of(priced)
    amounts = np.array([voice.money for voice in priced], float)
    weight = contests.weights(found.prompt, np.zeros_like(found.prompt))
    value = float((weight * amounts).sum() / weight.sum())
    clusters = found.ways.clusters
    if clusters < FEWEST_CLUSTERS:
        return Interval(value, None, None)
    moved = (weight * (amounts - value) / weight.sum())[:, None]
    reach = float(stdtrit(clusters - 1, 0.975)) * math.sqrt(float(found.ways.variance(moved)[0]))
    return Interval(value, value - reach, value + reach)


def contests_of(voices: list[Voice]) -> Contests:
    """The new policy is source 0, the old one 1; sides and lengths are not asked for."""
    names = [(voice.prompt, voice.conversation, voice.annotator) for voice in voices]
    prompt, cluster, annotator = (
        np.unique(np.array(column), return_inverse=True)[1].ravel() for column in zip(*names, strict=True)
    )
    zeros = np.zeros(len(voices), np.int64)
    outcome = np.array([voice.outcome for voice in voices], np.int64)
    return Contests(prompt, cluster, annotator, zeros, zeros + 1, outcome, zeros, zeros.astype(float))
