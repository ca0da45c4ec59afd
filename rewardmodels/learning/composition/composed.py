"""A composition ready to score: sources, and the weighted sum over what they measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import nn

from lm.backbones import Backbone
from lm.rendering import Renderer
from rewardmodels.learning import folder as folders
from rewardmodels.learning.composition import aggregation, attributes, sources, writing
from rewardmodels.learning.composition.aggregation import Scale
from rewardmodels.learning.composition.judges import Judge, Unanswered
from rewardmodels.learning.composition.memory import Remembers
from rewardmodels.learning.composition.rated import Head
from rewardmodels.learning.composition.sources import Aspects, Judged, Models, Part, Source, Writing
from rewardmodels.learning.rewards import Items, Reward, Score

Floats = NDArray[np.float64]
ASPECTS, BACKBONE, MODELS = "aspects.safetensors", "backbone", "models"


@dataclass(frozen=True)
class Formula:
    """u = Σ weight · (feature − mean) / deviation over named features."""

    names: Sequence[str]
    scale: Scale
    weights: Floats

    def contributions(self, values: Floats) -> Floats:  # (items, features) → the same
        return aggregation.contributions(values, self.scale, self.weights)


@dataclass(frozen=True)
class Composed:
    """A reward whose every score is a sum that can be read."""

    sources: Sequence[Source]  # their columns are the formula's features, in order
    formula: Formula
    own: dict[str, Any]

    @property
    def unit(self) -> str:
        return str(self.own["unit"])

    @property
    def asks(self) -> dict[str, Any] | None:
        """The language model that must be given to it before it can score; None where it needs none."""
        return self.own["judge"] if any(isinstance(source, Judged) for source in self.sources) else None

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        """Components are what each feature adds: their sum is the reward. A missing feature adds 0."""
        given = [replace(source, budget=budget) if isinstance(source, Aspects) else source for source in self.sources]
        found = sources.measure(given, items)
        parts = self.formula.contributions(found.values)
        whole = found.is_whole & ~np.isnan(found.values).any(1)
        temperature = float(self.own["calibration"]["temperature"])
        return [
            Score(
                reward=float(row.sum()),
                calibrated=float(row.sum()) / temperature,
                tokens=int(tokens),
                is_whole=bool(is_whole),
                components=dict(zip(self.formula.names, row.tolist(), strict=True)),
            )
            for row, tokens, is_whole in zip(parts, found.tokens, whole, strict=True)
        ]

    def backbones(self) -> list[Backbone]:
        own = [source.backbone for source in self.sources if isinstance(source, Aspects)]
        parts = [part for source in self.sources if isinstance(source, Models) for part in source.parts]
        return [*own, *(backbone for part in parts for backbone in part.reward.backbones())]

    def modules(self) -> list[nn.Module]:
        return [module for source in self.sources for module in source.modules()]

    def with_judge(self, judge: Judge, memory: Remembers) -> "Composed":
        """The same reward with its language model; Damaged where that is not the one it was learned with."""
        if self.asks is None:
            return self
        if judge.key != self.asks["key"]:
            name = self.asks["name"]
            raise folders.Damaged(f"The language model {name} is not the one that this reward was learned with.")
        given = [
            replace(source, judge=judge, memory=memory) if isinstance(source, Judged) else source
            for source in self.sources
        ]
        return replace(self, sources=given)


@dataclass(frozen=True)
class NoJudge:
    """Stands where a language model has yet to be given."""

    name: str

    @property
    def key(self) -> str:
        return ""

    def rate(self, questions: Sequence[str]) -> list[float | None]:
        raise Unanswered(f"This reward asks the language model {self.name}, which was not given to it.")


class NoMemory:
    """Remembers nothing."""

    def rate(
        self, judge: Judge, questions: Sequence[str], report: Callable[[int, int], None] = lambda done, total: None
    ) -> list[float | None]:
        return judge.rate(questions)


@dataclass(frozen=True)
class Opening:
    """How the parts of a folder are opened, by whoever keeps backbones in memory."""

    backbone: Callable[[Path, dict[str, Any]], Backbone]
    renderer: Callable[[Backbone, dict[str, Any]], Renderer]
    reward: Callable[[Path], Reward]


def open_folder(folder: Path, own: dict[str, Any], opening: Opening) -> Composed:
    """The reward in a folder; where it asks a language model, that is still to be given."""
    used = [feature for feature in own["features"] if feature["computed"]]
    names = [str(feature["name"]) for feature in used]
    numbers = {key: np.array([feature[key] for feature in used]) for key in ("mean", "deviation", "weight")}
    formula = Formula(names, Scale(numbers["mean"], numbers["deviation"]), numbers["weight"])
    return Composed(sources_of(folder, own, named(names), opening), formula, own)


def named(names: Sequence[str]) -> dict[str, list[str]]:
    """The names within each group, in order."""
    groups: dict[str, list[str]] = {}
    for name in names:
        group, _, inner = name.partition(":")
        groups.setdefault(group, []).append(inner)
    return groups


def sources_of(folder: Path, own: dict[str, Any], groups: dict[str, list[str]], opening: Opening) -> list[Source]:
    """One source a group, in the order of the features."""

    def written(names: list[str]) -> Source:
        known = {feature.name: feature for feature in writing.FEATURES}
        return Writing([known[name] for name in names])

    def rated(names: list[str]) -> Source:
        backbone, tensors = opening.backbone(folder / BACKBONE, own), load_file(folder / ASPECTS)
        heads = {name: Head(tensors[f"{name}.weight"], float(tensors[f"{name}.bias"][0])) for name in names}
        return Aspects(backbone, opening.renderer(backbone, own), heads)

    def judged(names: list[str]) -> Source:
        asked = own["judge"]
        return Judged(
            NoJudge(asked["name"]), NoMemory(), asked["template"], [attributes.BY_NAME[name] for name in names]
        )

    def models(names: list[str]) -> Source:
        titles = {part["name"]: part["title"] for part in own["models"]}
        return Models([Part(name, titles[name], opening.reward(folder / MODELS / name)) for name in names])

    known = {sources.WRITING: written, sources.RATED: rated, sources.JUDGED: judged, sources.MODEL: models}
    try:
        return [known[group](names) for group, names in groups.items()]
    except KeyError as error:
        raise folders.Damaged(f"The model's {folders.OWN} names a feature that is not known here: {error}.") from error
