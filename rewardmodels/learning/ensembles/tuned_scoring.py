"""A saved ensemble whose members learned a backbone, ready to score: adapters over one backbone, or backbones each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING

from lm import adapters, encoding, swapping
from lm.adapters import Shape
from lm.backbones import Backbone
from lm.sharing import Text
from rewardmodels.learning import heads
from rewardmodels.learning.ensembles.keeping import MEMBERS
from rewardmodels.learning.ensembles.scoring import MembersReward
from rewardmodels.learning.heads import Head


class Adapter(NamedTuple):
    """A member: what it adds to the backbone, and its head."""

    matrices: nn.ParameterDict  # by the names of the backbone's projections, written with “/” for “.”
    head: Head


@dataclass(frozen=True)
class AdaptersReward(MembersReward):
    """Members that learned adapters: one backbone in memory, read once for each."""

    backbone: Backbone
    members: Sequence[Adapter]
    shape: Shape

    def backbones(self) -> list[Backbone]:
        return [self.backbone]

    def modules(self) -> list[nn.Module]:
        return [self.backbone.model, *(part for member in self.members for part in member)]

    @cached_property
    def _own(self) -> Any:
        """The backbone's weights in a structure that nobody else reads through."""
        return swapping.around(self.backbone.model)

    def said(self, texts: Sequence[Text], *, budget: int) -> Tensor:
        own = Backbone(**{**vars(self.backbone), "model": self._own})
        rows = []
        for member in self.members:
            matrices = {name.replace("/", "."): value for name, value in member.matrices.items()}
            with swapping.put_on(own.model, matrices, self.shape):
                rows.append(member.head(encoding.states(own, texts, budget=budget).cpu()))
        return torch.stack(rows)


class Whole(NamedTuple):
    """A member: its backbone and its head."""

    backbone: Backbone
    head: Head


@dataclass(frozen=True)
class BackbonesReward(MembersReward):
    """Members that learned all weights: as many backbones in memory."""

    members: Sequence[Whole]

    def backbones(self) -> list[Backbone]:
        return [member.backbone for member in self.members]

    def modules(self) -> list[nn.Module]:
        return [part for member in self.members for part in (member.backbone.model, member.head)]

    def said(self, texts: Sequence[Text], *, budget: int) -> Tensor:
        found = [member.head(encoding.states(member.backbone, texts, budget=budget).cpu()) for member in self.members]
        return torch.stack(found)


def read_adapters(folder: Path, backbone: Backbone, offsets: Sequence[float]) -> list[Adapter]:
    """Every member; a missing or unexpected tensor is an error (T6)."""
    classifier: Any = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(backbone.model.config)]
    found = []
    for number, offset in enumerate(offsets):
        matrices, head = adapters.read(folder / MEMBERS / str(number), classifier.base_model_prefix)
        expected = {name for name, _ in backbone.model.named_modules()}
        if not matrices or {name.partition(".lora_")[0] for name in matrices} - expected:
            raise ValueError(f"Member {number} has no adapter, or one that fits another backbone.")
        held = nn.ParameterDict({name.replace(".", "/"): nn.Parameter(value, requires_grad=False)
                                 for name, value in matrices.items()})  # fmt: skip
        found.append(Adapter(held, heads.from_tensors(head, backbone.family, offset)))
    return found
