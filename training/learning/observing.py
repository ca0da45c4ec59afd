"""How a run speaks with whoever waits for it: as a fit does, and by samples, kept checkpoints and alarms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from lm.templates import Conversation
from rewardmodels.learning.observing import Observer


class SampleRow(TypedDict):
    """An answer of the policy at a step, beside the reference's to the same prompt."""

    prompt: Conversation
    response: str
    reference: str
    rewards: dict[str, float]  # by component, raw
    kl: float | None  # nats of this response, where it is known


def ignore_samples(step: int, rows: Sequence[SampleRow]) -> None:
    """Nobody reads."""


def ignore_kept(step: int, folder: Path, figures: dict[str, float]) -> None:
    """Nobody keeps."""


def ignore_alarm(name: str, step: int, sentence: str) -> None:
    """Nobody hears."""


def ignore_saving() -> None:
    """Nobody writes anything down."""


@dataclass(frozen=True)
class RunObserver(Observer):
    """`phase`, `report`, `say` and `resumed` as for a fit; each hook may raise to end the run."""

    samples: Callable[[int, Sequence[SampleRow]], None] = ignore_samples
    kept: Callable[[int, Path, dict[str, float]], None] = ignore_kept  # a checkpoint is whole
    alarm: Callable[[str, int, str], None] = ignore_alarm  # once for each alarm that begins
    saving: Callable[[], None] = ignore_saving  # a state is about to be kept: what was reported is not reported again


NOBODY = RunObserver()
