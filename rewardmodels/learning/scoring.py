"""A saved reward model, ready to score: `reward.json` says of which form it is, and the form knows how to open it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lm import backbones, encoding
from lm.adapters import Shape
from lm.backbones import Backbone
from lm.rendering import Renderer
from rewardmodels.learning import folder as folders
from rewardmodels.learning.composition import composed
from rewardmodels.learning.composition.composed import Opening
from rewardmodels.learning.ensembles import keeping, tuned_scoring
from rewardmodels.learning.ensembles import scoring as ensembles
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.ensembles.scoring import EnsembleReward
from rewardmodels.learning.ensembles.tuned_scoring import AdaptersReward, BackbonesReward, Whole
from rewardmodels.learning.heads import Head
from rewardmodels.learning.rewards import Find, Items, Reward, Score, nothing_in_memory


@dataclass(frozen=True)
class HeadReward:
    """One head on one backbone."""

    backbone: Backbone
    head: Head
    renderer: Renderer
    own: dict[str, Any]

    @property
    def unit(self) -> str:
        return str(self.own["unit"])

    def backbones(self) -> list[Backbone]:
        return [self.backbone]

    def modules(self) -> list[nn.Module]:
        return [self.backbone.model, self.head]

    @torch.inference_mode()
    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
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


def backbone_of(folder: Path, own: dict[str, Any], find: Find) -> Backbone:
    """The folder's backbone: one in memory with the same weights and tokenizer, or read from the folder."""
    fingerprint = str(own["backbone"]["fingerprint"])
    shared = find(fingerprint)
    if shared is not None:
        return shared
    return replace(backbones.open_folder(folder, str(own["backbone"]["name"])), fingerprint=fingerprint)


def open_head(folder: Path, own: dict[str, Any], find: Find) -> Reward:
    backbone = backbone_of(folder, own, find)
    head = folders.read_head(folder, backbone, float(own["offset"]))
    return HeadReward(backbone, head, renderer_of(backbone, own), own)


def open_composition(folder: Path, own: dict[str, Any], find: Find) -> Reward:
    opening = Opening(
        backbone=lambda inner, described: backbone_of(inner, described, find),
        renderer=renderer_of,
        reward=lambda inner: open_folder(inner, find),
    )
    return composed.open_folder(folder, own, opening)


Opener = Callable[[Path, dict[str, Any], Find], Reward]


def open_ensemble(folder: Path, own: dict[str, Any], find: Find) -> Reward:
    backbone = backbone_of(folder, own, find)
    members = ensembles.read_members(folder, int(own["settings"]["members"]), backbone.family)
    how = Combination(**own["combination"])
    return EnsembleReward(how, renderer_of(backbone, own), own, backbone, members)


def open_tuned_ensemble(folder: Path, own: dict[str, Any], find: Find) -> Reward:
    how, settings = Combination(**own["combination"]), own["settings"]
    if own["base"] is None:
        inner = [folder / keeping.MEMBERS / str(number) for number in range(len(own["offsets"]))]
        opened = [open_head(one, folders.read_own(one), find) for one in inner]
        members = [Whole(one.backbone, one.head) for one in opened if isinstance(one, HeadReward)]
        return BackbonesReward(how, renderer_of(members[0].backbone, own), own, members)
    base = backbone_of(folder / keeping.BASE, {"backbone": own["base"]}, find)
    adapted = tuned_scoring.read_adapters(folder, base, own["offsets"])
    shape = Shape(settings["rank"], settings["alpha"])
    return AdaptersReward(how, renderer_of(base, own), own, base, adapted, shape)


# What `form` of reward.json says → how such a folder is opened.
FORMS: dict[str, Opener] = {
    "head": open_head,
    "composition": open_composition,
    "ensemble": open_ensemble,
    keeping.FORM: open_tuned_ensemble,
}


def open_folder(folder: Path, find: Find = nothing_in_memory) -> Reward:
    """The reward in a folder, on a backbone that is in memory already where `find` knows one."""
    own = folders.read_own(folder)
    form = str(own.get("form", "head"))
    if form not in FORMS:
        raise folders.Damaged(f"The model's {folders.OWN} speaks of a form that is not known here: {form[:80]}.")
    return FORMS[form](folder, own, find)
