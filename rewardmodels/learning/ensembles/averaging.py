"""One backbone out of several that were learned from the same one: the mean of their weights (Ramé et al., 2024).

Weights that have not gone far are nearly straight in what they say, so the mean of the weights says nearly the mean of
what each says; a head distilled on it makes up for a part of the rest.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from lm import hashing, swapping
from lm.adapters import Shape
from lm.backbones import Backbone
from rewardmodels.learning.ensembles.shelf import Shelf
from rewardmodels.learning.fitting import taken
from rewardmodels.learning.settings.kinds import Ensemble


def averaged(backbone: Backbone, settings: Ensemble, kept: Shelf) -> Backbone:
    """A copy of the backbone with the members' mean weights, fp32."""
    return with_weights(backbone, mean(weights_of(backbone, settings, kept)))


def weights_of(backbone: Backbone, settings: Ensemble, kept: Shelf) -> Iterator[dict[str, Tensor]]:
    """Each member's weights where it learned some, by their names in the backbone."""
    for number in range(settings.members):
        found = taken(kept.get(number).tensors, "weights.")
        if settings.mode == "lora":
            shape = Shape(settings.rank, settings.alpha)
            changed = swapping.merged(backbone.model, found, shape)
            found = {f"{name}.weight": weight.cpu() for name, weight in changed.items()}
        yield found


def mean(members: Iterator[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """One member after another, so that two are in memory at once and never all."""
    found: dict[str, Tensor] = {}
    for number, weights in enumerate(members):
        for name, value in weights.items():
            if name in found and value.is_floating_point():
                found[name] += (value - found[name]) / (number + 1)
            elif name not in found:
                found[name] = value.clone()
    return found


@torch.no_grad()
def with_weights(backbone: Backbone, weights: Mapping[str, Tensor]) -> Backbone:
    """A copy of the backbone in which these weights stand in place of its own."""
    own = replace(backbone, model=copy.deepcopy(backbone.model))
    named = own.model.state_dict()
    for name, value in weights.items():
        named[name].copy_(value)
    own.model.requires_grad_(False)
    return replace(own, fingerprint=hashing.tensors_sha256(own.model.state_dict()))
