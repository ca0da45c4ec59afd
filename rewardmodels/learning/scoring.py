"""A saved reward model, ready to score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from lm import backbones, encoding
from lm.backbones import Backbone
from lm.rendering import Renderer
from lm.templates import Conversation
from rewardmodels.learning import folder as folders
from rewardmodels.learning.heads import Head


class Score(NamedTuple):
    """One answer's utility; higher is better."""

    reward: float  # uncalibrated, as the exported logits (plus the offset that a decoder's head cannot hold)
    calibrated: float  # divided by the temperature: differences are log odds of being preferred
    tokens: int
    is_whole: bool  # nothing was cut to fit the limits


@dataclass(frozen=True)
class Reward:
    """A utility of (prompt, response)."""

    backbone: Backbone
    head: Head
    renderer: Renderer
    own: dict[str, Any]

    @property
    def unit(self) -> str:
        return str(self.own["unit"])

    @torch.inference_mode()
    def score(self, items: Sequence[tuple[Conversation, str]], *, budget: int = 8_192) -> list[Score]:
        """Scores in the order of the items."""
        texts = [self.renderer.render(prompt, response) for prompt, response in items]
        utilities = self.head(encoding.states(self.backbone, texts, budget=budget).cpu()).numpy()
        temperature = float(self.own["calibration"]["temperature"])
        return [
            Score(float(utility), float(utility) / temperature, len(text.ids), text.is_whole)
            for utility, text in zip(utilities, texts, strict=True)
        ]


def renderer_of(backbone: Backbone, own: dict[str, Any]) -> Renderer:
    rendering = own["rendering"]
    return Renderer(backbone.tokenizer, backbone.template, rendering["max_length"], rendering["max_prompt"])


def open_folder(folder: Path, backbone: Backbone | None = None) -> Reward:
    """The reward in a folder; with a backbone of the same fingerprint already in memory, only the head is read."""
    own = folders.read_own(folder)
    if backbone is None:
        read = backbones.open_folder(folder, str(own["backbone"]["name"]))
        backbone = replace(read, fingerprint=str(own["backbone"]["fingerprint"]))
    head = folders.read_head(folder, backbone, float(own["offset"]))
    return Reward(backbone, head, renderer_of(backbone, own), own)
