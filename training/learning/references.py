"""What the components say of the reference's answers to the run's prompts: sampled when first asked for, then kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from training.learning import rewards, rollouts
from training.learning.commissions import Commission
from training.learning.policies import Policy


@dataclass
class References:
    """By prompt's number, then by component: m scores."""

    kept: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def of(self, places: Sequence[int], commission: Commission, policy: Policy, budget: int) -> dict[str, Tensor]:
        """(prompts, m) by component; (prompts, 0) where the transform needs none."""
        count = commission.settings.references_needed
        if not count:
            return {name: torch.zeros(len(places), 0).double() for name in commission.rewards}
        fresh = sorted({place for place in places if str(place) not in self.kept})
        if fresh:
            self.kept |= sampled(fresh, count, commission, policy, budget)
        return {
            name: torch.tensor([self.kept[str(place)][name] for place in places], dtype=torch.float64)
            for name in commission.rewards
        }

    def state(self) -> dict[str, Any]:
        return {"kept": self.kept}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.kept = dict(state["kept"])


def sampled(
    places: Sequence[int], count: int, commission: Commission, policy: Policy, budget: int
) -> dict[str, dict[str, list[float]]]:
    longest, seed = commission.settings.max_new_tokens, commission.seed
    numbers = [rollouts.numbers(longest, seed, "reference", place, one) for place in places for one in range(count)]
    asked = [commission.prompts[place] for place in places]
    rollout = rollouts.sample(policy, asked, torch.stack(numbers), budget, of_reference=True)
    scored = rewards.of_rollout(commission.rewards, rollout, budget)
    tables = {name: one.rewards.view(len(places), count).tolist() for name, one in scored.items()}
    return {str(place): {name: table[row] for name, table in tables.items()} for row, place in enumerate(places)}
