"""What lies in the folder of an ensemble beside the model that other tools read: every member, ready to be opened.

Members that learned adapters stand on one backbone, which is linked; peft opens each on it. A member that learned all
weights is a folder that transformers opens by itself.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lm import adapters
from lm.adapters import Shape
from lm.backbones import Backbone
from rewardmodels.learning import folder as folders
from rewardmodels.learning import heads
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.ensembles import averaging
from rewardmodels.learning.ensembles.shelf import Shelf
from rewardmodels.learning.fitting import taken
from rewardmodels.learning.heads import Head
from rewardmodels.learning.settings.kinds import Ensemble

FORM = "tuned_ensemble"
MEMBERS, BASE = "members", "backbone"


def form_of(backbone: Backbone, settings: Ensemble) -> dict[str, Any]:
    """What reward.json says of how the members are opened."""
    base = {"name": backbone.name, "fingerprint": backbone.fingerprint}
    return {"form": FORM, "base": base if settings.mode == "lora" else None}


def write_members(
    members: list[Head], backbone: Backbone, commission: Commission, kept: Shelf, own: dict[str, Any]
) -> None:
    """Each in a folder of its own under its number; the constants that their logits lack are noted in `own`."""
    settings = commission.settings
    assert isinstance(settings, Ensemble)
    if settings.mode == "lora":
        folders.write_base(commission.folder / BASE, backbone, commission.shards, settings.max_length)
    write = write_adapter if settings.mode == "lora" else write_whole
    own["offsets"] = []
    for number, head in enumerate(members):
        place, weights = commission.folder / MEMBERS / str(number), taken(kept.get(number).tensors, "weights.")
        own["offsets"].append(write(place, head, backbone, weights, own))


def write_adapter(
    folder: Path, head: Head, backbone: Backbone, matrices: dict[str, Tensor], own: dict[str, Any]
) -> float:
    tensors, offset = heads.tensors(head, backbone.family)
    shape = Shape(own["settings"]["rank"], own["settings"]["alpha"])
    adapters.write(folder, matrices, tensors, folders.base_of(backbone), shape)
    return offset


def write_whole(folder: Path, head: Head, backbone: Backbone, weights: dict[str, Tensor], own: dict[str, Any]) -> float:
    """A reward of one head by itself, in the ensemble's unit."""
    learned = averaging.with_weights(backbone, weights)
    alike = {name: own[name] for name in ("format", "unit", "rendering", "calibration", "source")}
    described = {"name": learned.name, "fingerprint": learned.fingerprint}
    return folders.write(folder, head, learned, {**alike, "form": "head", "backbone": described}, shards=None)


def head_of(state: dict[str, Tensor], like: Head) -> Head:
    """A member's head as it was put on the shelf, fp64."""
    head = Head(like.out.in_features, like.activation).double()
    head.load_state_dict(taken(state, "head."))
    with torch.no_grad():
        head.out.bias.zero_()
    return head
