"""Whether a proxy's gain still vouches for what it stands for (after Karwowski et al., arXiv 2310.09144).

In the space of functions of an answer under the reference, with that of prompts taken out, the policy has gone from the
reference by w − 1, where w is its likelihood ratio: of length √χ², and with a gain of the proxy ΔJ₁ = ⟨w − 1, R₁⟩. The
cosine of the angle between that way and the proxy is ΔJ₁ / (σ √χ²). A truth whose angle with the proxy is θ at most has
surely gained as well while this is above sin θ; below, some truth of that cone has lost. Where a proxy and a truth are
jointly normal, they agree on a pair of answers in the share 1 − θ/π of pairs (Sheppard, 1899), which gives θ.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from training.learning.settings.plan import Plan

SURE = 2.0  # standard errors of the paired difference


def angle(agreement: float) -> float:
    """θ between a proxy and what it stands for, from how often they agree on a pair of answers."""
    return math.pi * (1 - agreement)


def divergence(kl: float) -> float:
    """χ² of the policy to its reference, at least: 2 KL for small ones, and never below exp(KL) − 1 (Jensen)."""
    return max(2 * kl, math.expm1(min(kl, 700.0)))


def cosine(gain: float, deviation: float, chi2: float) -> float:
    """Of the angle between the way that the policy has gone and the proxy; 1 where it has gone nowhere."""
    way = deviation * math.sqrt(chi2)
    return gain / way if way > 0 else 1.0


def within(values: Sequence[float], samples: int) -> float:
    """The deviation of answers to the same prompt; groups of one tell only that of all together."""
    table = np.asarray(values, dtype=np.float64).reshape(-1, samples)
    if samples == 1:
        return float(table.std())
    return float(np.sqrt(table.var(1, ddof=1).mean()))


def can_be_told(plan: Plan) -> bool:
    """Whether the objective is a sum of rewards: what is pulled to a target is no reward of its own."""
    return bool(plan.weighted) and all(one.target is None for one in plan.weighted)


class Told(NamedTuple):
    cosine: float
    why: str  # a sentence where the run is to stop; else empty


@dataclass
class Cone:
    """The proxy at prompts held out before the first step, by prompt, and its deviation under the reference."""

    agreement: float | None  # of the proxy with what it stands for; None: it is not asked
    first: list[float] = field(default_factory=list)
    deviation: float = 0.0

    @property
    def needed(self) -> float:
        """sin θ"""
        assert self.agreement is not None
        return math.sin(angle(self.agreement))

    def begin(self, proxies: Sequence[float]) -> None:
        if not self.first:
            self.first = list(proxies)

    def learn_deviation(self, values: Sequence[float], samples: int) -> None:
        """From the answers of the first step, which are the reference's own."""
        if not self.deviation:
            self.deviation = within(values, samples)

    def look(self, proxies: Sequence[float], kl: float) -> Told | None:
        """At the same prompts again; nothing where the policy has not moved or the proxy never varies."""
        if not self.deviation or not kl > 0:
            return None
        gains = np.asarray(proxies) - np.asarray(self.first)
        gain, noise = float(gains.mean()), float(gains.std(ddof=1) / math.sqrt(len(gains))) if len(gains) > 1 else 0.0
        chi2 = divergence(kl)
        found = cosine(gain, self.deviation, chi2)
        if cosine(gain + SURE * noise, self.deviation, chi2) > self.needed:
            return Told(found, "")
        return Told(found, self.sentence(found, kl))

    def sentence(self, found: float, kl: float) -> str:
        return (
            f"At {kl:.3g} nats the proxy has gained {found:.2f} of the most that so long a way could bring it, surely "
            f"less than the {self.needed:.2f} up to which every truth that agrees with it on {self.agreement:.0%} of "
            "pairs must have gained too: its gain no longer vouches for anything."
        )

    def state(self) -> dict[str, Any]:
        return {"first": self.first, "deviation": self.deviation}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.first, self.deviation = list(state["first"]), float(state["deviation"])
