"""How fast this machine samples, reads and learns with a policy: a few short passes over its own answers.

What it holds meanwhile is less than what a run holds: weights, the reference and a gradient, and no optimiser.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from lm import adapters, devices, sharing
from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning import measuring
from rewardmodels.learning.measuring import Clock
from rewardmodels.learning.rewards import Reward
from training.learning import passes, policies, rollouts
from training.learning.estimating import FLOAT, Scoring, Speed
from training.learning.policies import Policy
from training.learning.rollouts import Rollout
from training.learning.settings.online import Rloo

PROMPTS, SAMPLES = 12, 4  # of the larger sample
PASS = 1_024  # tokens that are read and learned from
FEW = 2  # prompts, and answers to each, of the smaller one
TRAFFIC = 8  # how often an optimiser's step goes through weights and what it keeps of them; a norm goes once


def measure(
    causal: Causal,
    conversations: Sequence[Conversation],
    rewards: Mapping[str, Reward],
    settings: Rloo,
    *,
    program: int = 0,
    opening: float = 0.0,
    clock: Clock = time.perf_counter,
) -> Speed:
    """The policy is used up: it is made ready to learn, as the settings say, and learns nothing."""
    widest, weight_bytes = widest_of(causal.model), bytes_of([causal.model])
    per_rank = sum(sum(one.weight.shape) for one in projections(causal.model))
    policy = policies.prepare(causal, settings, 0)
    chosen = [conversations[one] for one in rollouts.order(0, len(conversations), 0, min(PROMPTS, len(conversations)))]
    sample(policy, chosen[:1], 1, settings)  # warm
    few = timed(policy, chosen[:FEW], FEW, settings, clock)
    many = timed(policy, chosen, SAMPLES, settings, clock)
    rollout = many[1]
    part = next(passes.parts(policy, rollout, min(settings.pass_tokens, PASS)))
    tokens = row_tokens(policy, part)
    holding = kept(policy, part) / tokens  # before there is much that lies about free
    forward = measuring.seconds_of(lambda: read_once(policy, part), clock) / tokens
    call, row = parted(few, many, forward)
    seconds = {
        "call": call,
        "row": row,
        "forward": forward,
        "read": measuring.seconds_of(lambda: read_beside(policy, part), clock) / tokens,
        "learn": measuring.seconds_of(lambda: learn_once(policy, part), clock) / tokens,
        "update": update(policy, clock),
    }
    return Speed(
        device=str(policy.device),
        mode=settings.mode,
        precision=settings.precision,
        weights=sum(one.numel() for name, one in causal.model.named_parameters() if "lora_" not in name),
        weight_bytes=weight_bytes,
        adapter_weights=per_rank,
        layers=int(causal.model.config.num_hidden_layers),
        vocabulary=int(causal.model.config.vocab_size),
        widest=widest,
        cache=cache_of(policy, rollout.prompts[0]),
        is_shared=sharing.is_sharable(causal.model),
        prompts=len(conversations),
        prompt=sum(map(len, rollout.prompts)) / len(rollout.prompts),
        lengths=tuple(sorted(rollout.lengths.tolist())),
        longest=settings.max_new_tokens,
        characters=characters(rollout),
        kept=holding,
        program=program,
        opening=opening,
        scoring={name: scoring(one, rollout, clock) for name, one in rewards.items()},
        **seconds,
    )


def sample(policy: Policy, chosen: Sequence[Conversation], samples: int, settings: Rloo) -> Rollout:
    drawn = [
        rollouts.numbers(settings.max_new_tokens, 0, "speed", place, one)
        for place in range(len(chosen))
        for one in range(samples)
    ]
    return rollouts.sample(policy, chosen, torch.stack(drawn), settings.pass_tokens)


def timed(
    policy: Policy, chosen: Sequence[Conversation], samples: int, settings: Rloo, clock: Clock
) -> tuple[float, Rollout]:
    begun = clock()
    found = sample(policy, chosen, samples, settings)
    return clock() - begun, found


def parted(few: tuple[float, Rollout], many: tuple[float, Rollout], forward: float) -> tuple[float, float]:
    """(seconds whatever the number of answers, seconds for each) of their next token, from two samples."""

    def facts(found: tuple[float, Rollout]) -> tuple[float, float, float]:
        seconds, rollout = found
        prompts = sum(map(len, rollout.prompts)) * forward
        return max(seconds - prompts, seconds / 10), float(rollout.lengths.max()), float(rollout.lengths.sum())

    return solved(facts(few), facts(many))


def solved(few: tuple[float, float, float], many: tuple[float, float, float]) -> tuple[float, float]:
    """From (seconds, calls, tokens) twice; where noise gives less than nothing, the larger sample has it all."""
    (first, calls, rows), (second, more_calls, more_rows) = few, many
    bend = calls * more_rows - more_calls * rows
    if bend > 0:
        call, row = (first * more_rows - second * rows) / bend, (calls * second - more_calls * first) / bend
        if call >= 0 and row >= 0:
            return call, row
    return (second / more_calls, 0.0) if second / more_calls > first / calls else (0.0, second / more_rows)


def row_tokens(policy: Policy, part: passes.Part) -> int:
    """Of a pass, padding included where there is any."""
    lengths = [row.length for row in part.rows]
    return sum(lengths) if sharing.is_sharable(policy.model) else max(lengths) * len(lengths)


def characters(rollout: Rollout) -> float:
    """Of a token, in prompts and answers."""
    said = sum(map(len, rollout.texts))
    said += sum(len(str(turn["content"])) for conversation in rollout.conversations for turn in conversation)
    return max(1, said) / (int(rollout.lengths.sum()) + sum(map(len, rollout.prompts)))


@torch.no_grad()
def read_once(policy: Policy, part: passes.Part) -> None:
    policy.whole(lambda model: passes.log_probs(model, part))


def read_beside(policy: Policy, part: passes.Part) -> None:
    passes.said(policy, part)


def learn_once(policy: Policy, part: passes.Part) -> None:
    policy.whole(lambda model: passes.log_probs(model, part).sum().backward())
    for one in policy.learned.values():
        one.grad = None


def update(policy: Policy, clock: Clock) -> float:
    """Seconds of an optimiser's step for a weight, from those of a norm: both wait for memory alone."""
    listed = [one.detach() for one in policy.learned.values()]

    def go_through() -> None:
        float(nn.utils.get_total_norm(listed))

    taken = measuring.seconds_of(go_through, clock)
    return TRAFFIC * taken / sum(one.numel() for one in listed)


