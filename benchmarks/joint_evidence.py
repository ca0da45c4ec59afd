"""What a mixture of judgments is worth on worlds whose truth is known: one JSON line a claim.

python -m benchmarks.joint_evidence [--seeds 10]

Answers have normal features and a linear utility; judgments are drawn from the likelihoods that are fitted, but for the
comparison of two models, where annotators differ from them on purpose. Errors are root mean squares over all answers.
"""

import argparse
import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lm.families import DECODER
from rewardmodels.learning import joint
from rewardmodels.learning.columns import AmountColumns, Bag, PairColumns, Rows, VerdictColumns
from rewardmodels.learning.joint import Lesson
from rewardmodels.learning.likelihoods.links import log_difference
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.settings import Joint

WIDTH, STEP, NOISE = 8, 0.25, 0.8


class World:
    """A linear utility in money, and judgments of random pairs."""

    def __init__(self, n: int, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.n = n
        self.states = torch.randn(2 * n, WIDTH, generator=self.generator)
        self.states = (self.states - self.states.mean(0)) / self.states.std(0, unbiased=False)
        self.weights = torch.randn(WIDTH, generator=self.generator, dtype=torch.float64) * 0.6
        self.u = self.states.double() @ self.weights
        self.first, self.second, self.zeros = (
            torch.arange(0, 2 * n, 2),
            torch.arange(1, 2 * n, 2),
            torch.zeros(n).long(),
        )
        self.clusters = torch.arange(n)

    def logistic(self) -> Tensor:
        chance = torch.rand(self.n, generator=self.generator, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
        return torch.log(chance / (1 - chance))

    def pairs(self) -> PairColumns:
        said = torch.sign(self.u[self.first] - self.u[self.second] + self.logistic()).long()
        return PairColumns(self.first, self.second, said, self.zeros, self.zeros, self.zeros, self.clusters)

    def amounts(self) -> AmountColumns:
        worth = self.u[self.first] - self.u[self.second] + NOISE * self.logistic()
        said = (worth.abs() / STEP).round() * STEP
        outcome = torch.where(said == 0, 0, torch.sign(worth).long())
        step = torch.full_like(said, STEP)
        return AmountColumns(self.first, self.second, outcome, said, said, step, self.zeros, self.zeros, self.clusters,
                             self.zeros, self.clusters)  # fmt: skip

    def verdicts(self) -> VerdictColumns:
        said = (self.u[self.first] - 0.3 + self.logistic() > 0).long()
        return VerdictColumns(self.first, said, self.clusters, self.zeros, self.clusters)

    def fit(self, kinds: dict[str, Rows]) -> Tensor:
        """(WIDTH,) the weights that were found, on the features as they are."""
        lesson = Lesson(self.states, Bag(kinds), Recipe(1, questions=1), DECODER, seed=0)
        fitted = joint.fit(Joint(weight_decay=0.01), lesson)
        with torch.no_grad():
            found = fitted.head(self.states.double())
        solution: Tensor = torch.linalg.lstsq(
            torch.cat([self.states.double(), torch.ones(2 * self.n, 1, dtype=torch.float64)], 1), found[:, None]
        ).solution
        return solution[:-1, 0]

    def information(self, kind: str, rows: int) -> Tensor:
        """(WIDTH, WIDTH) Fisher information of that many judgments of a kind about the weights, at the truth, with
        its scales known: a bound on what knows less."""
        states, d = self.states.double(), self.u[self.first] - self.u[self.second]
        features = states[self.first] - states[self.second]
        if kind == "pairs":
            curvature = torch.sigmoid(d) * torch.sigmoid(-d)
        elif kind == "verdicts":
            features, odds = states[self.first], self.u[self.first] - 0.3
            curvature = torch.sigmoid(odds) * torch.sigmoid(-odds)
        else:
            curvature = curvature_of_rounded(d)
        return (features[:rows] * curvature[:rows, None]).T @ features[:rows]


def curvature_of_rounded(d: Tensor) -> Tensor:
    """(n,) Fisher information of an amount about its difference, summed over all amounts that could be said."""
    cells = torch.arange(-400, 401, dtype=torch.float64) * STEP
    at = d[:, None].clone().requires_grad_()
    log_mass = log_difference((cells + STEP / 2 - at) / NOISE, (cells - STEP / 2 - at) / NOISE)
    chances = log_mass.exp().detach()
    shifted = log_difference((cells + STEP / 2 - at - 1e-4) / NOISE, (cells - STEP / 2 - at - 1e-4) / NOISE)
    score = (shifted - log_mass).detach() / 1e-4
    return (chances * score.square()).sum(1)


def error(found: Tensor, truth: Tensor) -> float:
    return float((found - truth).square().sum())


def bag_of_mixed_judgments(seeds: Iterable[int]) -> dict[str, object]:
    """A third of the bag a kind: the joint fit against each kind alone, their combination, and Cramér and Rao."""
    n = 900
    names = ("joint", "pairs", "amounts", "verdicts", "combined", "bound")
    found: dict[str, list[float]] = {name: [] for name in names}
    third = n // 3
    for seed in seeds:
        world = World(n, seed)
        whole: dict[str, Rows] = {
            "pairs": world.pairs().at(slice(0, third)),
            "amounts": world.amounts().at(slice(third, 2 * third)),
            "verdicts": world.verdicts().at(slice(2 * third, n)),
        }
        alone = {kind: world.fit({kind: rows}) for kind, rows in whole.items()}
        information = {kind: world.information(kind, third) for kind in whole}
        total = sum(information.values(), torch.zeros(WIDTH, WIDTH, dtype=torch.float64))
        weighted = sum((information[kind] @ alone[kind] for kind in whole), torch.zeros(WIDTH, dtype=torch.float64))
        found["combined"].append(error(torch.linalg.solve(total, weighted), world.weights))
        found["joint"].append(error(world.fit(whole), world.weights))
        for kind, weights in alone.items():
            found[kind].append(error(weights, world.weights))
        found["bound"].append(float(torch.linalg.inv(total).trace()))
    errors = {name: math.sqrt(float(np.mean(values))) for name, values in found.items()}
    return {"claim": "one bag of mixed judgments", "seeds": len(found["joint"]), "n": n, "rms_error": errors,
            "joint_over_bound": errors["joint"] / errors["bound"]}  # fmt: skip


def amounts_saved(seeds: Iterable[int], few: int = 60, pairs: int = 400) -> dict[str, object]:
    """How many amounts alone are as good as a few amounts with pairs."""
    sizes = [few, round(few / 0.8), round(few / 0.6), 2 * few, 3 * few]
    alone: dict[int, list[float]] = {size: [] for size in sizes}
    mixed: list[float] = []
    for seed in seeds:
        world = World(max(sizes) + pairs, seed)
        amounts, beside = world.amounts(), world.pairs().at(slice(max(sizes), None))
        for size in sizes:
            alone[size].append(error(world.fit({"amounts": amounts.at(slice(0, size))}), world.weights))
        mixed.append(error(world.fit({"pairs": beside, "amounts": amounts.at(slice(0, few))}), world.weights))
    reached = math.sqrt(float(np.mean(mixed)))
    curve = {size: math.sqrt(float(np.mean(values))) for size, values in alone.items()}
    needed = next((size for size in sizes if curve[size] <= reached), None)
    return {"claim": "pairs save amounts", "seeds": len(mixed), "amounts": few, "pairs": pairs, "rms_error": reached,
            "amounts_alone": curve, "amounts_needed_alone": needed or f"more than {sizes[-1]}",
            "share_saved_at_least": 1 - few / (needed or sizes[-1])}  # fmt: skip


def two_models(trials: int, n: int = 400) -> list[dict[str, object]]:
    """Model A is better by 10 on a few prompts, B by 1 on many: which is better, by pairs and by amounts?

    Under deterministic answers and noise that grows with what is at stake, pairs count prompts; under one logistic
    noise for all they see sizes.
    """
    generator = np.random.default_rng(0)
    rows: list[dict[str, object]] = []
    for world in ("deterministic", "noise grows with stakes", "one noise for all"):
        right = {"pairs": 0, "amounts": 0}
        for _ in range(trials):
            is_large = generator.random(n) < 0.2
            gap = np.where(is_large, 10.0, -1.0)  # A − B: +1.2 on average
            widths: dict[str, Any] = {
                "deterministic": 1e-9,
                "noise grows with stakes": np.abs(gap),
                "one noise for all": 8.0,
            }
            said = gap + widths[world] * generator.logistic(size=n)
            share = float(np.clip((said > 0).mean(), 1 / n, 1 - 1 / n))
            right["pairs"] += int(math.log(share / (1 - share)) > 0) if world != "one noise for all" else int(
                fitted_by_pairs(said > 0, is_large) > 0)  # fmt: skip
            right["amounts"] += int(np.mean(said) > 0)
        rows.append({"claim": "which of two models", "world": world, "trials": trials, "right": right})
    return rows


def fitted_by_pairs(is_preferred: np.ndarray, is_large: np.ndarray) -> float:
    """The mean utility difference by a logit for each kind of prompt."""
    logits = []
    for kind in (is_large, ~is_large):
        share = (is_preferred[kind].sum() + 0.5) / (kind.sum() + 1)
        logits.append(math.log(share / (1 - share)) * kind.mean())
    return sum(logits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    for line in (bag_of_mixed_judgments(seeds), amounts_saved(seeds), *two_models(50 * len(seeds))):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
