"""Fits a head to a bag of judgments of any kinds, with everything that their likelihoods have to learn.

A utility that is flexible enough explains every training judgment, and then nothing holds the noise up: scales fall to
their bounds. So slopes, scales and lapse rates are learned from judgments that the utility was not fitted to: prompts
are divided into folds, each fold is judged by a utility of the others, and what fits these best is kept fixed while the
utility is fitted to all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lm.families import Family
from rewardmodels.learning import finetuning, fitting, heads
from rewardmodels.learning.bradley_terry import DECAYS, FOLDS, FROZEN_SHARE, HELD_OUT_SHARE, folds
from rewardmodels.learning.columns import Bag, Columns, together
from rewardmodels.learning.finetuning import Plan
from rewardmodels.learning.fitting import Schedule
from rewardmodels.learning.heads import Head
from rewardmodels.learning.likelihoods import mixing
from rewardmodels.learning.likelihoods.likelihood import Mixture
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.posterior import Objective, Posterior
from rewardmodels.learning.settings.common import Mixed

MOST_FOR_CHOOSING = 20_000
FIRST_DECAY = 30.0  # with which slopes and scales are learned for the first time
STRETCH_DEVIATION = 2.0  # of the log
EARLY = 1e-3  # nats a judgment, gained in a step: before there are slopes and scales, going on makes them collapse
ROUGH = 1e-6  # likewise: what is held against other judgments needs no more digits


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from: states of all candidates, and training judgments that point at them."""

    states: Tensor  # (candidates, width) fp32
    bag: Bag
    recipe: Recipe
    family: Family
    seed: int
    whole: Bag | None = None  # of which the bag is a part: it decides what there is to learn

    @property
    def everything(self) -> Bag:
        return self.bag if self.whole is None else self.whole


@dataclass(frozen=True)
class Fitted:
    """In the unit of the anchor, with 0 where the settings put it."""

    head: Head
    likelihood: Mixture
    decay: float
    held_out_losses: dict[str, float]  # weight decay → mean held-out loss; empty where the decay was given
    steps: int


class Given(Objective):
    """Likelihoods of utilities that are given: what cross-fitting leaves to be learned.

    A prior makes utilities of unseen answers timid. How much is learned on the side and thrown away: the gauge would
    otherwise keep the pool's mean slope where it is and give some annotators up to fit the rest.
    """

    def __init__(self, likelihood: Mixture, judgments: int) -> None:
        super().__init__()
        self.likelihood, self.judgments = likelihood, judgments
        self.log_stretch = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def loss(self, inputs: Tensor, said: Columns) -> Tensor:  # inputs: (candidates,) utilities
        fit: Tensor = -self.likelihood(inputs * self.log_stretch.exp(), said).mean()
        prior = self.likelihood.log_prior() - 0.5 * (self.log_stretch / STRETCH_DEVIATION).square().sum()
        return fit - prior / self.judgments


def fit(settings: Mixed, lesson: Lesson, observer: Observer = NOBODY) -> Fitted:
    """The head and likelihoods that the settings ask for, in the unit of the anchor."""
    before = beforehand(settings, lesson, observer)
    observer.phase("Fitting", 0.77)
    posterior = start(lesson, lesson.bag, before.decay, before.scales)
    if settings.head == "linear":
        steps = fitting.lbfgs(posterior, posterior.inputs(lesson.states), lesson.bag, observer)
    else:
        steps = fit_pooler(settings, posterior, lesson, observer)
    fitted = Fitted(posterior.head, posterior.likelihood, before.decay, before.losses, steps)
    into_unit(fitted, lesson, settings.zero)
    return fitted


