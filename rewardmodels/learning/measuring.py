"""How fast this machine computes with a backbone: a second of passes over random tokens."""

import copy
import time
from collections.abc import Callable
from dataclasses import replace

import torch

from lm import encoding
from lm.backbones import Backbone
from lm.rendering import Rendered
from rewardmodels.learning.estimating import BackboneFacts, Speed

LENGTH, TEXTS = 128, 8
LEAST_SECONDS = 0.5


def measure(backbone: Backbone, sizes: BackboneFacts) -> Speed:
    """Operations a second, without a gradient and with one; the backbone given stays as it is."""
    generator = torch.Generator().manual_seed(0)
    most = min(backbone.model.get_input_embeddings().num_embeddings, 1_000)
    drawn = torch.randint(0, most, (TEXTS, min(LENGTH, backbone.context)), generator=generator).tolist()
    texts = [Rendered(tuple(ids), 0) for ids in drawn]
    tokens = sum(len(text.ids) for text in texts)
    operations = 2.0 * tokens * sizes.layers * (sizes.layer_weights + sizes.width * len(drawn[0]))
    own = replace(backbone, model=copy.deepcopy(backbone.model).requires_grad_(True))

    def read() -> None:
        with torch.no_grad():
            encoding.states(own, texts)

    def learn() -> None:
        encoding.states(own, texts).sum().backward()

    return Speed(operations / seconds_of(read), 3.0 * operations / seconds_of(learn))


def seconds_of(work: Callable[[], None]) -> float:
    """The time that it takes once warm: the median of as many times as fit into half a second, three at least."""
    work()
    taken: list[float] = []
    begin = time.perf_counter()
    while len(taken) < 3 or time.perf_counter() - begin < LEAST_SECONDS:
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]
