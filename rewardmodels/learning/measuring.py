"""How fast this machine computes: with a backbone, by passes over random tokens; without, by steps of a small fit."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from lm import encoding
from lm.backbones import Backbone
from lm.families import DECODER
from lm.rendering import Rendered
from rewardmodels.learning import heads
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.estimating import BackboneFacts, Speed
from rewardmodels.learning.judgments import Candidate
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.posterior import Posterior

LENGTH, TEXTS = 128, 8
PAIRS, WIDTH = 500, 384
LEAST_SECONDS = 0.5

Clock = Callable[[], float]  # of the wall, or of the processor where others compute beside it


def measure(backbone: Backbone, sizes: BackboneFacts, clock: Clock = time.perf_counter) -> Speed:
    """Operations a second, without a gradient and with one, and a step; the backbone given stays as it is."""
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

    taken = seconds_of(read, clock), seconds_of(learn, clock)
    return Speed(operations / taken[0], 3.0 * operations / taken[1], step_seconds(clock))


def step_seconds(clock: Clock = time.perf_counter) -> float:
    """Of one evaluation of a loss of some comparisons with its gradient: what most of a fit on frozen features is."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(2 * PAIRS, WIDTH, generator=generator)
    first, zeros = torch.arange(0, 2 * PAIRS, 2), torch.zeros(PAIRS, dtype=torch.int64)
    outcome = torch.where(torch.rand(PAIRS, generator=generator) < 0.5, 1, -1)
    said = PairColumns(first, first + 1, outcome, zeros, zeros, zeros, first)
    head = heads.standardising(states, DECODER)
    head.dense.requires_grad_(False)
    posterior = Posterior(head, PairLikelihood(said, 1, side_bias=False), decay=1.0, judgments=PAIRS)
    inputs = posterior.inputs(states)

    def step() -> None:
        posterior.zero_grad()
        posterior.loss(inputs, said).backward()

    return seconds_of(step, clock)


def seconds_of(work: Callable[[], None], clock: Clock = time.perf_counter) -> float:
    """The time that it takes once warm: the median of as many times as fit into half a second, three at least."""
    work()
    taken: list[float] = []
    begin = clock()
    while len(taken) < 3 or clock() - begin < LEAST_SECONDS:
        start = clock()
        work()
        taken.append(clock() - start)
    return sorted(taken)[len(taken) // 2]


def tokens_a_character(backbone: Backbone, candidates: Sequence[Candidate]) -> float:
    """How many tokens the backbone makes of a character of these texts."""
    texts = [text for one in candidates for text in (*(str(turn["content"]) for turn in one.prompt), one.response)]
    tokens = sum(len(ids) for ids in backbone.tokenizer(texts, add_special_tokens=False)["input_ids"])
    return max(1, tokens) / max(1, sum(map(len, texts)))
