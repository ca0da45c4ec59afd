"""Variational EM for amounts with a scale, a bias and a noise per annotator: the numbers behind amounts.py.

The amounts of tasks are kept as normal distributions and not as points, so that votes which the amounts could follow
exactly do not pull the noise to 0. What an annotator is like is learnt from tasks that they share with others alone:
without overlap everybody has the scale 1, no bias, and FIRST_NOISE. Everything is in units of the amounts' mean size.
"""

from dataclasses import dataclass, replace

import numpy as np

from annotation.agreement.votes import Flags, Floats, Integers, Votes

DEGREES = 4.0  # of freedom of the noise
FIRST_NOISE = 0.7
FIRST_SPREAD = 1.25  # the standard deviation of normal amounts whose mean size is 1
NEWTON_STEPS = 2
NOISE_VOTES = 5.0  # pseudo-votes by which each annotator's noise leans to the common one
SCALE_SPREADS = 0.05, 1.5  # bounds of the standard deviation of log scales
BIAS_SPREADS = 0.01, 2.0  # of biases
LEAST_SPREAD = 1e-3  # of the tasks' amounts


@dataclass(frozen=True)
class Mode:
    """The parameters, in units."""

    amount: Floats  # (tasks,) mean
    variance: Floats  # (tasks,)
    scale: Floats  # (annotators,)
    bias: Floats  # (annotators,)
    noise: Floats  # (annotators,)
    mean: float
    spread: float
    scale_spread: float = 0.5
    bias_spread: float = 0.5
    iterations: int = 0
    converged: bool = False


