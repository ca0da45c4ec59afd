"""From raw scores to what a step raises and what its bounds hold: taken by component, before anything is mixed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from training.learning import advantages, kl, passes, rewards
from training.learning.bounds import Held
from training.learning.controllers import Batch, Controller, mixed
from training.learning.passes import Said
from training.learning.rewards import Scored
from training.learning.rollouts import Rollout
from training.learning.settings.online import Online
from training.learning.settings.plan import KL, Plan


class Signals(NamedTuple):
    counts: Tensor  # (answers,) bool: who takes part in the step
    objective: Tensor  # (answers,): weights · rewards − β log π/reference − penalties
    values: dict[str, Tensor]  # (answers,) raw, by component; log π/reference of the answer under “kl”
    means: dict[str, float]  # raw; the KL's from whole next-token distributions


def of_step(
    plan: Plan, settings: Online, beta: float, rollout: Rollout, scored: Mapping[str, Scored], said: Said
) -> Signals:
    counts = (
        ~rollout.is_truncated if settings.truncated == "masked" else torch.ones(len(rollout.answers), dtype=torch.bool)
    )
    scores = {name: one.rewards for name, one in scored.items()}
    log_ratios = kl.k1(said.log_probs, said.reference).double()
    task = sum(
        (one.weight * scores[one.name] for one in plan.weighted if one.weight), torch.zeros(len(counts)).double()
    )
    task = task - settings.penalty * faulty(settings, rollout)
    objective = passes.by_answer(rewards.by_token(task, log_ratios, rollout.lengths, beta), rollout.lengths)
    values = {**scores, KL: passes.by_answer(log_ratios, rollout.lengths)}
    means = {name: float(each[counts].mean()) for name, each in scores.items() if counts.any()}
    means[KL] = float(said.kl.double().sum() / len(counts))
    return Signals(counts, objective, values, means)


def faulty(settings: Online, rollout: Rollout) -> Tensor:
    """(answers,): 1 where the penalty is due."""
    cut = rollout.is_truncated & torch.tensor(settings.truncated == "penalised")
    empty = rollout.is_empty & torch.tensor(settings.empty == "penalised")
    return (cut | empty).double()


def advantage(signals: Signals, held: Sequence[Held], controller: Controller, settings: Online, samples: int) -> Tensor:
    """(answers,): of the objective and of each bound's component by themselves, then mixed by the multipliers."""

    def of_one(values: Tensor) -> Tensor:
        found = advantages.BASELINES[settings.baseline](values, signals.counts, samples)
        return advantages.scaled(found, signals.counts) if settings.normalise else found

    bounds = [held_one.sign * of_one(signals.values[held_one.component]) for held_one in held]
    return mixed(controller, of_one(signals.objective), bounds)


def batch(signals: Signals, samples: int, beta: float) -> Batch:
    """What the controller looks at; groups are whole, so who does not count stands in with their values."""
    values = {name: each.numpy() for name, each in signals.values.items()}
    return Batch(signals.means, signals.objective.numpy(), values, samples, beta)
