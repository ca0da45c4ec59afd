"""Learns a backbone, or adapters in it, together with the head: AdamW that stops early and resumes to the same bits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn

from rewardmodels.learning import keys, passes
from rewardmodels.learning.columns import Columns
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.fitting import Keeper, must_be_finite
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.posterior import Posterior, learned
from rewardmodels.learning.settings.common import Tunable

LOOKS = 4  # at the held-out loss in an epoch
LONGEST_GRADIENT = 1.0  # norm to which the backbone's gradient is cut
SHARE_OF_KEEPING = 0.1  # of the time, at most, goes into checkpoints


@dataclass(frozen=True)
class Plan:
    """How AdamW goes over the judgments."""

    learning_rate: float  # of the head and of what the likelihood learns itself
    backbone_learning_rate: float
    epochs: int
    batch_size: int  # judgments
    patience: int  # looks at the held-out loss without gain
    warm_up: float  # share of all steps over which the rates rise; then they fall to 0
    seed: int

    @classmethod
    def of(cls, settings: Tunable, seed: int) -> Self:
        return cls(
            learning_rate=settings.learning_rate,
            backbone_learning_rate=settings.backbone_rate,
            epochs=settings.most_epochs,
            batch_size=settings.batch,
            patience=settings.patience,
            warm_up=settings.warm_up,
            seed=seed,
        )


@dataclass(frozen=True)
class Lesson:
    """What is learned from, what tells when to stop, and the passes through the backbone."""

    through: Passes
    kept: Columns
    held_out: Columns
    between: Callable[[Callable[[], None]], None] | None = None  # changes, behind each epoch, what no gradient moves


@dataclass(frozen=True)
class Trail:
    """What came of it."""

    steps: int
    tokens: int
    first_loss: float  # held out, before the backbone was touched
    best_loss: float


class Learned(nn.Module):
    """All that is learned, under names that a checkpoint can hold."""

    def __init__(self, posterior: Posterior[Any], backbone: list[nn.Parameter]) -> None:
        super().__init__()
        self.posterior = posterior
        self.backbone = nn.ParameterList(backbone)

    def copy(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.state_dict().items()}


def tune(posterior: Posterior[Any], lesson: Lesson, plan: Plan, observer: Observer = NOBODY) -> Trail:
    """Learn until the judgments held out gain no more; the best weights are kept."""
    try:
        return Tuner(posterior, lesson, plan, observer).run()
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        raise Unlearnable(
            f"There is not enough memory for passes of {lesson.through.tokens} tokens. Choose fewer, compute layers "
            "again on the way back, or learn adapters instead of all weights."
        ) from error


class Tuner:
    """One run, as it stands: weights, optimiser, and the few numbers that say how far it has come."""

    def __init__(self, posterior: Posterior[Any], lesson: Lesson, plan: Plan, observer: Observer) -> None:
        backbone = [one for one in lesson.through.backbone.model.parameters() if one.requires_grad]
        self.posterior, self.lesson, self.plan, self.observer = posterior, lesson, plan, observer
        self.weights = Learned(posterior, backbone)
        self.backbone = backbone
        self.optimiser = torch.optim.AdamW(
            [
                {"params": backbone, "lr": plan.backbone_learning_rate},
                {"params": learned(posterior), "lr": plan.learning_rate},
            ],
            weight_decay=0.0,  # the priors are in the loss
            fused=True,
        )
        self.best = self.weights.copy()
        self.batches = -(-len(lesson.kept) // plan.batch_size)
        self.keeper = Keeper("tuning", self.weights, self.optimiser, observer, self.best)
        fresh = {"epoch": 0, "batch": 0, "waited": 0, "tokens": 0}
        self.step, self.numbers = self.keeper.restore(fresh)

    def run(self) -> Trail:
        if self.step == 0:
            self.numbers["first"] = self.numbers["best"] = self.loss_held_out()
        numbers, pace = self.numbers, Pace()
        while numbers["epoch"] < self.plan.epochs and numbers["waited"] < self.plan.patience:
            order = torch.randperm(
                len(self.lesson.kept), generator=keys.generator(self.plan.seed, "epoch", numbers["epoch"])
            )
            self.learn(self.lesson.kept.at(order.split(self.plan.batch_size)[numbers["batch"]]))
            numbers["batch"] += 1
            if numbers["batch"] in looks(self.batches):
                self.look()
            if numbers["batch"] == self.batches:
                self.change_between()
                numbers.update(batch=0, epoch=numbers["epoch"] + 1)
            pace.keep(self.keep)
        self.weights.load_state_dict(self.best)
        return Trail(self.step, numbers["tokens"], numbers["first"], numbers["best"])

    def learn(self, batch: Columns) -> None:
        """One step of the optimiser."""
        self.optimiser.zero_grad()
        loss = passes.accumulate(self.posterior, self.lesson.through, batch, self.beat)
        nn.utils.clip_grad_norm_(self.backbone, LONGEST_GRADIENT)
        rates = (self.plan.backbone_learning_rate, self.plan.learning_rate)
        for group, rate in zip(self.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * swell(self.step, self.batches * self.plan.epochs, self.plan.warm_up)
        self.optimiser.step()
        self.step += 1
        self.numbers["tokens"] += passes.tokens_of(batch, self.lesson.through.texts)
        self.observer.report(self.step, {"loss": must_be_finite(loss, self.step)})

    def look(self) -> None:
        """At the held-out loss: keep the weights if it fell, or else wait a little less long."""
        now = self.loss_held_out()
        self.observer.report(self.step, {"held_out_loss": now})
        self.numbers["last"] = now
        if not self.is_best(now):
            self.numbers["waited"] += 1

    def is_best(self, now: float) -> bool:
        if now >= self.numbers["best"]:
            return False
        self.best.update(self.weights.copy())
        self.numbers.update(best=now, waited=0)
        return True

    def change_between(self) -> None:
        """What no gradient moves, behind an epoch; it stays as it was where that makes the held-out loss rise."""
        if self.lesson.between is None:
            return
        before = {name: value.clone() for name, value in self.posterior.state_dict().items()}
        self.lesson.between(self.beat)
        now = self.loss_held_out()
        if now >= self.numbers["last"]:
            self.posterior.load_state_dict(before)
            return
        self.observer.report(self.step, {"held_out_loss": now})
        self.is_best(now)

    def keep(self) -> None:
        self.keeper.keep(self.step, self.numbers, at_once=True)

    def loss_held_out(self) -> float:
        return passes.mean_loss(self.posterior, self.lesson.through, self.lesson.held_out, self.beat)

    def beat(self) -> None:
        """Say how far it is, so that a wish to stop is heard within a step too."""
        done = self.numbers["epoch"] + self.numbers["batch"] / self.batches
        self.observer.phase("Learning the backbone", done / self.plan.epochs)


def looks(batches: int) -> set[int]:
    """Behind which batches of an epoch the held-out loss is looked at; the last is always among them."""
    return {-(-batches * part // LOOKS) for part in range(1, LOOKS + 1)}


def swell(step: int, steps: int, warm_up: float) -> float:
    """What the rates are multiplied by: rising to 1, then falling to 0 behind the last step."""
    rising = max(1, round(warm_up * steps))
    return (step + 1) / rising if step < rising else (steps - step) / max(1, steps - rising)


class Pace:
    """Writes often, but for no more than a share of the time."""

    def __init__(self) -> None:
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due

    def keep(self, write: Callable[[], None]) -> None:
        if self.is_due:
            self.keep_now(write)

    def keep_now(self, write: Callable[[], None]) -> None:
        begin = time.monotonic()
        write()
        took = time.monotonic() - begin
        self._due = begin + took / SHARE_OF_KEEPING
