"""Where members that learn a backbone are put as each is done, so that none learns twice; and what one is."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from rewardmodels.learning import checkpoints
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.observing import Observer

START = "start"


@dataclass(frozen=True)
class Shelf:
    """A folder: what members begin with, each that is done, and a checkpoint of the one that is learning."""

    folder: Path

    def keep(self, name: str | int, state: State) -> None:
        checkpoints.save(self._place(name), state)

    def find(self, name: str | int) -> State | None:
        return checkpoints.load(self._place(name))

    def get(self, number: int) -> State:
        """A member that is done."""
        found = self.find(number)
        if found is None:
            raise OSError(f"Member {number} of the ensemble cannot be read again from {self.folder}.")
        return found

    def underway(self, number: int) -> Path:
        return self.folder / f"member-{number}.underway.safetensors"

    def _place(self, name: str | int) -> Path:
        return self.folder / f"member-{name}.safetensors"


@contextmanager
def beside(observer: Observer) -> Iterator[Shelf]:
    """Beside the observer's checkpoint, for the next attempt; else for as long as this one lasts."""
    if observer.checkpoint is not None:
        yield Shelf(observer.checkpoint.parent)
        return
    with tempfile.TemporaryDirectory(prefix="members-") as folder:
        yield Shelf(Path(folder))


def state(step: int, head: Any, weights: dict[str, Tensor], utilities: Tensor, trail: dict[str, Any]) -> State:
    """A member that is done: its head, what it learned of the backbone, what it says of all candidates."""
    tensors = {"utilities": utilities} | {f"head.{name}": value for name, value in head.state_dict().items()}
    return State(step, tensors | {f"weights.{name}": value for name, value in weights.items()}, {"trail": trail})
