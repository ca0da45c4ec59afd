"""From raw scores to what a step raises and what its bounds hold: taken by component, before anything is mixed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from training.learning import advantages, kl, passes, rewards, transforms
from training.learning.bounds import Held
from training.learning.controllers import Batch, Controller, mixed
from training.learning.passes import Said
from training.learning.rewards import Scored
from training.learning.rollouts import Rollout
from training.learning.settings.online import Online
from training.learning.settings.plan import KL, Component, Plan
from training.learning.transforms import Given


class Signals(NamedTuple):
    counts: Tensor  # (answers,) bool: who takes part in the step
    objective: Tensor  # (answers,): weights · rewards − β log π/reference − penalties
    values: dict[str, Tensor]  # (answers,) raw, by component; log π/reference of the answer under “kl”
    means: dict[str, float]  # raw; the KL's from whole next-token distributions
    log_ratios: Tensor  # (tokens,) log π/reference
    objective_by_token: Tensor  # (tokens,): sums to the objective


class Seen(NamedTuple):
    """What was found out about a step's answers."""

    rollout: Rollout
    said: Said
    scored: Mapping[str, Scored]
    references: Mapping[str, Tensor]  # (prompts, m) by component


def of_step(plan: Plan, settings: Online, beta: float, seen: Seen) -> Signals:
    rollout, said, scored = seen.rollout, seen.said, seen.scored
    counts = (
        ~rollout.is_truncated if settings.truncated == "masked" else torch.ones(len(rollout.answers), dtype=torch.bool)
    )
    scores = {name: one.rewards for name, one in scored.items()}
    log_ratios = kl.k1(said.log_probs, said.reference).double()
    task = torch.zeros(len(counts), dtype=torch.float64)
    for one in plan.weighted:
        own, beside = aimed(one, scores[one.name]), aimed(one, seen.references[one.name])
        given = Given(own, counts, beside, settings)
        task = task + float(one.weight or 0) * transforms.TRANSFORMS[settings.transform](given)
    task = task - settings.penalty * faulty(settings, rollout)
    by_token = rewards.by_token(task, log_ratios, rollout.lengths, beta)
    objective = passes.by_answer(by_token, rollout.lengths)
    values = {**scores, KL: passes.by_answer(log_ratios, rollout.lengths)}
    means = {name: float(each[counts].mean()) for name, each in scores.items() if counts.any()}
    means[KL] = float(said.kl.double().sum() / len(counts))
    return Signals(counts, objective, values, means, log_ratios, by_token)


def proxies(plan: Plan, scored: Mapping[str, Scored]) -> list[float]:
    """(answers,): weights · rewards, raw."""
    count = max((len(one.rewards) for one in scored.values()), default=0)
    found = torch.zeros(count, dtype=torch.float64)
    for one in plan.weighted:
        found = found + float(one.weight or 0) * scored[one.name].rewards
    return [float(each) for each in found]


def aimed(component: Component, rewards: Tensor) -> Tensor:
    """What counts of raw rewards: themselves, or minus the squared distance from the component's target (PPO-SAT)."""
    return rewards if component.target is None else -((rewards - component.target) ** 2)


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

    bounds = [one.sign * of_one(signals.values[one.component]) for one in held]
    return mixed(controller, of_one(signals.objective), bounds)


def streams(signals: Signals, held: Sequence[Held], rollout: Rollout) -> Tensor:
    """(tokens, 1 + bounds): token by token the rewards of the objective and of each bound, with its sign."""
    none = torch.zeros_like(signals.log_ratios)
    columns = [signals.objective_by_token]
    for one in held:
        if one.component == KL:
            columns.append(one.sign * signals.log_ratios)
        else:
            columns.append(rewards.by_token(one.sign * signals.values[one.component], none, rollout.lengths, 0.0))
    return torch.stack(columns, dim=1)


def batch(signals: Signals, samples: int, beta: float) -> Batch:
    """What the controller looks at; groups are whole, so who does not count stands in with their values."""
    values = {name: each.numpy() for name, each in signals.values.items()}
    return Batch(signals.means, signals.objective.numpy(), values, samples, beta)
