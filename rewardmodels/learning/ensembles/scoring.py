"""A saved ensemble, ready to score: one pass of the backbone, then every member's head."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lm import encoding
from lm.backbones import Backbone
from lm.families import Family
from lm.rendering import Renderer
from lm.sharing import Text
from rewardmodels.learning import heads
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.heads import Head
from rewardmodels.learning.rewards import Items, Score

MEMBERS = "members.safetensors"


@dataclass(frozen=True)
class MembersReward:
    """What several members say of each text, and how that becomes one reward."""

    how: Combination
    renderer: Renderer
    own: dict[str, Any]

    @property
    def unit(self) -> str:
        return str(self.own["unit"])

    def said(self, texts: Sequence[Text], *, budget: int) -> Tensor:  # → (members, texts) fp32
        raise NotImplementedError

    @torch.inference_mode()
    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        """Components are the members' mean and what caution takes from it; they add up to the reward."""
        texts = [self.renderer.render(prompt, response) for prompt, response in items]
        said = self.said(texts, budget=budget)
        rewards, means, spreads = self.how(said), said.mean(0), self.how.spread(said)
        temperature = float(self.own["calibration"]["temperature"])
        return [
            Score(reward, reward / temperature, len(text.ids), text.is_whole, spread, self.components(mean, reward))
            for text, reward, mean, spread in zip(
                texts, rewards.tolist(), means.tolist(), spreads.tolist(), strict=True
            )
        ]

    def components(self, mean: float, reward: float) -> dict[str, float]:
        return {} if self.how.name == "mean" else {"mean": mean, "caution": reward - mean}


@dataclass(frozen=True)
class EnsembleReward(MembersReward):
    """Several heads on one backbone."""

    backbone: Backbone
    members: Sequence[Head]

    def backbones(self) -> list[Backbone]:
        return [self.backbone]

    def modules(self) -> list[nn.Module]:
        return [self.backbone.model, *self.members]

    def said(self, texts: Sequence[Text], *, budget: int) -> Tensor:
        states = encoding.states(self.backbone, texts, budget=budget).cpu()
        return torch.stack([member(states) for member in self.members])


def save_members(folder: Path, members: Sequence[Head], family: Family) -> None:
    """Every member's tensors under its number, fp32."""
    named: dict[str, Tensor] = {}
    for number, member in enumerate(members):
        tensors, offset = heads.tensors(member, family)
        named |= {f"{number}.{name}": tensor for name, tensor in tensors.items()}
        named[f"{number}.offset"] = torch.tensor([offset], dtype=torch.float64)
    save_file(named, folder / MEMBERS, metadata={"format": "pt"})


def read_members(folder: Path, count: int, family: Family) -> list[Head]:
    """The members back; a missing or unexpected tensor is an error (T6)."""
    named = load_file(folder / MEMBERS)
    found = []
    for number in range(count):
        prefix = f"{number}."
        own = {name.removeprefix(prefix): named.pop(name) for name in sorted(named) if name.startswith(prefix)}
        if "offset" not in own:
            raise ValueError(f"{MEMBERS} lacks member {number}.")
        offset = float(own.pop("offset")[0])
        found.append(heads.from_tensors(own, family, offset))
    if named:
        raise ValueError(f"{MEMBERS} holds tensors of no member: {sorted(named)[:3]}.")
    return found
