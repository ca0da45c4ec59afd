"""What it is worth to ask about a pair, by rule. Each is (pairs,) ≥ 0, and 0 where all is known, but for `entropy`.

entropy      H(E p): how open the answer is. The failure case: noise keeps an answer open however often it is asked.
variance     Var d: how far what is believed of the difference is spread.
information  H(E p) − E H(p), what the answer tells of the model (BALD; Houlsby et al., 2011): at most log 2. The noise
             of the answer itself, E H(p), is taken off.
determinant  ½ log(1 + E[p(1 − p)] Var d): by how much the answer raises half the log determinant of the precision
             (D-optimal design), with what an answer tells taken as believed at first.
decision     The decision is which answer of the prompt to keep, and it is the one of greatest mean utility. What is
             valued is how much better, in logits, the one kept after the answer is expected to be.
exploration  max over answers of mean + 2 sd, less max of mean − 2 sd, of the prompt, for pairs that hold the answer of
             the greatest upper bound (Mehta et al., 2023, where answers are fixed and the reference is 0); else 0.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rewardmodels.learning.choosing.moments import WEIGHTS, Moments

Rule = Callable[[Moments], Tensor]
RANDOM = "random"
BOUND = 2.0  # standard deviations


def binary_entropy(chance: Tensor) -> Tensor:
    """H(p) in nats."""
    return -(torch.xlogy(chance, chance) + torch.xlogy(1 - chance, 1 - chance))


def entropy(seen: Moments) -> Tensor:
    return binary_entropy(seen.chances() @ WEIGHTS)


def variance(seen: Moments) -> Tensor:
    return seen.variance.clone()


def information(seen: Moments) -> Tensor:
    chance = seen.chances()
    known = (binary_entropy(chance @ WEIGHTS) - binary_entropy(chance) @ WEIGHTS).clamp(min=0)
    return torch.where(seen.variance > 0, known, 0.0)  # what is left of rounding is no worth


def determinant(seen: Moments) -> Tensor:
    return 0.5 * torch.log1p(seen.told * seen.variance)


def decision(seen: Moments) -> Tensor:
    """For normal utilities, E[u | answer] moves along with E[d | answer]; so one quadrature over d gives it exactly."""
    chance, apart = seen.chances(), seen.differences() - seen.mean[:, None]
    likely = (chance @ WEIGHTS).clamp(1e-12, 1 - 1e-12)
    moved = (chance * apart) @ WEIGHTS  # P(first preferred) · E[d − mean | first preferred], and minus the same else
    slope = seen.cross / seen.variance.clamp(min=1e-300)[:, None]
    level = seen.level[seen.answers]
    after = likely * (level + slope * (moved / likely)[:, None]).amax(1)
    after = after + (1 - likely) * (level - slope * (moved / (1 - likely))[:, None]).amax(1)
    return torch.where(seen.variance > 0, (after - level.amax(1)).clamp(min=0), 0.0)


def exploration(seen: Moments) -> Tensor:
    level, spread = seen.level[seen.answers], BOUND * seen.own[seen.answers].sqrt()
    bound = level + spread
    wide = (bound.amax(1) - (level - spread).amax(1)).clamp(min=0)
    best = seen.answers.gather(1, bound.argmax(1, keepdim=True))[:, 0]
    return torch.where((seen.first == best) | (seen.second == best), wide, 0.0)


RULES: dict[str, Rule] = {
    "information": information,
    "decision": decision,
    "determinant": determinant,
    "exploration": exploration,
    "variance": variance,
    "entropy": entropy,
}
