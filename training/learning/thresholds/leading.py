"""A policy is led to thresholds: a run whose bounds are these, with the KL as the objective, from where another stood.

It takes over weights, optimiser, multipliers and critic, and is held against the one reference that all of them have.
It ends where the means of its last steps are near enough, and nothing is kept of it but the state it would resume from.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from training.learning import checkpoints, processes, stopping
from training.learning.bounds import Held
from training.learning.commissions import Commission, Unrunnable
from training.learning.observing import NOBODY, RunObserver
from training.learning.policies import Policy
from training.learning.pushing import Run
from training.learning.settings.plan import Plan, read
from training.learning.watching import Watch

OVER = 3  # steps whose means say where the policy is
REACHED = "The thresholds were reached."


class Led(Run):
    """A run from the state that another left in its folder, or from the reference where there is none."""

    def __init__(
        self,
        commission: Commission,
        begin: Path | None,
        near: Mapping[str, float],  # by component, how far from its threshold its mean may be
        observer: RunObserver = NOBODY,
    ) -> None:
        super().__init__(commission, observer)
        self.near = near
        if begin is not None and self.step == 0:
            self.take_over(begin)

    def take_over(self, folder: Path) -> None:
        """The last violation was that of other thresholds: how fast it grows begins anew."""
        state = state_in(folder)
        checkpoints.restore(state, self.policy.learned, self.learner.optimiser)
        kept = dict(state.numbers["controller"])
        if "before" in kept:
            kept["before"] = [None for _ in kept["before"]]
        self.controller.restore(kept)
        if self.critic is not None:
            self.critic.restore(state.tensors, state.numbers["critic"])

    def after_step(self) -> None:
        self.why = stopping.by_window(self.watch, self.settings) or ""
        if is_near(self.watch, self.held, self.near):
            self.why = REACHED
        if processes.agreed(self.pace.is_due):
            self.pace.keep_now(self.save)

    @property
    def is_reached(self) -> bool:
        return self.why == REACHED


def is_near(watch: Watch, held: Sequence[Held], near: Mapping[str, float]) -> bool:
    """Whether every mean was near enough to its threshold over the last steps."""
    for one in held:
        recent = watch.recent.get(f"violation/{one.name}", [])[-OVER:]
        if len(recent) < min(OVER, watch.window) or abs(float(np.mean(recent))) > near[one.component]:
            return False
    return True


def plan_of(names: Sequence[str], thresholds: Sequence[float]) -> Plan:
    """Each component equal to its threshold, and the KL as small as that allows."""
    described = [
        {"name": name, "bounds": [{"role": "equal", "threshold": one}]}
        for name, one in zip(names, thresholds, strict=True)
    ]
    return read(described, {"role": "objective"})


def put(folder: Path, policy: Policy) -> None:
    """The weights that a run left in its folder."""
    checkpoints.put(state_in(folder), policy.learned)


def state_in(folder: Path) -> checkpoints.State:
    state = checkpoints.load(folder)
    if state is None:
        raise Unrunnable("The state of an earlier proposal is gone from the search's folder; begin the search anew.")
    return state
