"""What the policy answers in a step: groups of answers to prompts, each from random numbers of its own."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from lm import batching
from lm.templates import Conversation
from rewardmodels.learning import keys
from training.learning import decoding, processes, sharding
from training.learning.decoding import Answer
from training.learning.policies import Policy
from training.learning.sharding import Whole

PASSES = 4  # sampling keeps keys and values alone: so many times the tokens of a pass that learns


@dataclass(frozen=True)
class Rollout:
    """Groups of answers; answer number `samples · group + i` is the i-th to the group's prompt."""

    conversations: list[Conversation]
    prompts: list[tuple[int, ...]]
    answers: list[Answer]
    texts: list[str]

    @property
    def samples(self) -> int:
        return len(self.answers) // len(self.prompts)

    @property
    def items(self) -> list[tuple[Conversation, str]]:
        return [(self.conversations[place // self.samples], text) for place, text in enumerate(self.texts)]

    @cached_property
    def lengths(self) -> Tensor:  # (answers,)
        return torch.tensor([len(answer.ids) for answer in self.answers])

    @cached_property
    def is_truncated(self) -> Tensor:  # (answers,) bool
        return torch.tensor([not answer.is_finished for answer in self.answers])

    @cached_property
    def is_empty(self) -> Tensor:  # (answers,) bool
        return torch.tensor([not text.strip() for text in self.texts])

    @cached_property
    def log_probs(self) -> Tensor:  # (tokens,) as they were sampled, answer after answer
        return torch.tensor([each for answer in self.answers for each in answer.log_probs])

    @property
    def own(self) -> range:
        """The groups that are this process's to read and to learn from."""
        return processes.share(len(self.prompts))

    def at(self, groups: Sequence[int]) -> "Rollout":
        """Some of the groups; all of them in their order are the same rollout."""
        if list(groups) == list(range(len(self.prompts))):
            return self
        places = self.places(groups)
        return Rollout(
            [self.conversations[group] for group in groups],
            [self.prompts[group] for group in groups],
            [self.answers[place] for place in places],
            [self.texts[place] for place in places],
        )

    def places(self, groups: Sequence[int]) -> list[int]:
        """The answers of these groups."""
        return [group * self.samples + one for group in groups for one in range(self.samples)]

    def tokens(self, groups: Sequence[int]) -> Tensor:
        """Where the tokens of these groups stand among all."""
        ends = self.lengths.cumsum(0)
        runs = [torch.arange(int(ends[one] - self.lengths[one]), int(ends[one])) for one in self.places(groups)]
        return torch.cat(runs) if runs else torch.zeros(0, dtype=torch.int64)


def order(seed: int, prompts: int, step: int, wanted: int) -> list[int]:
    """Which prompts a step takes: shuffled anew for each round through them, all before any again."""
    found: list[int] = []
    place = step * wanted
    while len(found) < wanted:
        shuffled = torch.randperm(prompts, generator=keys.generator(seed, "prompts", place // prompts)).tolist()
        part = shuffled[place % prompts :][: wanted - len(found)]
        found += part
        place += len(part)
    return found


def numbers(tokens: int, seed: int, *purpose: object) -> Tensor:
    """(tokens,) fp64 in [0, 1): an answer's own."""
    return torch.rand(tokens, dtype=torch.float64, generator=keys.generator(seed, "answer", *purpose))


def sample(
    policy: Policy, conversations: Sequence[Conversation], drawn: Tensor, budget: int, *, of_reference: bool = False
) -> Rollout:
    """Answers from numbers (prompts · samples, tokens): each process writes those to its share of the prompts."""
    prompts = [policy.prompt(one) for one in conversations]
    samples, own = len(drawn) // len(prompts), processes.share(len(prompts))
    with policy.as_reference() if of_reference else nullcontext(policy.whole) as whole, sharding.together(whole):
        written = written_by(whole, policy, [prompts[each] for each in own], own_rows(drawn, own, samples), budget)
    answers = processes.together(written)
    texts = [policy.text(answer.ids) for answer in answers]
    return Rollout(list(conversations), [tuple(prompt) for prompt in prompts], answers, texts)


def own_rows(drawn: Tensor, own: range, samples: int) -> Tensor:
    return drawn[own.start * samples : own.stop * samples]


def written_by(
    whole: Whole, policy: Policy, prompts: Sequence[Sequence[int]], drawn: Tensor, budget: int
) -> list[Answer]:
    """In batches of prompts of like length."""
    answers: dict[int, Answer] = {}
    samples = len(drawn) // max(1, len(prompts))
    room = [samples * (len(prompt) + drawn.shape[1]) for prompt in prompts]

    def write(model: Any, chosen: Sequence[Sequence[int]], numbers: Tensor) -> list[Answer]:
        return decoding.write(model, chosen, numbers, ends=policy.ends, pad=policy.pad)

    for group in batching.batches(room, PASSES * budget, most=len(prompts)):
        places = [samples * each + one for each in group for one in range(samples)]
        written = whole(write, [prompts[each] for each in group], drawn[places])
        answers |= dict(zip(places, written, strict=True))
    return [answers[place] for place in range(len(drawn))]
