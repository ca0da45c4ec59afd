"""What is to be made, what was made, and what a way of making is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lm.backbones import Backbone
from rewardmodels.learning.composition.judges import Judge
from rewardmodels.learning.composition.memory import Remembers
from rewardmodels.learning.composition.sources import Part
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.common import Settings


@dataclass(frozen=True)
class Asking:
    """A language model that rates, and where its ratings are kept."""

    judge: Judge
    memory: Remembers


@dataclass(frozen=True)
class Ingredient:
    """Another reward model as a feature, and the sealed folder that it was opened from."""

    part: Part
    folder: Path
    sha256: str


@dataclass(frozen=True)
class Commission:
    """What is to be made, of what, and where it goes."""

    settings: Settings
    seed: int
    source: dict[str, Any]  # where the evidence comes from: {"sha256": …, "name": …}
    folder: Path
    cache: Path  # features of texts, kept between fits
    shards: Path  # weights of backbones, shared by folders
    judge: Asking | None = None  # of a composition
    parts: tuple[Ingredient, ...] = ()


@dataclass(frozen=True)
class Made:
    """A sealed folder's hash and what is known of the reward in it."""

    sha256: str
    unit: str
    metrics: dict[str, dict[str, Any]]  # by split
    calibration: dict[str, Any]
    details: dict[str, Any]  # what the limits cost, how the fit went, the reference set


Maker = Callable[[Evidence, Backbone, Commission, Observer], Made]
