"""Two optimisers that stop by themselves and go on from a checkpoint to the same bits: L-BFGS and AdamW."""

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from rewardmodels.learning import checkpoints, keys, quasi_newton
from rewardmodels.learning.columns import Columns
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.posterior import Objective, Posterior, accumulate, learned
from rewardmodels.learning.quasi_newton import Iterate

MOST_STEPS = 400
SMALL_GRADIENT = 1e-7
SMALL_GAIN = 1e-12


@dataclass(frozen=True)
class Schedule:
    """How AdamW goes over the judgments."""

    learning_rate: float
    epochs: int
    batch_size: int
    patience: int
    seed: int
    micro_batch: int = 1 << 30


def lbfgs(
    posterior: Objective, inputs: Tensor, said: Columns, observer: Observer = NOBODY, *, gain: float = SMALL_GAIN
) -> int:
    """Bring a posterior to its optimum, until three steps in a row gain less than `gain`; the steps taken."""
    parameters = learned(posterior)

    def evaluate(point: Tensor) -> tuple[float, Tensor]:
        vector_to_parameters(point, parameters)
        posterior.zero_grad()
        loss = posterior.loss(inputs, said)
        loss.backward()
        return float(loss.detach()), torch.cat([flat(parameter.grad) for parameter in parameters])

    kept = checkpoints.load(observer.checkpoint) if observer.checkpoint else None
    if kept is not None and kept.numbers.get("name") == "lbfgs":
        step, small_gains = kept.step, int(kept.numbers["small_gains"])
        at = Iterate(loss=kept.numbers["loss"], **kept.tensors)
        observer.resumed(step)
    else:
        step, small_gains = 0, 0
        at = quasi_newton.begin(parameters_to_vector(parameters).detach().clone(), evaluate)
    while step < MOST_STEPS and small_gains < 3 and steepness(at) > SMALL_GRADIENT:
        before, at = at.loss, quasi_newton.advance(at, evaluate)
        small_gains = small_gains + 1 if before - must_be_finite(at.loss, step) <= gain else 0
        step += 1
        observer.report(step, {"loss": at.loss, "gradient": steepness(at)})
        if observer.checkpoint is not None and step % observer.every == 0:
            tensors = {name: value for name, value in at._asdict().items() if isinstance(value, Tensor)}
            numbers = {"name": "lbfgs", "loss": at.loss, "small_gains": small_gains}
            checkpoints.save(observer.checkpoint, checkpoints.State(step, tensors, numbers))
    vector_to_parameters(at.point, parameters)
    return step


def flat(gradient: Tensor | None) -> Tensor:
    if gradient is None:
        raise RuntimeError("A learned parameter took no part in the loss.")
    return gradient.flatten()


def steepness(at: Iterate) -> float:
    return float(at.gradient.abs().max())


def adamw(
    posterior: Posterior[Any],
    inputs: Tensor,
    said: Columns,
    held_out: Columns,
    schedule: Schedule,
    observer: Observer = NOBODY,
) -> int:
    """Go over the judgments in keyed order until the held-out loss stops falling; the best weights are kept."""
    optimiser = torch.optim.AdamW(learned(posterior), lr=schedule.learning_rate, weight_decay=0.0)
    best = {name: value.detach().clone() for name, value in posterior.state_dict().items()}
    keeper = Keeper("adamw", posterior, optimiser, observer, best)
    start = {"epoch": 0, "best": held_out_loss(posterior, inputs, held_out), "waited": 0}
    step, numbers = keeper.restore(start)
    while numbers["epoch"] < schedule.epochs and numbers["waited"] < schedule.patience:
        order = torch.randperm(len(said), generator=keys.generator(schedule.seed, "epoch", numbers["epoch"]))
        for chosen in order.split(schedule.batch_size):
            optimiser.zero_grad()
            loss = accumulate(posterior, inputs, said.at(chosen), schedule.micro_batch)
            optimiser.step()
            step += 1
            observer.report(step, {"loss": must_be_finite(loss, step)})
        numbers["epoch"] += 1
        now = held_out_loss(posterior, inputs, held_out)
        observer.report(step, {"held_out_loss": now})
        numbers["waited"] = 0 if now < numbers["best"] else numbers["waited"] + 1
        if now < numbers["best"]:
            numbers["best"] = now
            best.update({name: value.detach().clone() for name, value in posterior.state_dict().items()})
        keeper.keep(step, numbers, at_once=True)
    posterior.load_state_dict(best)
    return step


@torch.no_grad()
def held_out_loss(posterior: Posterior[Any], inputs: Tensor, said: Columns) -> float:
    return float(-posterior.likelihood(posterior.utilities(inputs), said).mean())


def must_be_finite(loss: float, step: int) -> float:
    if not math.isfinite(loss):
        raise Unlearnable(
            f"The loss was no longer a number after step {step}. A smaller learning rate or more weight decay may help."
        )
    return loss


@dataclass
class Keeper:
    """Keeps weights, the best weights, the optimiser and a few numbers where the next attempt finds them."""

    name: str
    posterior: nn.Module
    optimiser: torch.optim.Optimizer
    observer: Observer
    best: dict[str, Tensor] | None = None

    def restore(self, fresh: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        state = checkpoints.load(self.observer.checkpoint) if self.observer.checkpoint else None
        if state is None or state.numbers.get("name") != self.name:
            return 0, fresh
        self.posterior.load_state_dict(taken(state.tensors, "weights."))
        if self.best is not None:
            self.best.update(taken(state.tensors, "best."))
        self.optimiser.load_state_dict(
            checkpoints.unflatten(taken(state.tensors, "optimiser."), state.numbers["optimiser"])
        )
        self.observer.resumed(state.step)
        return state.step, state.numbers["own"]

    def keep(self, step: int, numbers: dict[str, Any], *, at_once: bool = False) -> None:
        if self.observer.checkpoint is None or not (at_once or step % self.observer.every == 0):
            return
        tensors, shape = checkpoints.flatten(copy.copy(self.optimiser.state_dict()))
        everything = {f"optimiser.{name}": tensor for name, tensor in tensors.items()}
        everything |= {f"weights.{name}": tensor for name, tensor in self.posterior.state_dict().items()}
        everything |= {f"best.{name}": tensor for name, tensor in (self.best or {}).items()}
        described = {"name": self.name, "optimiser": shape, "own": numbers}
        checkpoints.save(self.observer.checkpoint, checkpoints.State(step, everything, described))


def taken(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
