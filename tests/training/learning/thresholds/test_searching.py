"""The search within one run, on policies that are exact tilts of the world, measured with the noise of a look."""

import json
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize

from rewardmodels.learning.world import dual, gold, oracle
from rewardmodels.learning.world.grammar import STANDARD
from training.learning.thresholds import searching, simplex
from training.learning.thresholds.searching import Came, Searching
from training.learning.thresholds.simplex import Rules, Search

LOOK, STEP, STRIDE = 1_000, 96, 0.05  # samples of a look and of a step, and how far a step goes
LOW, HIGH = (2.3, 0.5), (3.9, 2.9)


class Standing:
    """What a run would come to: from the policy where it begins, step by step to its thresholds."""

    def __init__(self):
        world = oracle.of(STANDARD, negligible=1e-6)
        scores = np.stack([world.score(gold.coverage), world.score(gold.warmth)])
        self.log, self.cells, self.worth = dual.collapsed(world, scores)
        self.reference = tuple(float((np.exp(self.log) * one).sum(-1).mean()) for one in self.cells)

    def gold(self, means):
        """(mean, deviation) of the gold of the policy nearest to the reference that has these means."""

        def normaliser(weights):
            score = self.log + np.tensordot(weights, self.cells, 1)
            top = score.max(-1, keepdims=True)
            mass = np.exp(score - top)
            total = mass.sum(-1, keepdims=True)
            chance = mass / total
            slack = (chance * self.cells).sum(-1).mean(-1) - means
            return float((top + np.log(total)).mean() - weights @ means), slack

        found = minimize(normaliser, np.zeros(2), jac=True, method="L-BFGS-B").x
        score = self.log + np.tensordot(found, self.cells, 1)
        chance = np.exp(score - score.max(-1, keepdims=True))
        chance /= chance.sum(-1, keepdims=True)
        mean = float((chance * self.worth).sum(-1).mean())
        square = float((chance * self.worth**2).sum(-1).mean())
        return mean, (square - mean**2) ** 0.5

    def gain(self, means):
        return self.gold(means)[0] - self.gold(self.reference)[0]


@pytest.fixture(scope="module")
def standing():
    return Standing()


class Walk:
    """A run: where its stored policies stand."""

    def __init__(self, standing, seed):
        self.standing, self.generator = standing, np.random.default_rng(seed)
        self.at = {searching.REFERENCE: np.array(standing.reference)}

    def __call__(self, trial):
        begin, wanted = self.at[trial.begin], np.array(trial.thresholds)
        way = 0.0 if trial.again else float(np.linalg.norm(wanted - begin))
        steps = min(int(np.ceil(way / STRIDE)), max(0, (trial.budget - LOOK) // STEP))
        share = 1.0 if way == 0 else min(1.0, steps * STRIDE / way)
        if not trial.again:
            self.at[trial.name] = begin + share * (wanted - begin)
        now = self.at[trial.begin if trial.again else trial.name]
        mean, deviation = self.standing.gold(now)
        error = deviation / LOOK**0.5
        value = mean + error * self.generator.standard_normal()
        return Came(value, error, tuple(now.tolist()), steps * STEP + LOOK)


def of_grid(standing):
    """(best gain, samples) of five times five runs, each from the reference."""
    walk = Walk(standing, 0)
    gains, spent = [], 0
    for place in product(*(np.linspace(low, high, 5) for low, high in zip(LOW, HIGH, strict=True))):
        spent += walk(searching.Trial("grid", searching.REFERENCE, place, 10**9, again=False)).spent
        gains.append(standing.gain(place))
    return max(gains), spent


def made(standing, seed, budget, path=None):
    corners = simplex.first_simplex((2.6, 1.1), (0.6, 0.5))
    search = Search(corners, Rules(low=LOW, high=HIGH))
    return Searching(Walk(standing, seed), search, standing.reference, budget, path=path)


def test_it_finds_what_a_grid_finds_with_a_third_of_its_samples(standing):
    best, spent = of_grid(standing)
    shares = []
    for seed in range(5):
        own = made(standing, seed, spent // 3)
        found = own.go()
        assert own.spent <= spent // 3 + LOOK  # the last look is taken whole
        shares.append(standing.gain(found.place) / best)
    assert np.mean(shares) >= 0.95
    assert sum(one >= 0.95 for one in shares) >= 4  # noise may choose a neighbour once


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(standing, tmp_path):
    whole = made(standing, 0, 20_000)
    whole.go()
    path = tmp_path / "search.json"
    again = made(standing, 0, 20_000, path)
    walk, count = again.run, 0

    def dying(trial):
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise KeyboardInterrupt
        return walk(trial)

    again.run = dying
    while True:
        try:
            again.go()
            break
        except KeyboardInterrupt:
            again = made(standing, 0, 20_000, path)
            again.run = dying
    assert [one.trial for one in again.done] == [one.trial for one in whole.done]
    assert [one.came for one in again.done] == [one.came for one in whole.done]
    other = made(standing, 0, 20_000)
    other.search.rules = Rules()
    with pytest.raises(ValueError, match="another search"):
        other.restore(json.loads(path.read_text()))


def test_after_an_overshoot_it_begins_where_it_was_before(standing):
    own = made(standing, 0, 50_000)
    for name, means in (("0", (2.6, 1.1)), ("1", (3.2, 1.1)), ("2", (3.8, 2.9))):
        trial = searching.Trial(name, searching.REFERENCE, means, 1, again=False)
        own.done.append(searching.Done(trial, Came(7.0, 0.1, means, 1)))
    assert own.nearest((3.1, 1.2)) == "1"
    assert own.nearest((2.1, 0.9)) == searching.REFERENCE
    assert own.nearest((3.9, 2.8)) == "2"


def test_a_proposal_may_spend_its_share_and_is_worth_what_was_reached(standing):
    own = made(standing, 0, 24_000)
    trial = own.trial(simplex.Ask(HIGH))
    assert trial.budget == 3_000
    came = own.run(trial)
    done = searching.Done(trial, came)
    assert came.spent <= 3_000
    assert not own.is_reached(done)
    assert standing.reference < came.means < HIGH
