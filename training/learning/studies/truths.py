"""Functions of the text world's facts as rewards: the gold, its control, components, and linear proxies."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from lm.backbones import Backbone
from rewardmodels.learning.rewards import Items, Score
from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.grammar import Floats
from rewardmodels.learning.world.oracle import Scorer
from rewardmodels.learning.world.parser import parse_all


@dataclass(frozen=True)
class Truth:
    """A score of the facts of an answer, as a reward that is exact and simulated."""

    name: str
    scorer: Scorer
    unit: str = "simulated"

    @property
    def own(self) -> dict[str, Any]:
        return {"form": "truth", "name": self.name, "unit": self.unit}

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        return [
            Score(float(value), float(value), tokens=0, is_whole=True) for value in values(self.scorer, items).tolist()
        ]

    def backbones(self) -> Iterable[Backbone]:
        return ()

    def modules(self) -> Iterable[nn.Module]:
        return ()


def values(scorer: Scorer, items: Items) -> Floats:
    """(items,)"""
    requests = [prompts.read(prompt) for prompt, _ in items]
    facts = parse_all([text for _, text in items], [request.wanted for request in requests])
    stakes = np.array([float(request.stake) for request in requests])
    return np.asarray(scorer(facts, stakes), dtype=np.float64)
