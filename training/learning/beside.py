"""A policy that learns nothing, looked at: what it answers, what rewards say of it, how far it is from a reference."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lm import templates
from lm.causal import Causal
from lm.rendering import Renderer
from lm.templates import Conversation
from rewardmodels.learning.rewards import Reward
from training.learning import passes, policies, rewards, rollouts
from training.learning.commissions import Unrunnable
from training.learning.observing import SampleRow
from training.learning.policies import Policy
from training.learning.rollouts import Rollout
from training.learning.sharding import Whole

SHOWN = 8  # samples that are shown


class Way(NamedTuple):
    """How a policy is asked: all of it decides what it says."""

    samples: int
    max_new_tokens: int
    max_prompt: int
    pass_tokens: int
    seed: int


class Seen(NamedTuple):
    rollout: Rollout
    scores: dict[str, Tensor]  # (answers,) fp64 by component, raw
    kl: Tensor  # (answers,) nats, by each token's whole distribution


def still(causal: Causal, max_prompt: int, max_new_tokens: int, reference: Causal | None = None) -> Policy:
    """The policy as it is, beside a reference, else beside itself."""
    longest = max_prompt + max_new_tokens
    if longest > causal.context:
        raise Unrunnable(
            f"“{causal.name}” reads {causal.context} tokens; prompt and answer may take {longest}: choose less."
        )
    _name, template = templates.choose(causal.tokenizer, is_causal=True)
    renderer = Renderer(causal.tokenizer, template, longest, max_prompt)
    other = Whole(reference.model) if reference is not None else None
    return Policy(causal, renderer, {}, Whole(causal.model), other, policies.ends_of(causal))


def look(policy: Policy, prompts: Sequence[Conversation], scored: Mapping[str, Reward], way: Way) -> Seen:
    """Answers from numbers that know the prompt's place alone, so that two policies differ by themselves."""
    rollout = rollouts.sample(policy, prompts, drawn(way, len(prompts), way.samples), way.pass_tokens)
    said = passes.read(policy, rollout, way.pass_tokens).said
    found = rewards.of_rollout(scored, rollout, way.pass_tokens)
    kl = passes.by_answer(said.kl.double(), rollout.lengths)
    return Seen(rollout, {name: one.rewards for name, one in found.items()}, kl)


def drawn(way: Way, prompts: int, samples: int) -> Tensor:  # → (prompts · samples, tokens)
    places = [(place, one) for place in range(prompts) for one in range(samples)]
    return torch.stack([rollouts.numbers(way.max_new_tokens, way.seed, "beside", *place) for place in places])


def figures(seen: Seen) -> dict[str, float]:
    """Means over prompts, each with the standard error of a mean over prompts."""
    lengths = seen.rollout.lengths.double()
    found = {"length": float(lengths.mean()), "truncated": float(seen.rollout.is_truncated.double().mean())}
    means = {f"reward/{name}": values for name, values in seen.scores.items()} | {"kl": seen.kl}
    for name, values in means.items():
        by_prompt = values.reshape(-1, seen.rollout.samples).mean(dim=1)
        found[name] = float(by_prompt.mean())
        head, _slash, rest = name.partition("/")
        found["/".join([f"{head}_error", *([rest] if rest else [])])] = error(by_prompt)
    return found


def error(values: Tensor) -> float:  # (prompts,)
    return float(values.std()) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def shown(policy: Policy, seen: Seen, way: Way) -> list[SampleRow]:
    """The first answers to a few prompts beside what the reference says with the same random numbers."""
    rollout = seen.rollout
    groups = range(min(SHOWN, len(rollout.prompts)))
    chosen = [rollout.conversations[group] for group in groups]
    rows = drawn(way, len(groups), way.samples)[:: way.samples]
    others = rollouts.sample(policy, chosen, rows, way.pass_tokens, of_reference=True)
    return [
        SampleRow(
            prompt=rollout.conversations[group],
            response=rollout.texts[place],
            reference=others.texts[group],
            rewards={name: float(values[place]) for name, values in seen.scores.items()},
            kl=float(seen.kl[place]),
        )
        for group in groups
        for place in [group * rollout.samples]
    ]
