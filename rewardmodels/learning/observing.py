"""How a fit speaks with whoever waits for it: phases, measurements, words. Each may raise to end the fit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path


def ignore_phase(name: str, share: float) -> None:
    """Nobody watches."""


def ignore_measurements(step: int, values: dict[str, float]) -> None:
    """Nobody watches."""


def ignore_words(text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Observer:
    phase: Callable[[str, float], None] = ignore_phase  # what is being done, and the share of the whole that is done
    report: Callable[[int, dict[str, float]], None] = ignore_measurements
    say: Callable[[str], None] = ignore_words
    resumed: Callable[[int], None] = lambda step: None  # the fit goes on behind this step
    checkpoint: Path | None = None
    every: int = 20  # steps between checkpoints


NOBODY = Observer()


def part(observer: Observer, begin: float, end: float) -> Observer:
    """For work that is a part of the whole: its own share of 0 to 1 lies between `begin` and `end`."""
    return replace(observer, phase=lambda name, share: observer.phase(name, begin + (end - begin) * share))
