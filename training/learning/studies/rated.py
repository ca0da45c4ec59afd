"""The world's components as somebody would have them: linear scores of facts, learned from simulated ratings.

A crowd marks fresh answers of the grammar from 1 to 5, some of it carelessly and one in twenty the wrong way round.
Least squares with a little shrinkage gives a component from all ratings; members of an ensemble learn from ratings
drawn with replacement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from lm.backbones import Backbone
from rewardmodels.learning import keys
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.rewards import Items, Score
from rewardmodels.learning.world import annotators, gold, prompts, rows
from rewardmodels.learning.world.grammar import Floats
from rewardmodels.learning.world.oracle import Scorer
from rewardmodels.learning.world.parser import parse_all
from training.learning.studies import truths

PEOPLE, SHRINKAGE = 20, 1.0
MEAN = Combination("mean")


class Ratings(NamedTuple):
    seen: Floats  # (ratings, features)
    marks: Mapping[str, Floats]  # by component (ratings,), 1 to 5
    worth: Floats  # (ratings,), in coins: what the answers truly are worth


@dataclass(frozen=True)
class Rated:
    """A component as a reward: several linear members and how they become one number, in marks."""

    name: str
    members: Floats  # (members, features)
    offsets: Floats  # (members,)
    combination: Combination = MEAN
    unit: str = "marks"

    @property
    def own(self) -> dict[str, Any]:
        return {"form": "rated", "name": self.name, "unit": self.unit, "combination": self.combination.name}

    def of(self, facts: gold.Facts, stake: gold.Stakes) -> Floats:
        """As a scorer of facts: the oracle tilts by it."""
        scores = np.moveaxis(gold.features(facts, stake) @ self.members.T + self.offsets, -1, 0)
        return np.asarray(self.combination(torch.from_numpy(np.ascontiguousarray(scores))).numpy())

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        seen = truths.values(gold.features, items)  # (items, features)
        scores = torch.from_numpy(self.members @ seen.T + self.offsets[:, None])
        reward, spread = self.combination(scores).tolist(), self.combination.spread(scores).tolist()
        has_spread = len(self.members) > 1
        return [
            Score(one, one, tokens=0, is_whole=True, spread=apart if has_spread else None)
            for one, apart in zip(reward, spread, strict=True)
        ]

    def backbones(self) -> Iterable[Backbone]:
        return ()

    def modules(self) -> Iterable[nn.Module]:
        return ()


def collect(seed: int, count: int, names: Sequence[str]) -> Ratings:
    """So many answers of the grammar, each marked by one of a crowd."""
    judged = rows.collect(keys.number(seed, "ratings"), "rating", count, annotators.crowd(PEOPLE))
    seen, worth = [], []
    for row in judged:
        request = prompts.read(tuple(row["prompt"]))
        facts = parse_all([row["responses"][0]["text"]], [request.wanted])
        seen.append(gold.features(facts, np.float64(request.stake))[0])
        worth.append(float(gold.gold(facts, np.float64(request.stake))[0]))
    marks = {name: np.array([float(row["answer"]["ratings"][name]) for row in judged]) for name in names}
    return Ratings(np.array(seen), marks, np.array(worth))


def single(ratings: Ratings) -> dict[str, Rated]:
    """A component each, from all ratings."""
    everything = np.arange(len(ratings.seen))
    return {name: made(name, [fit(ratings, name, everything)]) for name in ratings.marks}


def ensembles(ratings: Ratings, seed: int, members: int, combination: Combination) -> dict[str, Rated]:
    """The same ratings drawn with replacement for each member."""
    count = len(ratings.seen)
    drawn = [keys.numpy_generator(seed, "member", one).integers(count, size=count) for one in range(members)]
    return {name: made(name, [fit(ratings, name, each) for each in drawn], combination) for name in ratings.marks}


def made(name: str, fits: Sequence[tuple[Floats, float]], combination: Combination = MEAN) -> Rated:
    weights, offsets = zip(*fits, strict=True)
    return Rated(name, np.stack(weights), np.array(offsets), combination)


def fit(ratings: Ratings, name: str, chosen: Any) -> tuple[Floats, float]:
    """(weights, offset) that tell marks from features."""
    seen, marks = ratings.seen[chosen], ratings.marks[name][chosen]
    centred = seen - seen.mean(0)
    weights = np.linalg.solve(
        centred.T @ centred + SHRINKAGE * np.eye(seen.shape[1]), centred.T @ (marks - marks.mean())
    )
    return weights, float(marks.mean() - seen.mean(0) @ weights)


def weights(ratings: Ratings, rewards: Mapping[str, Rated]) -> dict[str, float]:
    """Coins a mark: how the components' sum tells the gold of the rated answers best, by least squares."""
    table = np.stack([ratings.seen @ one.members.mean(0) for one in rewards.values()], axis=1)
    centred = table - table.mean(0)
    found, *_ = np.linalg.lstsq(centred, ratings.worth - ratings.worth.mean(), rcond=None)
    return dict(zip(rewards, found.tolist(), strict=True))


def correlation(rated: Rated, scorer: Scorer, items: Items) -> float:
    """With the component as it truly is, on answers; what a proxy must have before anything is pushed by it."""
    own = np.array([one.reward for one in rated.score(items)])
    return float(np.corrcoef(own, truths.values(scorer, items))[0, 1])
