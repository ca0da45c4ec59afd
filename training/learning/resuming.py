"""What a run goes on from: weights and optimiser, its parts' states, and the checkpoints that a rule still keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from training.learning import checkpoints, keeping, processes
from training.learning.commissions import Commission, Unrunnable
from training.learning.critics import Critic
from training.learning.policies import Policy


class Part(Protocol):
    """Something that moves with the run."""

    def state(self) -> dict[str, Any]:
        """Plain values."""

    def restore(self, state: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class Standing:
    """All that has to be as it was."""

    commission: Commission
    policy: Policy
    optimiser: torch.optim.Optimizer
    parts: Mapping[str, Part]
    critic: Critic | None

    def save(self, step: int, why: str) -> None:
        """One file; `why` is what the run stops for, if it does."""
        numbers = {
            "commission": self.commission.described,
            **{name: part.state() for name, part in self.parts.items()},
            "critic": None if self.critic is None else self.critic.numbers(),
            "why": why,
        }
        beside = {} if self.critic is None else self.critic.tensors()
        checkpoints.save(self.commission.folder, step, self.policy.learned, self.optimiser, numbers, beside)

    def restore(self) -> tuple[int, str]:
        """(the step that the folder's state was written after, why the run stopped); 0 where there is none."""
        if processes.is_first():
            keeping.sweep(self.commission.folder)
        state = checkpoints.load(self.commission.folder)
        if state is None:
            return 0, ""
        numbers: dict[str, Any] = state.numbers
        if numbers["commission"] != plain(self.commission.described):
            raise Unrunnable("This folder holds another run: its settings, plan or seed are not the ones given.")
        checkpoints.restore(state, self.policy.learned, self.optimiser)
        for name, part in self.parts.items():
            part.restore(numbers[name])
        if self.critic is not None:
            self.critic.restore(state.tensors, numbers["critic"])
        return state.step, str(numbers["why"])

    def drop(self, wanted: set[int]) -> None:
        """Checkpoints that no rule keeps any more: neither wanted, nor every n-th."""
        if processes.is_first():
            every = self.commission.settings.keep_every
            kept = keeping.kept(self.commission.folder)
            keeping.drop(self.commission.folder, [one for one in kept if one not in wanted and one % every])


def plain(values: Any) -> Any:
    """As JSON would give it back."""
    if isinstance(values, dict):
        return {name: plain(one) for name, one in values.items()}
    return [plain(one) for one in values] if isinstance(values, list | tuple) else values
