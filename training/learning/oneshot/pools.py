"""Answers of the reference with what every component says of them, written down prompt by prompt."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch

from lm.templates import Conversation
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.rewards import Reward
from training.learning import rewards, rollouts
from training.learning.oneshot.multipliers import Pool
from training.learning.policies import Policy
from training.learning.settings.plan import Component

AT_ONCE = 8  # prompts between two looks at whether somebody asked to stop
SIGNS = {"at_least": 1.0, "at_most": -1.0}  # by which a bound is g ≥ threshold
Floats = np.ndarray[Any, np.dtype[np.float64]]


class Held(NamedTuple):
    """A bound as the dual sees it: sign · component ≥ sign · threshold."""

    component: str
    role: str
    threshold: float

    @property
    def sign(self) -> float:
        return SIGNS[self.role]


class Answered(NamedTuple):
    """A prompt's answers, and of each its scores by component, its tokens, and whether it was cut off."""

    answers: list[str]
    scores: dict[str, list[float]]
    lengths: Sequence[int] = ()
    cut: Sequence[bool] = ()


class Pooled(Protocol):
    """What of a method's settings says how a pool is sampled."""

    @property
    def answers(self) -> int: ...

    @property
    def max_new_tokens(self) -> int: ...

    @property
    def pass_tokens(self) -> int: ...


def made(
    policy: Policy,
    prompts: Sequence[Conversation],
    scored: Mapping[str, Reward],
    own: Pooled,
    seed: int,
    path: Path,
    observer: Observer,
) -> list[Answered]:
    """The pool of these prompts; what an earlier attempt wrote down is not sampled again."""
    *_before, whole = growing(policy, prompts, scored, own, seed, path, observer)
    return whole


def growing(
    policy: Policy,
    prompts: Sequence[Conversation],
    scored: Mapping[str, Reward],
    own: Pooled,
    seed: int,
    path: Path,
    observer: Observer,
) -> Iterator[list[Answered]]:
    """The pool as far as it is there: what is written down already, then with some prompts more each time."""
    found = remembered(path)
    yield found
    for start in range(len(found), len(prompts), AT_ONCE):
        observer.phase("Answers of the reference", start / len(prompts))
        places = range(start, min(len(prompts), start + AT_ONCE))
        rollout = rollouts.sample(
            policy, [prompts[place] for place in places], numbers(own, seed, places), own.pass_tokens
        )
        said = rewards.of_rollout(scored, rollout, own.pass_tokens)
        values = {name: one.rewards.tolist() for name, one in said.items()}
        lengths, cut = rollout.lengths.tolist(), rollout.is_truncated.tolist()
        groups = [slice(at, at + own.answers) for at in range(0, len(rollout.texts), own.answers)]
        fresh = [
            Answered(rollout.texts[at], {name: each[at] for name, each in values.items()}, lengths[at], cut[at])
            for at in groups
        ]
        write(path, fresh)
        found += fresh
        yield found


def numbers(own: Pooled, seed: int, places: range) -> torch.Tensor:  # → (prompts · answers, tokens)
    keys = [(place, one) for place in places for one in range(own.answers)]
    return torch.stack([rollouts.numbers(own.max_new_tokens, seed, "pool", *key) for key in keys])


def remembered(path: Path) -> list[Answered]:
    """The whole lines of the file; a last one that was cut off by a kill is dropped from it."""
    if not path.is_file():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return [Answered(**json.loads(line)) for line in whole.splitlines()]


def write(path: Path, fresh: Sequence[Answered]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(one._asdict()) + "\n" for one in fresh)


def held(components: Sequence[Component]) -> list[Held]:
    return [Held(one.name, bound.role, bound.threshold) for one in components for bound in one.bounds]


def table(pool: Sequence[Answered], name: str) -> Floats:  # (prompts, answers)
    return np.array([one.scores[name] for one in pool], dtype=float)


def objective(pool: Sequence[Answered], components: Sequence[Component]) -> Floats:  # (prompts, answers)
    return np.asarray(sum(one.weight * table(pool, one.name) for one in components if one.weight is not None))


def dual_of(pool: Sequence[Answered], components: Sequence[Component]) -> Pool:
    """Weights make r; each bound is a constraint."""
    safety = np.stack([one.sign * table(pool, one.component) for one in held(components)])
    return Pool(objective(pool, components), safety)
