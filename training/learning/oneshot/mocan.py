"""One shot with reward models, MoCAN (Huang et al., arXiv 2405.19544): a pool, its dual, labels, and DPO."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning import keys
from rewardmodels.learning.observing import part
from rewardmodels.learning.rewards import Reward
from training.learning import beside, rollouts
from training.learning.direct import alignment
from training.learning.direct.alignment import Outcome
from training.learning.observing import NOBODY, RunObserver
from training.learning.oneshot import foretold, labelling, pools
from training.learning.oneshot.foretold import FEW, Foretold
from training.learning.oneshot.labelling import Compared
from training.learning.oneshot.pools import Answered, Floats
from training.learning.settings.oneshot import HELD_OUT, OneShot
from training.learning.settings.plan import Plan


def ignore(told: Mapping[str, Any]) -> None:
    """Nobody reads."""


@dataclass(frozen=True)
class Shot:
    """A policy, what it is asked, weights and bounds, and where all of it is kept."""

    policy: Causal
    prompts: Sequence[Conversation]
    rewards: Mapping[str, Reward]  # by the names of the plan's components
    plan: Plan
    settings: OneShot
    seed: int
    folder: Path  # resumes by itself from what it holds
    lineage: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> list[Conversation]:
        """The prompts of the pool, in the order of the seed."""
        return self.ordered[: self.settings.prompts]

    @property
    def fresh(self) -> list[Conversation]:
        """Those that the pool has no use for; none where it took all."""
        return self.ordered[self.settings.prompts :]

    @property
    def held_out(self) -> list[Conversation]:
        """Those of the pool that are not learned from."""
        return self.asked[HELD_OUT - 1 :: HELD_OUT]

    @property
    def ordered(self) -> list[Conversation]:
        places = rollouts.order(self.seed, len(self.prompts), 0, len(self.prompts))
        return [self.prompts[place] for place in places]


def run(shot: Shot, observer: RunObserver = NOBODY, foretell: Callable[[dict[str, Any]], None] = ignore) -> Outcome:
    """The policy aligned with labels by r + λ·g; `foretell` hears what the dual says before anything is learned."""
    own, components = shot.settings, shot.plan.components
    policy = beside.still(shot.policy, own.prompt_limit, own.max_new_tokens)
    path = shot.folder / "pool.jsonl"
    pool = pools.made(policy, shot.asked, shot.rewards, own, shot.seed, path, part(observer, 0.0, 0.4))
    found = foretold.foretold(pool, components, own.beta, shot.seed, are_margins=own.are_margins)
    foretell(found.told)
    if found.told["counted"] < FEW:
        observer.alarm("few_answers", 0, few(found))
    rows = labelling.rows(pairs(shot, pool, found), seed=shot.seed)
    return alignment.train(
        rows,
        shot.policy,
        own.dpo,
        folder=shot.folder,
        seed=shot.seed,
        lineage=shot.lineage,
        observer=part(observer, 0.4, 0.9),
    )


def few(found: Foretold) -> str:
    told = found.told
    return (
        f"Of {told['answers']} answers to a prompt only {told['counted']:.1f} count once they are weighted: the "
        "multipliers and what they foretell lean on few. Sample more answers to a prompt, or raise β."
    )


def fell_short(predicted: float, came: float) -> str:
    """A sentence where the policy went less than half as far as what was foretold lies; else nothing."""
    if came >= predicted / 2:
        return ""
    return (
        f"The policy went {max(came, 0.0):.2g} nats from the reference, and what is foretold lies {predicted:.2g} "
        "away: it has hardly learned the labels. Take more prompts, more epochs or a larger learning rate."
    )


def pairs(shot: Shot, pool: Sequence[Answered], found: Foretold) -> list[Compared]:
    """Of each prompt's answers that differ, so many drawn pairs with r + λ·g of each."""
    utility = utilities(shot, pool, found)
    made = []
    for place, (prompt, one) in enumerate(zip(shot.asked, pool, strict=True)):
        generator = keys.numpy_generator(shot.seed, "pairs", place)
        split = "validation" if place % HELD_OUT == HELD_OUT - 1 else "train"
        for first, second in drawn(one.answers, shot.settings.pairs, generator):
            both = (float(utility[place, first]), float(utility[place, second]))
            made.append(Compared(prompt, one.answers[first], one.answers[second], both, split))
    return made


def utilities(shot: Shot, pool: Sequence[Answered], found: Foretold) -> Floats:  # (prompts, answers)
    """What labels are drawn by."""
    dual = pools.dual_of(pool, shot.plan.components)
    return np.asarray(shot.settings.label_scale * (dual.reward + np.tensordot(found.multipliers, dual.safety, 1)))


def drawn(answers: Sequence[str], count: int, generator: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of answers that differ, none twice, in an order that says nothing of either."""
    known = [
        (one, other)
        for one in range(len(answers))
        for other in range(one)
        if answers[one] != answers[other] and answers[one].strip() and answers[other].strip()
    ]
    chosen = generator.permutation(len(known))[:count]
    return [known[place] if generator.random() < 0.5 else known[place][::-1] for place in chosen]
