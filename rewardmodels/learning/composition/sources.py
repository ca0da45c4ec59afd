"""Where features come from: the writing itself, heads for rated aspects, a judge, other reward models.

Each source measures named columns of any answers, in training and in scoring alike. NaN is a feature that could not be
had of an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lm import encoding
from lm.backbones import Backbone
from lm.rendering import Renderer
from rewardmodels.learning.composition import attributes, writing
from rewardmodels.learning.composition.attributes import Attribute
from rewardmodels.learning.composition.judges import Judge, Local
from rewardmodels.learning.composition.memory import Remembers
from rewardmodels.learning.composition.rated import Head
from rewardmodels.learning.rewards import Items, Reward

Floats = NDArray[np.float64]
Report = Callable[[float], None]
WRITING, RATED, JUDGED, MODEL = "writing", "rated", "judged", "model"
AT_ONCE = 512  # answers that another reward model scores in one call


def unwatched(share: float) -> None:
    """Nobody watches."""


class Column(NamedTuple):
    """A feature as people and reward.json know it."""

    name: str
    group: str
    title: str
    description: str


class Measured(NamedTuple):
    values: Floats  # (items, columns), NaN where missing
    tokens: NDArray[np.int64]  # (items,) read by models of this machine that belong to the reward
    is_whole: NDArray[np.bool_]  # (items,) nothing was cut


class Source(Protocol):
    @property
    def columns(self) -> Sequence[Column]: ...

    def measure(self, items: Items, report: Report = unwatched) -> Measured: ...

    def modules(self) -> Sequence[nn.Module]:
        """What it keeps in memory."""


@dataclass(frozen=True)
class Writing:
    """Features that need no model."""

    features: Sequence[writing.Feature] = writing.FEATURES

    @property
    def columns(self) -> list[Column]:
        return [Column(f"{WRITING}:{one.name}", WRITING, one.title, one.description) for one in self.features]

    def measure(self, items: Items, report: Report = unwatched) -> Measured:
        found = np.empty((len(items), len(self.features)))
        for number, (prompt, response) in enumerate(items):
            if number % AT_ONCE == 0:
                report(number / len(items))
            found[number] = [one.measure(prompt, response) for one in self.features]
        return Measured(found, np.zeros(len(items), dtype=np.int64), np.ones(len(items), dtype=np.bool_))

    def modules(self) -> list[nn.Module]:
        return []


def aspect_column(aspect: str) -> Column:
    return Column(f"{RATED}:{aspect}", RATED, aspect, "As people would rate it, told from the text by a learned head.")


@dataclass(frozen=True)
class Aspects:
    """Heads for rated aspects on one backbone."""

    backbone: Backbone
    renderer: Renderer
    heads: dict[str, Head]
    budget: int = 8_192

    @property
    def columns(self) -> list[Column]:
        return [aspect_column(aspect) for aspect in self.heads]

    @torch.inference_mode()
    def measure(self, items: Items, report: Report = unwatched) -> Measured:
        texts = [self.renderer.render(prompt, response) for prompt, response in items]
        found = predict(self.heads, encoding.states(self.backbone, texts, budget=self.budget).cpu().numpy())
        report(1.0)
        tokens, whole = [len(text.ids) for text in texts], [text.is_whole for text in texts]
        return Measured(found, np.array(tokens, dtype=np.int64), np.array(whole, dtype=np.bool_))

    def modules(self) -> list[nn.Module]:
        return [self.backbone.model]


def predict(heads: dict[str, Head], states: NDArray[np.float32]) -> Floats:  # (n, width) → (n, aspects)
    return np.stack([head.predict(states.astype(np.float64)) for head in heads.values()], 1)


def judged_column(attribute: Attribute) -> Column:
    scale = f"Rated by a language model: {attribute.clause}; 1 means {attribute.low}, 10 means {attribute.high}."
    return Column(f"{JUDGED}:{attribute.name}", JUDGED, attribute.title, scale)


@dataclass(frozen=True)
class Judged:
    """Attributes that a language model rates; what it said once is remembered."""

    judge: Judge
    memory: Remembers
    template: str
    attributes: Sequence[Attribute] = attributes.ATTRIBUTES

    @property
    def columns(self) -> list[Column]:
        return [judged_column(attribute) for attribute in self.attributes]

    def measure(self, items: Items, report: Report = unwatched) -> Measured:
        asked = [
            attributes.question(self.template, attribute, prompt, response)
            for prompt, response in items
            for attribute in self.attributes
        ]
        answers = self.memory.rate(self.judge, asked, lambda done, total: report(done / max(total, 1)))
        numbers = [np.nan if answer is None else answer for answer in answers]
        values = np.array(numbers, dtype=np.float64).reshape(len(items), len(self.attributes))
        whole = [attributes.is_quoted_whole(prompt, response) for prompt, response in items]
        return Measured(values, np.zeros(len(items), dtype=np.int64), np.array(whole, dtype=np.bool_))

    def modules(self) -> list[nn.Module]:
        return [self.judge.model.model] if isinstance(self.judge, Local) else []


class Part(NamedTuple):
    """Another reward model as a feature."""

    name: str
    title: str
    reward: Reward


@dataclass(frozen=True)
class Models:
    """The utilities of other reward models."""

    parts: Sequence[Part]

    @property
    def columns(self) -> list[Column]:
        return [
            Column(f"{MODEL}:{part.name}", MODEL, part.title, f"What another reward model says, in {part.reward.unit}.")
            for part in self.parts
        ]

    def measure(self, items: Items, report: Report = unwatched) -> Measured:
        found = np.empty((len(items), len(self.parts)))
        tokens, whole = np.zeros(len(items), dtype=np.int64), np.ones(len(items), dtype=np.bool_)
        for number, part in enumerate(self.parts):
            for start in range(0, len(items), AT_ONCE):
                report((number + start / len(items)) / len(self.parts))
                scores, place = part.reward.score(items[start : start + AT_ONCE]), slice(start, start + AT_ONCE)
                found[place, number] = [score.reward for score in scores]
                tokens[place] += [score.tokens for score in scores]
                whole[place] &= [score.is_whole for score in scores]
        return Measured(found, tokens, whole)

    def modules(self) -> list[nn.Module]:
        return [module for part in self.parts for module in part.reward.modules()]


def measure(sources: Sequence[Source], items: Items, reports: Sequence[Report] = ()) -> Measured:
    """All columns side by side; (items, 0) where there is no source."""
    count = len(items)
    found = [
        source.measure(items, report)
        for source, report in zip(sources, reports or [unwatched] * len(sources), strict=True)
    ]
    return Measured(
        np.concatenate([np.empty((count, 0)), *(one.values for one in found)], 1),
        np.sum([np.zeros(count, dtype=np.int64), *(one.tokens for one in found)], axis=0),
        np.all([np.ones(count, dtype=np.bool_), *(one.is_whole for one in found)], axis=0),
    )
