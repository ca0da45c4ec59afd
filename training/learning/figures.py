"""What is measured of a step, by the names that pages and tables know."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from training.learning import advantages, kl, passes
from training.learning.bounds import Held
from training.learning.passes import Said
from training.learning.rewards import Scored
from training.learning.rollouts import Rollout
from training.learning.settings.plan import KL
from training.learning.signals import Signals


def of_step(
    rollout: Rollout, said: Said, signals: Signals, scored: Mapping[str, Scored], held: Sequence[Held]
) -> dict[str, float]:
    """What cannot be told of a step, for nobody took part in it, is left out."""
    lengths, tokens = rollout.lengths.double(), float(rollout.lengths.sum())
    found = {
        "objective": mean(signals.objective[signals.counts]),
        KL: signals.means[KL],
        "kl1": mean(signals.values[KL]),
        "kl3": mean(passes.by_answer(kl.k3(said.log_probs, said.reference).double(), rollout.lengths)),
        "entropy": float(said.entropy.double().sum()) / tokens,
        "length": mean(lengths),
        "truncated": mean(rollout.is_truncated),
        "empty": mean(rollout.is_empty),
        "zero_spread": mean(advantages.spreads(signals.objective, signals.counts, rollout.samples) < 1e-9),
        "ratio_at_start": mean((said.log_probs - rollout.log_probs).double().exp()),
    }
    for name, values in signals.values.items():
        if name in signals.means and name != KL:
            found[f"reward/{name}"] = signals.means[name]
            found[f"length_correlation/{name}"] = correlation(values, lengths)
    found |= {f"spread/{name}": mean(one.spread) for name, one in scored.items()}
    found |= of_bounds(signals.means, held)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def of_bounds(means: Mapping[str, float], held: Sequence[Held]) -> dict[str, float]:
    return {f"violation/{one.name}": one.violation(means[one.component]) for one in held if one.component in means}


def mean(values: Tensor) -> float:
    return float(values.double().mean()) if values.numel() else float("nan")


def correlation(first: Tensor, second: Tensor) -> float:
    """0 where either does not vary."""
    if len(first) < 2 or first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first.numpy(), second.numpy())[0, 1])
