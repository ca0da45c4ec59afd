"""Heads on a frozen backbone: one posterior for all judgments, then every member from there on, all at once."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from rewardmodels.learning import bradley_terry, fitting
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.ensembles import exporting, together
from rewardmodels.learning.ensembles.members import Members
from rewardmodels.learning.fitting import taken
from rewardmodels.learning.heads import Head
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.posterior import Posterior
from rewardmodels.learning.settings.kinds import Ensemble

OWN = "posterior."  # before the names of what each member has of its own


@dataclass(frozen=True)
class Fitted:
    posterior: Posterior[PairLikelihood]  # fitted to all judgments once: its link and decay serve every member
    parameters: dict[str, Tensor]  # (members, *shape) by name: what each member has of its own
    held_out_losses: dict[str, float]
    steps: int

    @property
    def heads(self) -> list[Head]:
        """Each member's, fp64."""
        return [exporting.with_weight(self.posterior.head, row) for row in self.parameters["head.out.weight"]]

    @property
    def cuts(self) -> Tensor:
        return self.posterior.likelihood.link.cuts().detach()

    def describe(self) -> dict[str, Any]:
        sides = self.posterior.likelihood
        return {
            "weight_decay": self.posterior.decay,
            "held_out_losses": self.held_out_losses,
            "steps": self.steps,
            "side_bias": float(sides.pooled_side.detach()[0]) if sides.has_side_bias else None,
        }


def whole(settings: Ensemble, lesson: Lesson, observer: Observer) -> State:
    """The decay, the link and the weights that all judgments speak for, as a checkpoint carries them."""
    kept = together.resumable(observer)
    if kept is not None:  # an earlier attempt came as far as the members; its checkpoint carries what came before them
        numbers = {name: kept.numbers[name] for name in ("decay", "losses", "steps")}
        return State(numbers["steps"], {f"whole.{k}": v for k, v in taken(kept.tensors, "whole.").items()}, numbers)
    decay = settings.weight_decay
    losses: dict[str, float] = {}
    if decay is None:
        decay, losses = bradley_terry.choose_decay(lesson, side_bias=settings.side_bias, observer=observer)
    posterior = bradley_terry.start(lesson, lesson.pairs, decay, side_bias=settings.side_bias)
    observer.phase("Fitting", 0.75)
    steps = fitting.lbfgs(posterior, posterior.inputs(lesson.states), lesson.pairs, observer)
    tensors = {f"whole.{name}": value for name, value in posterior.state_dict().items()}
    return State(steps, tensors, {"decay": decay, "losses": losses, "steps": steps})


def posterior_of(settings: Ensemble, lesson: Lesson, before: State) -> Posterior[PairLikelihood]:
    """The one of all judgments."""
    found = bradley_terry.start(lesson, lesson.pairs, before.numbers["decay"], side_bias=settings.side_bias)
    found.load_state_dict(taken(before.tensors, "whole."))
    return found


def fit(settings: Ensemble, lesson: Lesson, many: Members, before: State, observer: Observer) -> Fitted:
    """Every member at its optimum."""
    posterior = posterior_of(settings, lesson, before)
    observer.phase("Fitting the members", 0.8)
    found = together.fit(
        together.Lesson(posterior, posterior.inputs(lesson.states), lesson.pairs), many, observer, before
    )
    own = taken(found.parameters, OWN)
    return Fitted(posterior, own, before.numbers["losses"], before.step + found.steps)


def kept(fitted: Fitted) -> State:
    """All of it, as a checkpoint carries it."""
    numbers = {"decay": fitted.posterior.decay, "losses": fitted.held_out_losses, "steps": fitted.steps}
    tensors = {f"whole.{name}": value for name, value in fitted.posterior.state_dict().items()}
    return State(fitted.steps, tensors | {f"own.{name}": value for name, value in fitted.parameters.items()}, numbers)


def found_again(settings: Ensemble, lesson: Lesson, state: State) -> Fitted:
    """What `kept` carried."""
    posterior = posterior_of(settings, lesson, state)
    return Fitted(posterior, taken(state.tensors, "own."), state.numbers["losses"], state.step)
