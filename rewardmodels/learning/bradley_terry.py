"""Fits a head to comparisons: weight decay by cross-validation over prompts, then all of the training split."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lm.families import Family
from rewardmodels.learning import finetuning, fitting, heads, keys
from rewardmodels.learning.columns import Columns, PairColumns
from rewardmodels.learning.finetuning import Plan
from rewardmodels.learning.fitting import Schedule
from rewardmodels.learning.heads import Head
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.margins import BoundedPairs, Ceilings
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.posterior import Posterior
from rewardmodels.learning.settings.kinds import BradleyTerry

DECAYS = (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)  # from the stiffest: each fit starts where the last ended
FOLDS = 5
MOST_PAIRS_FOR_CHOOSING = 20_000
HELD_OUT_SHARE = 0.1
FROZEN_SHARE = 0.2  # of the work, as it is shown, where the backbone is learned too


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from: states of all candidates, and the training pairs that point at them."""

    states: Tensor  # (candidates, width) fp32
    pairs: PairColumns
    annotators: int
    family: Family
    seed: int
    ceilings: Ceilings | None = None  # on the margins of training pairs


@dataclass(frozen=True)
class Fitted:
    head: Head
    likelihood: PairLikelihood
    decay: float
    held_out_losses: dict[str, float]  # weight decay → mean held-out loss; empty where the decay was given
    steps: int


def fit(settings: BradleyTerry, lesson: Lesson, observer: Observer = NOBODY) -> Fitted:
    """The head and likelihood that the settings ask for."""
    decay, losses = decay_of(settings, lesson, observer)
    posterior = start(lesson, lesson.pairs, decay, side_bias=settings.side_bias)
    observer.phase("Fitting", 0.75)
    if settings.head == "linear":
        steps = fitting.lbfgs(posterior, posterior.inputs(lesson.states), lesson.pairs, observer)
    else:
        steps = fit_pooler(settings, posterior, lesson, observer)
    return Fitted(posterior.head, posterior.likelihood, decay, losses, steps)


def tune(
    settings: BradleyTerry, lesson: Lesson, through: Passes, observer: Observer = NOBODY
) -> tuple[Fitted, finetuning.Trail]:
    """From the frozen optimum on, learn the backbone too, until prompts held out from training gain no more."""
    decay, losses = decay_of(settings, lesson, part(observer, 0.0, FROZEN_SHARE))
    posterior = start(lesson, lesson.pairs, decay, side_bias=settings.side_bias)
    kept, held_out = without_some_prompts(lesson)
    fitting.lbfgs(posterior, posterior.inputs(lesson.states), kept)
    posterior.head.dense.requires_grad_(settings.head == "pooler")
    all_of_it = finetuning.Lesson(through, kept, held_out)
    trail = finetuning.tune(posterior, all_of_it, Plan.of(settings, lesson.seed), part(observer, FROZEN_SHARE, 0.8))
    return Fitted(posterior.head, posterior.likelihood, decay, losses, trail.steps), trail


def decay_of(settings: BradleyTerry, lesson: Lesson, observer: Observer) -> tuple[float, dict[str, float]]:
    """The weight decay asked for, or the one that cross-validation chooses with the loss of each."""
    if settings.weight_decay is not None:
        return settings.weight_decay, {}
    return choose_decay(lesson, side_bias=settings.side_bias, observer=observer)


def start(lesson: Lesson, pairs: PairColumns, decay: float, *, side_bias: bool) -> Posterior[PairLikelihood]:
    """A posterior at its beginning: weights 0, the dense layer fixed to standardise the training candidates."""
    used = torch.unique(torch.cat([pairs.first, pairs.second]))
    head = heads.standardising(lesson.states[used], lesson.family)
    head.dense.requires_grad_(False)
    head.out.bias.requires_grad_(False)
    if lesson.ceilings is None:
        likelihood = PairLikelihood(pairs, lesson.annotators, side_bias=side_bias)
    else:
        likelihood = BoundedPairs(pairs, lesson.annotators, side_bias=side_bias, ceilings=lesson.ceilings)
    return Posterior(head, likelihood, decay=decay, judgments=len(pairs))


def fit_pooler(settings: BradleyTerry, posterior: Posterior[PairLikelihood], lesson: Lesson, observer: Observer) -> int:
    """From the linear optimum on, learn the dense layer too, until prompts held out from training gain no more."""
    kept, held_out = without_some_prompts(lesson)
    fitting.lbfgs(posterior, posterior.inputs(lesson.states), kept)
    posterior.head.dense.requires_grad_(bool(lesson.family.dense))
    schedule = Schedule(
        settings.learning_rate, settings.most_epochs, settings.batch, settings.patience, lesson.seed, micro_batch=1_024
    )
    return fitting.adamw(posterior, posterior.inputs(lesson.states), kept, held_out, schedule, observer)


def without_some_prompts(lesson: Lesson) -> tuple[PairColumns, PairColumns]:
    """What is learned from, and a tenth of the prompts that tells when to stop."""
    held = folds(lesson.pairs, round(1 / HELD_OUT_SHARE), lesson.seed) == 0
    return lesson.pairs.at(~held), lesson.pairs.at(held)


def choose_decay(lesson: Lesson, *, side_bias: bool, observer: Observer) -> tuple[float, dict[str, float]]:
    """The weight decay with the least held-out loss, and the loss of each."""
    pairs = lesson.pairs.at(torch.arange(len(lesson.pairs))[:MOST_PAIRS_FOR_CHOOSING])
    count = min(FOLDS, int(torch.unique(pairs.cluster).numel()))
    fold = folds(pairs, count, lesson.seed)
    totals = dict.fromkeys(DECAYS, 0.0)
    for number in range(count):
        kept, held = pairs.at(fold != number), pairs.at(fold == number)
        if len(held) == 0 or len(kept) == 0:
            continue
        posterior = start(lesson, kept, DECAYS[0], side_bias=side_bias)
        inputs = posterior.inputs(lesson.states)
        for done, decay in enumerate(DECAYS):
            posterior.decay = decay
            fitting.lbfgs(posterior, inputs, kept)
            totals[decay] += decided_loss(posterior, inputs, held)
            observer.phase("Choosing the weight decay", 0.65 + 0.1 * (number + done / len(DECAYS)) / count)
    decided = max(int(pairs.is_decided.sum()), 1)
    losses = {f"{decay:g}": total / decided for decay, total in totals.items()}
    best = min(DECAYS, key=lambda decay: totals[decay])  # the stiffest among equals
    return best, losses


@torch.no_grad()
def decided_loss(posterior: Posterior[PairLikelihood], inputs: Tensor, pairs: PairColumns) -> float:
    """Summed −log P of the decided pairs; ties may be unknown to a fold's link."""
    decided = pairs.at(pairs.is_decided)
    if len(decided) == 0:
        return 0.0
    return float(-posterior.likelihood(posterior.utilities(inputs), decided).sum())


def folds(said: Columns, count: int, seed: int) -> Tensor:  # → (rows,) int64
    """Each judgment's fold; a prompt's judgments share one."""
    clusters, where = torch.unique(said.clusters, return_inverse=True)
    order = torch.randperm(len(clusters), generator=keys.generator(seed, "folds", count))
    return (order % max(count, 1))[where]
