"""Stepwise alignment under a constraint, SACPO (Wachi et al., arXiv 2404.11049): first what helps, then what is safe.

The best policy under a constraint on g is π ∝ π_r exp(λ g / β): the policy aligned with the reward, aligned once more
with the safety at strength β / λ, itself as the reference. The order does not matter, and more steps may follow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lm import causal
from lm.causal import Causal
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.rewards import Reward
from training.learning.direct import alignment
from training.learning.direct.alignment import Outcome
from training.learning.direct.settings.common import Direct, stepped


@dataclass(frozen=True)
class Step:
    """What one step learns from and how; its β is that of its settings over its multiplier."""

    rows: Iterable[Mapping[str, Any]]
    settings: Direct
    multiplier: float = 1.0  # λ of its constraint; the first step's is 1

    @property
    def own(self) -> Direct:
        return stepped(self.settings, self.multiplier)


def train(
    policy: Causal,
    steps: Sequence[Step],
    *,
    folder: Path,
    seed: int = 0,
    rewards: Mapping[str, Reward] | None = None,
    lineage: Mapping[str, Any] | None = None,
    observer: Observer = NOBODY,
) -> list[Outcome]:
    """Align step by step, each from the policy before it; steps that are done already are not done again."""
    chosen = [step.own for step in steps]
    outcomes: list[Outcome] = []
    for number, (step, own) in enumerate(zip(steps, chosen, strict=True)):
        place = folder / f"step-{number + 1}"
        outcomes.append(
            alignment.train(
                step.rows,
                policy if number == 0 else causal.open_folder(outcomes[-1].folder, str(outcomes[-1].folder)),
                own,
                folder=place,
                seed=seed,
                rewards=rewards,
                lineage=lineage,
                observer=part(observer, number / len(steps), (number + 1) / len(steps)),
            )
        )
    return outcomes
