"""What a saved reward model believes of comparisons that nobody has made yet, and the order in which to ask them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lm import features
from lm.rendering import Rendered, Unrenderable
from lm.templates import conversation
from rewardmodels.learning import texts
from rewardmodels.learning.choosing import beliefs, order
from rewardmodels.learning.choosing.beliefs import Belief
from rewardmodels.learning.choosing.moments import Asked
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.ensembles.scoring import EnsembleReward, MembersReward
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.scoring import HeadReward

Able = MembersReward | HeadReward
TOGETHER = 256  # texts that members with a backbone of their own read between two words on how far they are


class Comparison(NamedTuple):
    """Two answers to one prompt."""

    name: Hashable  # of the prompt: those of one name share it
    prompt: Any  # messages
    answers: tuple[str, str]


@dataclass(frozen=True)
class How:
    rule: str
    seed: int
    cache: Path  # of features
    learned: Callable[[], Evidence]  # what the model learned from, read where its fit has to say how sure it is


class Chosen(NamedTuple):
    """By their places among what was given, the first to ask first."""

    order: list[int]
    worth: list[float | None]  # None where chance decided
    unread: list[int]  # what the model's limits leave no room for


def choose(reward: Able, comparisons: Sequence[Comparison], how: How, observer: Observer = NOBODY) -> Chosen:
    """The order that the rule gives them."""
    rendered, read, unread = render(reward, comparisons)
    if not read:
        return Chosen([], [], unread)
    if isinstance(reward, EnsembleReward | HeadReward):
        states = states_of(reward, rendered, how.cache, lambda share: observer.phase("Encoding", 0.7 * share))
        belief = believe(reward, states, how)
    else:
        belief = believe_members(reward, rendered, lambda share: observer.phase("Encoding", 0.7 * share))
    observer.phase("Choosing", 0.7)
    numbers: dict[Hashable, int] = {}
    prompts = [numbers.setdefault(comparisons[place].name, len(numbers)) for place in read]
    first = torch.arange(0, len(rendered), 2)
    asked = Asked(first, first + 1, torch.tensor(prompts).repeat_interleave(2))
    found = order.choose(belief, asked, how.rule, how.seed)
    worth = [None if how.rule == order.RANDOM else value for value in found.worth.tolist()]
    return Chosen([read[place] for place in found.places.tolist()], worth, unread)


def render(reward: Able, comparisons: Sequence[Comparison]) -> tuple[list[Rendered], list[int], list[int]]:
    """Both answers of each as token ids, and which of them can be read and which cannot."""
    rendered: list[Rendered] = []
    read, unread = [], []
    for place, one in enumerate(comparisons):
        try:
            rendered += [reward.renderer.render(conversation(one.prompt), text) for text in one.answers]
            read.append(place)
        except Unrenderable:
            del rendered[2 * len(read) :]
            unread.append(place)
    return rendered, read, unread


@torch.inference_mode()
def believe_members(reward: MembersReward, rendered: list[Rendered], report: Callable[[float], None]) -> Belief:
    """Of members that read with backbones of their own."""
    said = []
    for start in range(0, len(rendered), TOGETHER):
        report(start / len(rendered))
        said.append(reward.said(rendered[start : start + TOGETHER], budget=8_192))
    return beliefs.of_members(torch.cat(said, 1), float(reward.own["calibration"]["temperature"]))


def states_of(
    reward: EnsembleReward | HeadReward, rendered: list[Rendered], cache: Path, report: Callable[[float], None]
) -> Tensor:
    """(texts, width) fp32 of the model's own backbone."""
    found = features.compute(reward.backbone, rendered, cache, report=lambda done, total: report(done / max(total, 1)))
    return torch.from_numpy(found)


@torch.no_grad()
def believe(reward: EnsembleReward | HeadReward, states: Tensor, how: How) -> Belief:
    """In log odds, as the model was calibrated."""
    temperature = float(reward.own["calibration"]["temperature"])
    if isinstance(reward, EnsembleReward):
        return beliefs.of_members(torch.stack([member(states) for member in reward.members]), temperature)
    head = reward.head.double()
    weights = head.out.weight[0]
    found = beliefs.of_weights(head.hidden(states.double()), weights, precision(reward, weights, how))
    return Belief(found.mean / temperature, found.factor / temperature)


def precision(reward: HeadReward, weights: Tensor, how: How) -> Tensor:  # → (width, width)
    """Of the weights, given all that the model learned from."""
    evidence = how.learned()
    rendered, losses = texts.render(reward.renderer, evidence.candidates)
    if reward.own["settings"].get("too_long") == "drop":
        texts.drop_cut(evidence, rendered, losses)
    said = evidence.pair_columns("train")
    hidden = reward.head.hidden(states_of(reward, rendered, how.cache, lambda share: None).double())
    fit = reward.own["fit"]
    likelihood = link(said, len(evidence.annotators), reward.own["link"]["cuts"], fit.get("side_bias"))
    return beliefs.laplace_precision(hidden, weights, likelihood, said, float(fit["weight_decay"]))


def link(said: PairColumns, annotators: int, cuts: list[float], side: float | None) -> PairLikelihood:
    """The likelihood as it was fitted; one person's own leaning to a side, which is not kept, is taken as nothing."""
    found = PairLikelihood(said, annotators, side_bias=side is not None)
    at = torch.tensor(cuts, dtype=torch.float64)
    gaps = at.diff(prepend=at.new_zeros(1)) if found.link.has_ties else at.diff()
    with torch.no_grad():
        found.link.log_gaps.copy_(gaps.log())
        if side is not None:
            found.pooled_side.fill_(side)
    return found