def kept(policy: Policy, part: passes.Part) -> int:
    """Bytes that a pass holds for the way back: of the second of two, as the first takes what lay about free."""
    first = policy.whole(lambda model: passes.states(model, part))
    before = devices.held_bytes(policy.device)
    second = policy.whole(lambda model: passes.states(model, part))
    found = devices.held_bytes(policy.device) - before
    del first, second
    return max(0, found)


def scoring(reward: Reward, rollout: Rollout, clock: Clock) -> Scoring:
    modules = list(reward.modules())

    def score() -> None:
        reward.score(rollout.items)

    taken = measuring.seconds_of(score, clock)
    tokens = reward.score(rollout.items)
    return Scoring(
        seconds=taken / len(rollout.items),
        bytes=bytes_of(modules),
        widest=max(map(widest_of, modules), default=0),
        tokens=sum(one.tokens for one in tokens) / len(tokens),
    )


def cache_of(policy: Policy, prompt: Sequence[int]) -> int:
    """Numbers that sampling keeps of a token, in keys and values."""
    config = policy.model.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * heads * size)


def projections(model: Any) -> list[Any]:
    names = set(adapters.projections(model))
    return [one for name, one in model.named_modules() if hasattr(one, "weight") and ends_in(name, names)]


def ends_in(name: str, known: set[str]) -> bool:
    inside = adapters.INSIDE_A_LAYER.search(name)
    return inside is not None and inside[1] in known


def widest_of(module: nn.Module) -> int:
    """Of what multiplies by a matrix, the largest side but for a vocabulary's."""
    sides = [max(one.weight.shape) for one in module.modules() if isinstance(one, nn.Linear)]
    embedded = {max(one.weight.shape) for one in module.modules() if isinstance(one, nn.Embedding)}
    return max((side for side in sides if side not in embedded), default=1)


def bytes_of(modules: Sequence[nn.Module]) -> int:
    """Of weights, each once."""
    found = {one.data_ptr(): one.numel() * one.element_size() for module in modules for one in module.parameters()}
    return sum(found.values()) or FLOAT
