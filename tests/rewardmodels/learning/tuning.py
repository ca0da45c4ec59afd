"""Pairs of token sequences of which a random head knows nothing, and a backbone that can learn them."""

import copy
from dataclasses import replace

import torch

from lm.rendering import Rendered
from rewardmodels.learning import heads, tuned
from rewardmodels.learning.finetuning import Lesson, Plan
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.posterior import Posterior
from rewardmodels.learning.settings.kinds import BradleyTerry
from tests.rewardmodels.learning.worlds import columns

PLAN = Plan(3e-3, 3e-3, epochs=3, batch_size=8, patience=99, warm_up=0.1, seed=5)


def texts_of(count=80, seed=0):
    """Pairs of answers to one prompt; the better one has more of the token 50."""
    generator = torch.Generator().manual_seed(seed)

    def draw(length, most):
        return torch.randint(10, most, (length,), generator=generator).tolist()

    texts = []
    for _ in range(count):
        prompt = draw(int(torch.randint(2, 6, (1,), generator=generator)), 40)
        for better in (True, False):
            answer = draw(int(torch.randint(1, 9, (1,), generator=generator)), 40)
            texts.append(Rendered(tuple(prompt + ([50] if better else [60]) + answer), len(prompt)))
    return texts


def pairs_of(count=80):
    order = [1 if number % 3 else -1 for number in range(count)]
    first = [2 * number + (0 if said == 1 else 1) for number, said in enumerate(order)]
    second = [2 * number + (1 if said == 1 else 0) for number, said in enumerate(order)]
    return columns(first, second, order)


def made(backbone, mode="full", tokens=64, decay=0.1, **settings):
    """A posterior with a head drawn at random, and passes through a copy of the backbone that can learn."""
    own = replace(backbone, model=copy.deepcopy(backbone.model))
    tuned.prepare(own.model, BradleyTerry(mode=mode, rank=2, **settings), seed=1)
    head = heads.Head(backbone.width, backbone.family.activation).double()
    with torch.no_grad():
        for number, parameter in enumerate(head.parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)) * 0.2)
        head.out.bias.zero_()
    head.out.bias.requires_grad_(False)
    if not backbone.family.dense:
        with torch.no_grad():
            head.dense.weight.copy_(torch.eye(backbone.width))
            head.dense.bias.zero_()
        head.dense.requires_grad_(False)
    likelihood = PairLikelihood(pairs_of(), 1, side_bias=False)
    return Posterior(head, likelihood, decay=decay, judgments=80), Passes(own, texts_of(), tokens)


def gradients(posterior, through):
    parameters = [*posterior.named_parameters(), *through.backbone.model.named_parameters()]
    return {name: each.grad.clone() for name, each in parameters if each.grad is not None and each.numel()}


def lesson_of(through):
    said = pairs_of()
    return Lesson(through, said.at(slice(0, 60)), said.at(slice(60, 80)))
