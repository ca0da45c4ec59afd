"""Which model is better: how often the intervals hold a known truth, and how often a flag is raised.

    python -m benchmarks.which_model [--projects 200]

Simulated projects of three models. By order, verdicts follow Rao and Kupper's model with a side bias, and annotators
may have tastes of their own; the truth is what a project of 40,000 prompts gives. In money, differences have long tails
and annotators differ in scale; the truth is the mean difference in the money of those who gave amounts. Prints a JSON
line for each setting: the share of 95 % intervals that hold the truth, and their mean width.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import expit

from annotation.agreement import strengths, tracking, worth
from annotation.agreement.contests import Contests
from annotation.agreement.tracking import Shortfall
from annotation.agreement.twoway import Ways
from annotation.agreement.votes import Floats
from annotation.agreement.worth import Payments

MODELS, VOTES, DRAWS = 3, 2, 300
TRUTH, CUT, SIDE = np.array([0.5, 0.0, -0.5]), 0.4, 0.2
VALUES = np.array([1.5, 0.5, 0.0])  # of an answer by each model, in money
BY_ORDER = {
    "60 prompts, 3 annotators alike": (60, 3, 0.0),
    "150 prompts, 8 annotators alike": (150, 8, 0.0),
    "150 prompts, 8 annotators of different tastes": (150, 8, 0.4),
    "150 prompts, 20 annotators of different tastes": (150, 20, 0.4),
}
IN_MONEY = {
    "60 prompts, 3 annotators of one scale": (60, 3, 0.0),
    "60 prompts, 3 annotators of different scales": (60, 3, 0.5),
    "150 prompts, 8 annotators of different scales": (150, 8, 0.5),
}
LOOKS = {
    "nothing changed, 60 conversations": (60, 0.0),
    "nothing changed, 150 conversations": (150, 0.0),
    "agreement fell by a tenth, 60 conversations": (60, 0.1),
    "agreement fell by a tenth, 150 conversations": (150, 0.1),
    "agreement fell by a tenth, 400 conversations": (400, 0.1),
}


def shape(random: np.random.Generator, prompts: int, people: int) -> tuple[Any, ...]:
    """Prompt, both models, annotator and side of every judgment."""
    first = random.integers(0, MODELS, prompts)
    second = (first + random.integers(1, MODELS, prompts)) % MODELS
    prompt = np.repeat(np.arange(prompts), VOTES)
    start = random.integers(0, people, prompts)
    annotator = (np.repeat(start, VOTES) + np.tile(np.arange(VOTES), prompts)) % people
    return prompt, first[prompt], second[prompt], annotator, random.choice([-1, 1], len(prompt))


def verdicts(random: np.random.Generator, prompts: int, people: int, taste: float) -> Contests:
    prompt, first, second, annotator, side = shape(random, prompts, people)
    own = TRUTH + random.normal(0, taste, (people, MODELS))
    z = own[annotator, first] - own[annotator, second] + SIDE * side + random.logistic(size=len(prompt))
    outcome = np.where(z > CUT, 1, np.where(z < -CUT, -1, 0))
    return Contests(prompt, prompt, annotator, first, second, outcome, side, np.zeros(len(prompt)))


def by_order(projects: int) -> Iterator[dict[str, Any]]:
    for name, (prompts, people, taste) in BY_ORDER.items():
        whole = strengths.measure(verdicts(np.random.default_rng(1), 40_000, 4_000, taste), MODELS, draws=5)
        assert whole is not None
        rates = {(one.first, one.second): one.value for one in whole.rates}
        held: dict[str, list[bool]] = {"strength": [], "field": [], "win_rate": []}
        width: list[float] = []
        for seed in range(projects):
            found = strengths.measure(
                verdicts(np.random.default_rng(1_000 + seed), prompts, people, taste), MODELS, draws=DRAWS, seed=seed
            )
            assert found is not None
            for part in ("strength", "field"):
                truth, mine = getattr(whole, part).value, getattr(found, part)
                held[part] += [bool(one) for one in (mine.low <= truth) & (truth <= mine.high)]
            held["win_rate"] += [one.low <= rates[one.first, one.second] <= one.high for one in found.rates]
            width += list(found.field.high - found.field.low)
        told = {part: round(float(np.mean(several)), 3) for part, several in held.items()}
        yield {"by_order": name, "projects": projects, **told, "width_of_field": round(float(np.nanmean(width)), 3)}


def payments(random: np.random.Generator, prompts: int, people: int, scales: float) -> tuple[Payments, float]:
    """Amounts, and by how much the money of these people exceeds the one of the truth."""
    prompt, first, second, annotator, side = shape(random, prompts, people)
    scale = np.exp(random.normal(0, scales, people))
    gap = VALUES[first] - VALUES[second] + (2 * random.standard_t(4, prompts))[prompt]
    said = np.round(2 * scale[annotator] * (gap + random.normal(0, 0.5, len(prompt)))) / 2
    size, nobody = np.abs(said), np.sign(said).astype(np.int64)
    found = Payments(prompt, prompt, annotator, prompt, first, second, nobody, size, size, side)
    return found, float(np.exp(np.log(scale).mean()))


def in_money(projects: int) -> Iterator[dict[str, Any]]:
    for name, (prompts, people, scales) in IN_MONEY.items():
        held, width = [], []
        for seed in range(projects):
            found, factor = payments(np.random.default_rng(seed), prompts, people, scales)
            told = worth.measure(found, draws=DRAWS, seed=seed)
            assert told is not None
            for one in told.differences:
                truth = factor * float(VALUES[one.first] - VALUES[one.second])
                held.append(one.low <= truth <= one.high)
                width.append(one.high - one.low)
        share = round(float(np.mean(held)), 3)
        yield {"in_money": name, "projects": projects, "difference": share, "width": round(float(np.mean(width)), 2)}


def forecast(random: np.random.Generator, prompts: int, lost: float) -> Shortfall | None:
    """Verdicts of a proxy whose agreement fell by `lost`."""
    difference = random.normal(0, 1.5, prompts)
    faded = lost / float((expit(np.abs(random.normal(0, 1.5, 20_000))) - 0.5).mean())
    prompt = np.repeat(np.arange(prompts), VOTES)
    chance: Floats = ((1 - faded) * expit(difference) + faded / 2)[prompt]
    outcome = np.where(random.random(len(prompt)) < chance, 1, -1)
    return tracking.shortfall(difference[prompt], outcome, Ways(prompt, np.arange(len(prompt)) % 6))


def looks(number: int) -> Iterator[dict[str, Any]]:
    for name, (prompts, lost) in LOOKS.items():
        random = np.random.default_rng(0)
        found = [tracking.compare(forecast(random, prompts, lost), forecast(random, 200, 0.0)) for _ in range(number)]
        power = round(float(np.mean([one.power for one in found])), 3)
        flagged = round(float(np.mean([one.is_flagged for one in found])), 3)
        yield {"look": name, "looks": number, "flagged": flagged, "power_told": power}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=200)
    projects = parser.parse_args().projects
    for several in (by_order(projects), in_money(projects), looks(5 * projects)):
        for line in several:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
