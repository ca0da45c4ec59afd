"""Whether members differ, and whether their spread tells where the ensemble is wrong, on judgments held out.

A spread that does not point at errors is worse than none, because people trust it; so it is measured beside the
distance from the evidence, which costs nothing, and is called informative only when its AUROC lies surely above ½.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rewardmodels.learning import intervals, keys
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.ensembles.combining import Combination

Floats = NDArray[np.float64]
FEWEST_WRONG = 10  # below this, no area is worth a word
MOST_PAIRS = 4_000  # every wrong one is compared with every right one


@dataclass(frozen=True)
class Seen:
    """What members say of held-out pairs."""

    utilities: Tensor  # (members, candidates) fp64
    hidden: Tensor  # (candidates, width) fp64, what heads weigh
    train: PairColumns
    held_out: PairColumns
    decay: float
    how: Combination
    seed: int


def describe(seen: Seen) -> dict[str, Any]:
    """How far members agree, and the areas under the curves of spread and distance against errors."""
    pairs = decided(seen.held_out)
    differences = seen.utilities[:, pairs.first] - seen.utilities[:, pairs.second]  # (members, pairs)
    found: dict[str, Any] = {"n": len(pairs)}
    if len(pairs) == 0:
        return found
    found |= diversity(differences)
    reward = seen.how(seen.utilities)
    margin = ((reward[pairs.first] - reward[pairs.second]) * pairs.outcome).numpy()
    wrong = margin < 0
    found["wrong"] = int(wrong.sum())
    if min(found["wrong"], len(pairs) - found["wrong"]) < FEWEST_WRONG:
        return found
    ways = intervals.ways(pairs.cluster.numpy(), pairs.annotator.numpy())
    weights = intervals.Resampler(ways.arrays, keys.numpy_generator(seen.seed, "use of the spread")).weights()
    signals = {"spread": seen.how.spread(differences), "distance": distance(seen, pairs)}
    for name, values in signals.items():
        area, interval = auroc(values.numpy(), wrong, weights)
        found[name] = {"auroc": area, "interval": interval, "is_informative": interval[0] > 0.5}
    return found


def decided(pairs: PairColumns) -> PairColumns:
    return pairs.at(pairs.is_decided).at(slice(0, MOST_PAIRS))


def diversity(differences: Tensor) -> dict[str, float]:  # (members, pairs)
    """Mean correlation between members, and the share of pairs on whose order they do not all agree."""
    count = differences.shape[0]
    found = {"disagreement": float((differences.sign().amin(0) != differences.sign().amax(0)).double().mean())}
    if count > 1 and differences.shape[1] > 1:
        correlation = torch.corrcoef(differences)
        apart = ~torch.eye(count, dtype=torch.bool)
        found["correlation"] = float(correlation[apart].mean())
    return found


def distance(seen: Seen, pairs: PairColumns) -> Tensor:  # → (pairs,)
    """How far a pair lies from the training pairs: the prior-regularised Mahalanobis norm of its difference."""
    known = seen.hidden[seen.train.first] - seen.hidden[seen.train.second]
    precision = known.T @ known + seen.decay * torch.eye(known.shape[1], dtype=torch.float64)
    differences = seen.hidden[pairs.first] - seen.hidden[pairs.second]
    return (differences * torch.linalg.solve(precision, differences.T).T).sum(1).clamp(min=0).sqrt()


def auroc(values: Floats, wrong: NDArray[np.bool_], weights: Floats) -> tuple[float, list[float]]:
    """P(a wrong pair has the greater value) + ½ P(equal), and its 95 % interval; weights (draws, n)."""
    bad, good = values[wrong], values[~wrong]
    wins = (bad[:, None] > good).astype(float) + 0.5 * (bad[:, None] == good)  # (wrong, right)
    upper, lower = weights[:, wrong], weights[:, ~wrong]
    total = upper.sum(1) * lower.sum(1)
    kept = total > 0
    drawn = ((upper[kept] @ wins) * lower[kept]).sum(1) / total[kept]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(wins.mean()), [float(low), float(high)]
