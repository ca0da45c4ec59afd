"""Best-of-n as a baseline of its own: what it brings to choose among answers, before anything is trained.

One pool of scored answers a prompt gives every n at once, by the estimator over every draw (`proving.best_of_n`). What
trained policies say of the same prompts can be set beside it, prompt by prompt.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning import keys
from rewardmodels.learning.observing import Observer, part
from rewardmodels.learning.proving import best_of_n
from rewardmodels.learning.proving.best_of_n import Floats
from rewardmodels.learning.rewards import Reward
from training.learning import beside, rollouts
from training.learning.beside import SHOWN, Way
from training.learning.observing import NOBODY, RunObserver, SampleRow
from training.learning.oneshot import foretold, pools
from training.learning.oneshot.pools import Answered
from training.learning.settings.selections import BestOfN

CHOOSER, LENGTH, CUT = "objective", "length", "truncated"  # what is told of an answer beside its rewards
ALARMING = 0.9  # the share of answers that were cut off


@dataclass(frozen=True)
class Selection:
    """A policy, what it is asked, what chooses among its answers, and what else is asked of them."""

    policy: Causal
    prompts: Sequence[Conversation]
    rewards: Mapping[str, Reward]
    weights: Mapping[str, float]  # by reward: the sum chooses; a reward without one only looks
    settings: BestOfN
    seed: int
    folder: Path  # resumes by itself from what it holds
    beside: Mapping[str, Callable[[], Causal]] = field(default_factory=dict)  # by name, opened one after the other

    @cached_property
    def asked(self) -> list[Conversation]:
        count = min(self.settings.prompts, len(self.prompts))
        return [self.prompts[place] for place in rollouts.order(self.seed, len(self.prompts), 0, count)]

    @property
    def way(self) -> Way:
        own = self.settings
        return Way(own.beside, own.max_new_tokens, own.max_prompt, own.pass_tokens, self.seed)

    @property
    def pool(self) -> Path:
        return self.folder / "pool.jsonl"


class Table(NamedTuple):
    """(prompts, answers) of what chooses, and of all that is told of answers, what chooses included."""

    chooser: Floats
    values: dict[str, Floats]


def run(selection: Selection, observer: RunObserver = NOBODY) -> dict[str, Any]:
    """Sample, choose, set beside: plain values for a page. Measurements stand at each n, and grow with the pool."""
    own, ns = selection.settings, selection.settings.values_of_n
    policy = beside.still(selection.policy, own.max_prompt, own.max_new_tokens)
    sampling = part(observer, 0.0, 0.7 if selection.beside else 1.0)
    pool: list[Answered] = []
    wanted = (selection.asked, selection.rewards, own, selection.seed, selection.pool)
    for pool in pools.growing(policy, *wanted, sampling):
        if pool:
            report(observer, curves(table(pool, selection.weights), ns, selection.seed), ns)
    whole = table(pool, selection.weights)
    if (share := float(whole.values[CUT].mean())) >= ALARMING:
        observer.alarm("truncated", 1, f"{share:.0%} of all answers were cut off: allow longer ones.")
    for n in ns[1:]:
        observer.samples(n, shown(selection, pool, whole, n))
    return {
        **facts(pool, whole),
        "curves": curves(whole, ns, selection.seed),
        "beside": [compared(selection, whole, one, part(observer, 0.7, 1.0)) for one in range(len(selection.beside))],
    }


def table(pool: Sequence[Answered], weights: Mapping[str, float]) -> Table:
    rewards = {name: pools.table(pool, name) for name in pool[0].scores}
    chooser = np.asarray(sum(weight * rewards[name] for name, weight in weights.items()))
    plain = {LENGTH: np.array([one.lengths for one in pool], float), CUT: np.array([one.cut for one in pool], float)}
    return Table(chooser, {CHOOSER: chooser, **{f"reward/{name}": one for name, one in rewards.items()}, **plain})


def curves(found: Table, ns: Sequence[int], seed: int) -> dict[str, Any]:
    """Of each thing told the mean at every n with 95 % intervals over prompts; and the KL that choosing has at most."""
    each = {
        name: best_of_n.curve(found.chooser, values, ns, keys.numpy_generator(seed, "best-of-n", name))
        for name, values in found.values.items()
    }
    told = {name: {side: getattr(one, side).tolist() for side in ("mean", "low", "high")} for name, one in each.items()}
    return {"ns": list(ns), "kl": [best_of_n.kl(n) for n in ns], "of": told}


def report(observer: RunObserver, found: Mapping[str, Any], ns: Sequence[int]) -> None:
    for place, n in enumerate(ns):
        values = {"kl": found["kl"][place]}
        for name, one in found["of"].items():
            head, slash, rest = name.partition("/")
            values |= {name: one["mean"][place]}
            values |= {f"{head}_{side}{slash}{rest}": one[side][place] for side in ("low", "high")}
        observer.report(n, values)


def facts(pool: Sequence[Answered], found: Table) -> dict[str, Any]:
    """How large the pool is, and how much of it is there more than once: then choosing has less KL than is said."""
    return {
        "prompts": len(pool),
        "answers": len(pool[0].answers),
        "same": float(np.mean([repeated(one.answers) for one in pool])),
        "tied": float(np.mean([repeated(row.tolist()) for row in found.chooser])),
    }


def repeated(values: Sequence[Any]) -> float:
    """The share that has its equal among the others."""
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return sum(count for count in counts.values() if count > 1) / len(values)


def shown(selection: Selection, pool: Sequence[Answered], found: Table, n: int) -> list[SampleRow]:
    """The best of the first n answers to a few prompts, beside the first: one draw, as it would be used."""
    rows = []
    for place, one in enumerate(pool[:SHOWN]):
        best = int(found.chooser[place, :n].argmax())
        rewards = {name: scores[best] for name, scores in one.scores.items()}
        first = one.answers[0]
        rows.append(
            SampleRow(
                prompt=selection.asked[place], response=one.answers[best], reference=first, rewards=rewards, kl=None
            )
        )
    return rows


def compared(selection: Selection, found: Table, number: int, observer: Observer) -> dict[str, Any]:
    """A policy on the same prompts: its means, its KL to the one that is chosen from, and how far it is ahead of n."""
    name = list(selection.beside)[number]
    observer.phase("Sampling a policy to set beside it", number / len(selection.beside))
    seen = looked(selection, name, selection.folder / f"beside-{number}.json")
    ns = selection.settings.values_of_n
    means = {key: np.array(values) for key, values in seen.items()}
    ahead = {
        key: [between(means[key] - column) for column in best_of_n.expected(found.chooser, values, ns).T]
        for key, values in found.values.items()
    }
    return {"policy": name, "of": {key: between(one) for key, one in means.items()}, "ahead": ahead}


def looked(selection: Selection, name: str, path: Path) -> dict[str, list[float]]:
    """By prompt; what an earlier attempt found stands."""
    if path.is_file():
        remembered: dict[str, list[float]] = json.loads(path.read_text())
        return remembered
    own, causal = selection.settings, selection.beside[name]()
    policy = beside.still(causal, own.max_prompt, own.max_new_tokens, selection.policy)
    seen = beside.look(policy, selection.asked, selection.rewards, selection.way)
    each = {
        **{f"reward/{key}": one for key, one in seen.scores.items()},
        "kl": seen.kl,
        LENGTH: seen.rollout.lengths.double(),
        CUT: seen.rollout.is_truncated.double(),
    }
    each[CHOOSER] = torch.stack([weight * seen.scores[key] for key, weight in selection.weights.items()]).sum(dim=0)
    found = {key: one.reshape(-1, own.beside).mean(dim=1).tolist() for key, one in each.items()}
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(found))
    draft.replace(path)
    return found


def between(by_prompt: Floats) -> dict[str, float]:
    return {"mean": float(by_prompt.mean()), **foretold.interval(by_prompt)}
