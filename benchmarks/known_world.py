"""A world with a known linear utility, and judgments of every kind drawn from the likelihoods that are fitted."""

from collections.abc import Callable
from copy import copy
from typing import Any

import torch
from torch import Tensor

from lm.families import DECODER
from rewardmodels.learning import joint
from rewardmodels.learning.columns import (
    AmountColumns,
    Bag,
    PairColumns,
    RankingColumns,
    RatingColumns,
    Rows,
    VerdictColumns,
)
from rewardmodels.learning.joint import Fitted, Lesson
from rewardmodels.learning.likelihoods.links import log_difference
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.settings.kinds import Joint

WIDTH, STEP, NOISE, THRESHOLD = 8, 0.25, 0.8, 0.3
CUTS = torch.tensor([-2.0, -0.7, 0.7, 2.0], dtype=torch.float64)  # of marks
RANKED = 3  # answers that are put in order
RECIPE = Recipe(1, questions=1, aspects=("overall",))


class World:
    """Answers with normal features, and one person who is asked about each of them in any way."""

    def __init__(self, n: int, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.n = n
        self.states = torch.randn(RANKED * n, WIDTH, generator=self.generator)
        self.states = (self.states - self.states.mean(0)) / self.states.std(0, unbiased=False)
        self.weights = torch.randn(WIDTH, generator=self.generator, dtype=torch.float64) * 0.6
        self.u = self.states.double() @ self.weights
        self.group = torch.arange(RANKED * n).reshape(n, RANKED)
        self.first, self.second = self.group[:, 0], self.group[:, 1]
        self.zeros, self.clusters = torch.zeros(n).long(), torch.arange(n)

    @property
    def gap(self) -> Tensor:
        return self.u[self.first] - self.u[self.second]

    def logistic(self) -> Tensor:
        chance = torch.rand(self.n, generator=self.generator, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
        return torch.log(chance / (1 - chance))

    def pairs(self) -> PairColumns:
        said = torch.sign(self.gap + self.logistic()).long()
        return PairColumns(self.first, self.second, said, self.zeros, self.zeros, self.zeros, self.clusters)

    def amounts(self) -> AmountColumns:
        worth = self.gap + NOISE * self.logistic()
        said = (worth.abs() / STEP).round() * STEP
        outcome = torch.where(said == 0, 0, torch.sign(worth).long())
        step = torch.full_like(said, STEP)
        return AmountColumns(self.first, self.second, outcome, said, said, step, self.zeros, self.zeros, self.clusters,
                             self.zeros, self.clusters)  # fmt: skip

    def verdicts(self) -> VerdictColumns:
        said = (self.u[self.first] - THRESHOLD + self.logistic() > 0).long()
        return VerdictColumns(self.first, said, self.clusters, self.zeros, self.clusters)

    def rankings(self) -> RankingColumns:
        """By utilities with Gumbel noise, which is Plackett's and Luce's model."""
        chance = torch.rand(self.n, RANKED, generator=self.generator, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
        order = (self.u[self.group] - torch.log(-torch.log(chance))).argsort(1, descending=True)
        return RankingColumns(self.group, order.argsort(1), self.zeros, self.clusters)

    def ratings(self) -> RatingColumns:
        mark = 1 + (self.u[self.first] + self.logistic() > CUTS[:, None]).sum(0)
        return RatingColumns(self.first, self.zeros, mark, self.clusters, self.zeros, self.clusters)

    def judgments(self) -> dict[str, Rows]:
        """Everybody's answer to every question."""
        return {kind: getattr(self, kind)() for kind in KINDS}

    def fit(self, kinds: dict[str, Rows]) -> Fitted:
        lesson = Lesson(self.states, Bag(kinds), RECIPE, DECODER, seed=0)
        return joint.fit(Joint(weight_decay=0.01), lesson)

    def found(self, kinds: dict[str, Rows]) -> Tensor:
        """(WIDTH,) the weights that were found, on the features as they are."""
        fitted = self.fit(kinds)
        with torch.no_grad():
            found = fitted.head(self.states.double())
        with_constant = torch.cat([self.states.double(), torch.ones(len(self.states), 1, dtype=torch.float64)], 1)
        solution: Tensor = torch.linalg.lstsq(with_constant, found[:, None]).solution
        return solution[:-1, 0]

    def error(self, kinds: dict[str, Rows]) -> float:
        """Squared, of the weights: the mean squared error over answers, since features are standard."""
        return squared_error(self.found(kinds), self.weights)

    def information(self, kind: str, rows: slice, *, is_scale_known: bool = True) -> Tensor:
        """(WIDTH, WIDTH) Fisher information of these judgments about the weights, at the truth.

        A kind that does not give the unit has a slope of its own, and single answers a level: where these are not
        known, what is left is the Schur complement of them (amounts give the unit, and their level does not exist).
        """
        whole = INFORMATION[kind](self, rows)
        if is_scale_known or kind == "amounts":
            return whole[:WIDTH, :WIDTH]
        unknown = whole[WIDTH:, WIDTH:] + 1e-12 * torch.eye(len(whole) - WIDTH, dtype=torch.float64)
        return whole[:WIDTH, :WIDTH] - whole[:WIDTH, WIDTH:] @ torch.linalg.solve(unknown, whole[WIDTH:, :WIDTH])

    def as_found(self, weights: Tensor) -> "World":
        """The same answers as somebody sees them whose fit gave these weights."""
        found = copy(self)
        found.weights, found.u = weights, self.states.double() @ weights
        return found

    @property
    def features(self) -> Tensor:
        """(answers, WIDTH + 1) what the weights and a slope multiply."""
        return torch.cat([self.states.double(), self.u[:, None]], 1)

    def single(self, curvature: Tensor, rows: slice) -> Tensor:
        ones = torch.ones(self.n, 1, dtype=torch.float64)
        features = torch.cat([self.features[self.first], ones], 1)[rows]
        return (features * curvature[rows, None]).T @ features

    def difference(self, curvature: Tensor, rows: slice) -> Tensor:
        features = (self.features[self.first] - self.features[self.second])[rows]
        return (features * curvature[rows, None]).T @ features


def squared_error(found: Tensor, truth: Tensor) -> float:
    return float((found - truth).square().sum())


def of_pairs(world: World, rows: slice) -> Tensor:
    return world.difference(bernoulli(world.gap), rows)


def of_amounts(world: World, rows: slice) -> Tensor:
    return world.difference(curvature_of_rounded(world.gap), rows)


def of_verdicts(world: World, rows: slice) -> Tensor:
    return world.single(bernoulli(world.u[world.first] - THRESHOLD), rows)


def of_ratings(world: World, rows: slice) -> Tensor:
    """Σ over marks of (dP/du)² / P."""
    beyond = torch.sigmoid(world.u[world.first][:, None] - CUTS)
    ends = torch.ones(world.n, 1, dtype=torch.float64)
    chances = -torch.cat([ends, beyond, 0 * ends], 1).diff(dim=1)
    slopes = -torch.cat([0 * ends, beyond * (1 - beyond), 0 * ends], 1).diff(dim=1)
    return world.single((slopes.square() / chances).sum(1), rows)


def of_rankings(world: World, rows: slice) -> Tensor:
    """The covariance of the features under each choice, over all that may be left to choose from."""
    features = world.features[world.group[rows]]  # (n, RANKED, WIDTH + 1)
    utilities = world.u[world.group[rows]]
    whole = chosen_covariance(features, torch.softmax(utilities, 1))
    for best in range(RANKED):
        left = [place for place in range(RANKED) if place != best]
        chance = torch.softmax(utilities, 1)[:, best]
        whole = whole + chosen_covariance(features[:, left], torch.softmax(utilities[:, left], 1), chance)
    return whole


def chosen_covariance(features: Tensor, chances: Tensor, weight: Tensor | None = None) -> Tensor:
    """(width, width) summed over rows; features (n, items, width), chances (n, items), weight (n,)."""
    around = features - (chances[:, :, None] * features).sum(1, keepdim=True)
    weighted = around * chances[:, :, None] * (1.0 if weight is None else weight[:, None, None])
    return torch.einsum("nij,nik->jk", weighted, around)


def bernoulli(odds: Tensor) -> Tensor:
    return torch.sigmoid(odds) * torch.sigmoid(-odds)


def curvature_of_rounded(d: Tensor) -> Tensor:
    """(n,) Fisher information of an amount about its difference, summed over all amounts that could be said."""
    cells = torch.arange(-400, 401, dtype=torch.float64) * STEP
    at = d[:, None]
    log_mass = log_difference((cells + STEP / 2 - at) / NOISE, (cells - STEP / 2 - at) / NOISE)
    shifted = log_difference((cells + STEP / 2 - at - 1e-4) / NOISE, (cells - STEP / 2 - at - 1e-4) / NOISE)
    score = (shifted - log_mass) / 1e-4
    return (log_mass.exp() * score.square()).sum(1)


INFORMATION: dict[str, Callable[[World, slice], Any]] = {
    "pairs": of_pairs,
    "amounts": of_amounts,
    "verdicts": of_verdicts,
    "rankings": of_rankings,
    "ratings": of_ratings,
}
KINDS = tuple(INFORMATION)
