"""From a backbone as it came to one that was learned: a copy, adapters or all weights, the merge, its states."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from lm import adapters, encoding, hashing, norming, recomputing
from lm.adapters import Shape
from lm.backbones import Backbone
from lm.sharing import Text
from rewardmodels.learning import keys
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.finetuning import Trail
from rewardmodels.learning.heads import Head
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.settings.common import Tunable
from rewardmodels.learning.settings.fields import SettingError

MOST_COMPARED = 256  # answers whose scores before and after the merge are compared


class HasHead(Protocol):
    @property
    def head(self) -> Head: ...


Fitted = TypeVar("Fitted", bound=HasHead)
Tune = Callable[[Passes], tuple[Fitted, Trail]]  # learns through a backbone that may be changed


@dataclass(frozen=True)
class Body(Generic[Fitted]):
    """What a reward stands on: a backbone as it came or learned and merged, a head, the states of all texts."""

    backbone: Backbone
    fitted: Fitted
    states: Tensor  # (candidates, width) fp32
    tuning: dict[str, Any] = field(default_factory=dict)  # how the backbone was learned; empty where it is as it came
    matrices: dict[str, Tensor] = field(default_factory=dict)  # of adapters


@dataclass(frozen=True)
class Subject:
    """The texts that a backbone reads, and by which seed adapters are drawn."""

    backbone: Backbone
    texts: Sequence[Text]
    seed: int


def learn(settings: Tunable, subject: Subject, tune: Tune[Fitted], observer: Observer) -> Body[Fitted]:
    """The copy of the backbone that the settings ask for; the one given stays as it is."""
    backbone, texts = subject.backbone, subject.texts
    check_precision(settings, backbone)
    own = replace(backbone, model=copy.deepcopy(backbone.model))
    prepare(own.model, settings, subject.seed)
    fitted, trail = tune(Passes(own, texts, settings.pass_tokens, is_half=settings.precision == "bf16"))
    recomputing.end(own.model)
    norming.end(own.model)
    tuning = {"mode": settings.mode, "base": backbone.fingerprint, **asdict(trail)}
    matrices = adapters.matrices(own.model)
    if matrices:
        tuning["merge_difference"] = merge(own, fitted.head, texts)
    own.model.requires_grad_(False)
    own = replace(own, fingerprint=hashing.tensors_sha256(own.model.state_dict()))
    return Body(own, fitted, states_of(own, texts, observer), tuning, matrices)


def check_precision(settings: Tunable, backbone: Backbone) -> None:
    if settings.precision == "bf16" and backbone.model.device.type != "cuda":
        raise SettingError("precision", "bf16 needs a CUDA device, and this worker has none; choose fp32.")


def prepare(model: Any, settings: Tunable, seed: int) -> None:
    """Say what is learned, whether layers are computed again on the way back, and how norms are computed."""
    if settings.mode == "lora":
        adapters.put_in(model, Shape(settings.rank, settings.alpha), seed=keys.number(seed, "adapters"))
    else:
        model.requires_grad_(True)
    if settings.recompute:
        recomputing.begin(model)
    if settings.precision == "bf16":
        norming.begin(model)


@torch.no_grad()
def merge(backbone: Backbone, head: Head, texts: Sequence[Text]) -> float:
    """Merge the adapters; by how much the score of an answer moved at most."""
    some = texts[:: max(1, len(texts) // MOST_COMPARED)]
    before = head(encoding.states(backbone, some).cpu().double())
    adapters.merge(backbone.model)
    after = head(encoding.states(backbone, some).cpu().double())
    return float((after - before).abs().max())


@torch.no_grad()
def states_of(backbone: Backbone, texts: Sequence[Text], observer: Observer) -> Tensor:
    """(texts, width) fp32"""
    states = torch.empty(len(texts), backbone.width)
    done = 0
    for part in encoding.parts(backbone, texts, 8_192):
        states[part.places] = part.states.cpu()
        done += len(part.places)
        observer.phase("Encoding with the learned backbone", 0.8 + 0.1 * done / len(texts))
    if not bool(torch.isfinite(states).all()):
        raise Unlearnable(
            "The learned backbone gives hidden states that are not numbers; choose smaller learning rates."
        )
    return states
