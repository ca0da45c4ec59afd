"""A merge along its path: from the mean of all policies but the last to the last, looked at on the way.

Rewarded soups (Ramé et al., arXiv 2306.04488) and the merge of P-SACPO (Wachi et al., arXiv 2404.11049).
"""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning.rewards import Reward
from training.learning import beside, merging, rollouts
from training.learning.beside import Way
from training.learning.commissions import Outcome
from training.learning.observing import NOBODY, RunObserver
from training.learning.settings.mixtures import PATH, Soup

Figures = dict[str, float]


@dataclass(frozen=True)
class Mixture:
    """Policies that began as one, their weights, and what the mean is looked at with."""

    policies: Sequence[Causal]
    weights: Sequence[float]  # their sum is 1
    reference: Causal  # what they began as
    settings: Soup
    folder: Path  # resumes by itself from what it holds
    prompts: Sequence[Conversation] = ()  # without any, nothing is looked at
    rewards: Mapping[str, Reward] = field(default_factory=dict)
    seed: int = 0
    lineage: Mapping[str, Any] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        own = self.settings
        return Way(own.samples, own.max_new_tokens, own.max_prompt, own.pass_tokens, self.seed)


def run(mixture: Mixture, observer: RunObserver = NOBODY) -> Outcome:
    """Make and look at each mean that is not there yet; keep those that are asked for."""
    merging.check(mixture.policies, mixture.weights)
    mean = replace(mixture.policies[0], name="the mean", model=copy.deepcopy(mixture.policies[0].model).float())
    chosen, shares = percent(mixture.weights[-1]), path(mixture)
    found: dict[int, Figures] = {}
    for place, (step, share) in enumerate(shares.items()):
        observer.phase(f"At {step} % of the last policy", place / len(shares))
        found[step] = at(mixture, mean, step, weights_at(mixture.weights, share), observer)
        observer.report(step, found[step])
        if is_kept(mixture, step):
            observer.kept(step, folder_of(mixture, step), found[step])
    why = f"The mean was made at {len(shares)} points of the path." if len(shares) > 1 else "The mean was made."
    return Outcome("completed", why, chosen, max(shares), found[max(shares)], found[chosen])


def percent(share: float) -> int:
    return round(100 * share)


def path(mixture: Mixture) -> dict[int, float]:
    """The share of the last policy by whole percents; at that of the weights given it is theirs to the digit."""
    points = mixture.settings.points if mixture.prompts else 0
    found = {percent(one / (points - 1)): one / (points - 1) for one in range(points)}
    found[percent(mixture.weights[-1])] = mixture.weights[-1]
    return dict(sorted(found.items()))


def weights_at(weights: Sequence[float], share: float) -> list[float]:
    """The last has this share, and the others keep their proportions; alike where none has any."""
    others = sum(weights[:-1])
    if share == weights[-1]:
        return list(weights)
    parts = [one / others for one in weights[:-1]] if others else [1 / (len(weights) - 1)] * (len(weights) - 1)
    return [*((1 - share) * part for part in parts), share]


def at(mixture: Mixture, mean: Causal, step: int, weights: Sequence[float], observer: RunObserver) -> Figures:
    """The figures of one point; its folder and its figures are there as a whole or not at all."""
    told = mixture.folder / f"{step}.json"
    if told.is_file():
        remembered: Figures = json.loads(told.read_text())
        return remembered
    with torch.no_grad():
        mean.model.load_state_dict(merging.averaged([one.model.state_dict() for one in mixture.policies], weights))
    if is_kept(mixture, step):
        merging.keep(folder_of(mixture, step), mean, mixture.policies, weights, mixture.lineage)
    found = {f"weight/{number}": weight for number, weight in enumerate(weights, start=1)}
    if mixture.prompts:
        found |= looked(mixture, mean, step, observer)
    mixture.folder.mkdir(parents=True, exist_ok=True)
    draft = told.with_name(f".{told.name}")
    draft.write_text(json.dumps(found))
    draft.replace(told)
    return found


def looked(mixture: Mixture, mean: Causal, step: int, observer: RunObserver) -> Figures:
    own, way = mixture.settings, mixture.way
    policy = beside.still(mean, own.max_prompt, own.max_new_tokens, mixture.reference)
    order = rollouts.order(mixture.seed, len(mixture.prompts), 0, min(own.prompts, len(mixture.prompts)))
    seen = beside.look(policy, [mixture.prompts[place] for place in order], mixture.rewards, way)
    observer.samples(step, beside.shown(policy, seen, way))
    return beside.figures(seen)


def is_kept(mixture: Mixture, step: int) -> bool:
    """The ends are policies that are there already, unless they are asked for."""
    return step == percent(mixture.weights[-1]) or (mixture.settings.keep == PATH and 0 < step < 100)


def folder_of(mixture: Mixture, step: int) -> Path:
    return mixture.folder / "checkpoints" / str(step)