def tune(
    settings: Mixed, lesson: Lesson, through: Passes, observer: Observer = NOBODY
) -> tuple[Fitted, finetuning.Trail]:
    """From the frozen optimum on, learn the backbone too, and with it what the likelihoods learn; not yet in a unit.

    Thresholds, ties, sides and the like go on with it. Slopes, scales and lapse rates no gradient moves: a backbone
    explains the judgments that it learns from even better than a head does. Behind each epoch they are fitted again to
    utilities of what the backbone sees by then, across folds as at first.
    """
    before = beforehand(settings, lesson, part(observer, 0.0, FROZEN_SHARE))
    posterior = start(lesson, lesson.bag, before.decay, before.scales)
    kept, held_out = without_some_prompts(lesson)
    fitting.lbfgs(posterior, posterior.inputs(lesson.states), kept)
    posterior.head.dense.requires_grad_(settings.head == "pooler")
    between = partial(refit, posterior, replace(lesson, bag=kept, whole=lesson.everything), through)
    has_scales = any(each.numel() for each in posterior.likelihood.scales())
    all_of_it = finetuning.Lesson(through, kept, held_out, between if has_scales else None)
    plan = Plan.of(settings, lesson.seed)
    trail = finetuning.tune(posterior, all_of_it, plan, part(observer, FROZEN_SHARE, 0.8))
    return Fitted(posterior.head, posterior.likelihood, before.decay, before.losses, trail.steps), trail


def refit(posterior: Posterior[Mixture], lesson: Lesson, through: Passes, beat: Callable[[], None]) -> None:
    """Slopes, scales and lapse rates from heads across folds on what the backbone makes of the texts now.

    The last weights are then fitted to all with these, for those before were made for other ones.
    """
    now = smaller(replace(lesson, states=through.states(lesson.everything.candidates(), beat)))
    beat()
    found = cross_fitted(now, posterior.decay, posterior.likelihood)
    with torch.no_grad():
        for own, new in zip(posterior.likelihood.scales(), found.scales(), strict=True):
            own.copy_(new)
    has_pooler = posterior.head.dense.weight.requires_grad
    posterior.head.dense.requires_grad_(False)
    beat()
    fitting.lbfgs(posterior, posterior.inputs(now.states), lesson.bag, gain=ROUGH)
    posterior.head.dense.requires_grad_(has_pooler)


class Beforehand(NamedTuple):
    """What is known before the utility is fitted to all."""

    decay: float
    losses: dict[str, float]
    scales: Mixture


def beforehand(settings: Mixed, lesson: Lesson, observer: Observer) -> Beforehand:
    losses: dict[str, float] = {}
    decay = settings.weight_decay
    observer.phase("Learning slopes and scales from held-out judgments", 0.65)
    scales = cross_fitted(smaller(lesson), max(decay or 0.0, FIRST_DECAY))
    if decay is None:
        decay, losses = choose_decay(smaller(lesson), scales, observer)
    observer.phase("Learning slopes and scales from held-out judgments", 0.74)
    return Beforehand(decay, losses, cross_fitted(lesson, decay, scales))


def start(lesson: Lesson, bag: Bag, decay: float, scales: Mixture | None = None) -> Posterior[Mixture]:
    """A posterior at its beginning, with the standardisation of all training judgments.

    Where slopes, scales and lapse rates are given, they are held: they were learned from other judgments. Where they
    are not, annotators are taken to be alike, so that nobody is written off before there is a utility.
    """
    head = heads.standardising(lesson.states[lesson.everything.candidates()], lesson.family)
    head.dense.requires_grad_(False)
    head.out.bias.requires_grad_(False)
    likelihood = mixing.build(lesson.everything, lesson.recipe)
    if scales is not None:
        likelihood.load_state_dict(scales.state_dict())
    held = likelihood.scales() if scales is not None else likelihood.departures()
    for parameter in held:
        parameter.requires_grad_(False)
    return Posterior(head, likelihood, decay=decay, judgments=len(bag))


def divided(lesson: Lesson) -> Iterator[tuple[Bag, Bag]]:
    """(kept, held out) for each fold; a prompt's judgments are in one."""
    count = min(FOLDS, int(torch.unique(lesson.bag.clusters).numel()))
    fold = folds(lesson.bag, count, lesson.seed)
    for number in range(count):
        kept, held = lesson.bag.at(fold != number), lesson.bag.at(fold == number)
        if len(kept) and len(held):
            yield kept, held