@dataclass(frozen=True)
class Problem:
    """The amounts as arrays, (votes,), in units of their own size."""

    task: Integers
    annotator: Integers
    value: Floats
    side: Floats
    tasks: int
    annotators: int
    unit: float
    single: bool
    least_noise: float
    shared: Floats  # (votes,) 1 where the task has another vote, else 0
    known: Flags  # (annotators,) who shares a task with somebody

    @classmethod
    def of(cls, votes: Votes, side: Floats, single: bool, least_noise: float) -> "Problem":
        """The problem of these votes; the unit is the mean distance from the median, for pairs from 0."""
        value = votes.value.astype(float)
        size = float(np.abs(value - (np.median(value) if single else 0.0)).mean())
        unit = max(size, least_noise)
        shared = (np.bincount(votes.task)[votes.task] >= 2).astype(float)
        return cls(
            task=votes.task,
            annotator=votes.annotator,
            value=value / unit,
            side=side,
            tasks=int(votes.task.max()) + 1,
            annotators=int(votes.annotator.max()) + 1,
            unit=unit,
            single=single,
            least_noise=least_noise / unit,
            shared=shared,
            known=np.bincount(votes.annotator, shared) > 0,
        )

    def fit(self, iterations: int, tolerance: float) -> Mode:
        """The fixed point of the updates, under the gauge."""
        mode = self._start()
        for number in range(1, iterations + 1):
            before = mode
            mode = self._gauged(self._annotators(self._tasks(mode)))
            moved = max(
                np.abs(mode.amount - before.amount).max(),
                np.abs(mode.bias - before.bias).max(),
                np.abs(np.log(mode.scale / before.scale)).max(),
                np.abs(np.log(mode.noise / before.noise)).max(),
            )
            if moved < tolerance:
                return replace(mode, iterations=number, converged=True)
        return replace(mode, iterations=iterations)

    def leverage(self, mode: Mode) -> Floats:
        """How far each vote fixes its own task's amount, 0 to 1, (votes,)."""
        informed = (mode.scale / mode.noise)[self.annotator] ** 2 * mode.variance[self.task]
        return np.clip(self._weight(mode) * informed, 0.0, 1.0)

    def _start(self) -> Mode:
        """Everybody alike."""
        mean = float(np.median(self.value)) if self.single else 0.0
        ones = np.ones(self.annotators)
        noise = np.full(self.annotators, max(FIRST_NOISE, self.least_noise))
        amount = np.full(self.tasks, mean)
        return Mode(amount, np.ones(self.tasks), ones, 0 * ones, noise, mean, FIRST_SPREAD)

    def _square(self, mode: Mode) -> Floats:
        """The expected squared residual of each vote, (votes,)."""
        scale = mode.scale[self.annotator]
        rest = self.value - mode.bias[self.annotator] * self.side - scale * mode.amount[self.task]
        return rest**2 + scale**2 * mode.variance[self.task]

    def _weight(self, mode: Mode) -> Floats:
        """How much of a normal vote each vote is under Student's t, (votes,)."""
        return (DEGREES + 1) / (DEGREES + self._square(mode) / mode.noise[self.annotator] ** 2)

    def _tasks(self, mode: Mode) -> Mode:
        """Amounts given the annotators, then their mean and spread."""
        scale = mode.scale[self.annotator]
        precision = self._weight(mode) / mode.noise[self.annotator] ** 2
        own = 1 / mode.spread**2
        variance = 1 / (own + np.bincount(self.task, precision * scale**2, self.tasks))
        rest = self.value - mode.bias[self.annotator] * self.side
        amount = variance * (own * mode.mean + np.bincount(self.task, precision * scale * rest, self.tasks))
        voted = np.bincount(self.task, minlength=self.tasks) > 0
        mean = float(amount[voted].mean()) if self.single else 0.0
        spread = mode.spread
        if self.known.any():  # else nothing tells the spread of amounts from noise
            spread = float(np.sqrt(((amount - mean) ** 2 + variance)[voted].mean()))
        return replace(mode, amount=amount, variance=variance, mean=mean, spread=max(spread, LEAST_SPREAD))

    def _annotators(self, mode: Mode) -> Mode:
        """Scales, biases and noises given the amounts, then how far they spread."""
        if not self.known.any():
            return mode
        precision = self.shared * self._weight(mode) / mode.noise[self.annotator] ** 2
        for _ in range(NEWTON_STEPS):
            mode, variance = self._stepped(mode, precision)
        weight, square = self._weight(mode), self._square(mode)
        seen = np.bincount(self.annotator, self.shared, self.annotators)
        heard = np.bincount(self.annotator, self.shared * weight * square, self.annotators)
        common = 1 / (mode.noise[self.known] ** -2).mean()
        noise = np.sqrt((NOISE_VOTES * common + heard) / (NOISE_VOTES + seen))
        away = np.stack([np.log(mode.scale), mode.bias])
        spreads = np.sqrt((away**2 + variance)[:, self.known].mean(axis=1))
        return replace(
            mode,
            noise=np.maximum(noise, self.least_noise),
            scale_spread=float(np.clip(spreads[0], *SCALE_SPREADS)),
            bias_spread=float(np.clip(spreads[1], *BIAS_SPREADS)),
        )

    def _stepped(self, mode: Mode, precision: Floats) -> tuple[Mode, Floats]:
        """One Newton step in log scale and bias together, and their posterior variances, (2, annotators).

        The two are confounded where the amounts are alike, so a variance that takes the other as known would be too
        small and the spreads would fall to 0.
        """
        of, size, amount = self.annotator, self.annotators, mode.amount[self.task]
        scale, rest = mode.scale, self.value - mode.bias[of] * self.side - mode.scale[of] * amount
        spread = mode.variance[self.task]
        own, bias_own = mode.scale_spread**-2, mode.bias_spread**-2
        scale_slope = scale * np.bincount(of, precision * (rest * amount - scale[of] * spread), size)
        scale_slope -= np.log(scale) * own
        bias_slope = np.bincount(of, precision * self.side * rest, size) - mode.bias * bias_own
        scales = scale**2 * np.bincount(of, precision * (amount**2 + spread), size) + own
        biases = np.bincount(of, precision * self.side**2, size) + bias_own
        both = scale * np.bincount(of, precision * self.side * amount, size)
        whole = scales * biases - both**2
        step = np.clip((biases * scale_slope - both * bias_slope) / whole, -0.5, 0.5)
        bias = mode.bias + (bias_slope - both * step) / biases
        variance = np.stack([biases / whole, scales / whole])
        scale = np.where(self.known, scale * np.exp(step), 1.0)
        return replace(mode, scale=scale, bias=np.where(self.known, bias, 0.0)), variance

    def _gauged(self, mode: Mode) -> Mode:
        """The same likelihood with mean log scale 0 and, for single amounts, mean bias 0, over those who are known."""
        if not self.known.any():
            return mode
        factor = float(np.exp(np.log(mode.scale[self.known]).mean()))
        scale = mode.scale / factor
        shift = float(mode.bias[self.known].mean() / scale[self.known].mean()) if self.single else 0.0
        return replace(
            mode,
            amount=mode.amount * factor + shift,
            variance=mode.variance * factor**2,
            scale=np.where(self.known, scale, 1.0),
            bias=np.where(self.known, mode.bias - scale * shift, 0.0),
            mean=mode.mean * factor + shift,
            spread=mode.spread * factor,
        )
