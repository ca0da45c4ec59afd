"""What the policy answers in a step: groups of answers to prompts, each from random numbers of its own."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lm import batching
from lm.templates import Conversation
from rewardmodels.learning import keys
from training.learning import decoding
from training.learning.decoding import Answer
from training.learning.policies import Policy

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

    def at(self, groups: Sequence[int]) -> "Rollout":
        """Some of the groups."""
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
        return torch.cat(
            [torch.arange(int(ends[one] - self.lengths[one]), int(ends[one])) for one in self.places(groups)]
        )


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
    """Answers from numbers (prompts · samples, tokens), in batches of prompts of like length."""
    prompts = [policy.prompt(one) for one in conversations]
    samples = len(drawn) // len(prompts)
    room = [samples * (len(prompt) + drawn.shape[1]) for prompt in prompts]
    answers: dict[int, Answer] = {}
    with policy.as_reference() if of_reference else nullcontext(policy.model) as model:
        for group in batching.batches(room, PASSES * budget, most=len(prompts)):
            places = [samples * each + one for each in group for one in range(samples)]
            chosen = [prompts[each] for each in group]
            written = decoding.write(model, chosen, drawn[places], ends=policy.ends, pad=policy.pad)
            answers |= dict(zip(places, written, strict=True))
    ordered = [answers[place] for place in range(len(drawn))]
    texts = [policy.text(answer.ids) for answer in ordered]
    return Rollout(list(conversations), [tuple(prompt) for prompt in prompts], ordered, texts)