def choose_decay(lesson: Lesson, scales: Mixture, observer: Observer) -> tuple[float, dict[str, float]]:
    """The weight decay with the least held-out loss over all kinds, and the loss of each."""
    totals, judged, parts = dict.fromkeys(DECAYS, 0.0), 0, list(divided(lesson))
    for number, (kept, held) in enumerate(parts):
        posterior = start(lesson, kept, DECAYS[0], scales)
        inputs = posterior.inputs(lesson.states)
        for done, decay in enumerate(DECAYS):
            posterior.decay = decay
            fitting.lbfgs(posterior, inputs, kept, gain=ROUGH)
            totals[decay] += fitting.held_out_loss(posterior, inputs, held) * len(held)
            observer.phase("Choosing the weight decay", 0.66 + 0.08 * (number + done / len(DECAYS)) / len(parts))
        judged += len(held)
    losses = {f"{decay:g}": total / max(judged, 1) for decay, total in totals.items()}
    return min(DECAYS, key=lambda decay: totals[decay]), losses  # the stiffest among equals


def smaller(lesson: Lesson) -> Lesson:
    """Enough of a large bag to choose a decay by: every so many, so that all kinds are there."""
    size = len(lesson.bag)
    if size <= MOST_FOR_CHOOSING:
        return lesson
    chosen = torch.arange(0, size, -(-size // MOST_FOR_CHOOSING))
    return replace(lesson, bag=lesson.bag.at(chosen), whole=lesson.everything)


def cross_fitted(lesson: Lesson, decay: float, scales: Mixture | None = None) -> Mixture:
    """What the likelihoods learn from utilities that never saw the judgments they are held against."""
    utilities: list[Tensor] = []
    judged: list[Bag] = []
    for kept, held in divided(lesson):
        posterior = start(lesson, kept, decay, scales)
        inputs = posterior.inputs(lesson.states)
        fitting.lbfgs(posterior, inputs, kept, gain=EARLY if scales is None else ROUGH)
        judged.append(held.moved(len(utilities) * len(lesson.states)))
        utilities.append(posterior.utilities(inputs).detach())
    likelihood = mixing.build(lesson.everything, lesson.recipe)
    if scales is not None:
        likelihood.load_state_dict(scales.state_dict())
    if judged:
        bag = together(judged)
        fitting.lbfgs(Given(likelihood, len(bag)), torch.cat(utilities), bag, gain=ROUGH)
    return likelihood


def fit_pooler(settings: Mixed, posterior: Posterior[Mixture], lesson: Lesson, observer: Observer) -> int:
    """From the linear optimum on, learn the dense layer too, until prompts held out from training gain no more."""
    kept, held_out = without_some_prompts(lesson)
    fitting.lbfgs(posterior, posterior.inputs(lesson.states), kept)
    posterior.head.dense.requires_grad_(bool(lesson.family.dense))
    schedule = Schedule(
        settings.learning_rate, settings.most_epochs, settings.batch, settings.patience, lesson.seed, micro_batch=1_024
    )
    return fitting.adamw(posterior, posterior.inputs(lesson.states), kept, held_out, schedule, observer)


def without_some_prompts(lesson: Lesson) -> tuple[Bag, Bag]:
    """What is learned from, and a tenth of the prompts that tells when to stop."""
    held = folds(lesson.bag, round(1 / HELD_OUT_SHARE), lesson.seed) == 0
    return lesson.bag.at(~held), lesson.bag.at(held)


@torch.no_grad()
def into_unit(fitted: Fitted, lesson: Lesson, zero: str = "reference") -> float:
    """Set the gauges: money where there are amounts, and where 0 lies; no judgment becomes more or less likely.

    What a difference of 1 has become is returned.
    """
    head, likelihood = fitted.head, fitted.likelihood
    head.out.bias.zero_()
    factor = 1.0
    if "amounts" in likelihood.kinds:
        factor = float(likelihood.of("amounts").money)
        head.out.weight.mul_(factor)
        likelihood.rescale(factor)
    if zero == "boundary":
        level = likelihood.of("verdicts").threshold.pooled[0].clone()
    else:
        level = head(lesson.states[lesson.bag.candidates()].double()).mean()
    head.out.bias.sub_(level)
    likelihood.shift(-float(level))
    return factor
