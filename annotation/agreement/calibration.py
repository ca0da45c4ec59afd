"""How far a consensus may be believed, learnt from tasks whose class is known.

Errors that annotators share (a task that misleads everybody) cannot be seen in the votes: a model that takes votes for
independent counts them as evidence and is too sure. Gold tasks show it. A temperature T flattens the posterior,
q_k ∝ p_k^(1/T) (Guo et al. 2017), and leaves the most likely class as it is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import chi2

from annotation.agreement.votes import Estimate, Floats, Integers, Reason

LEAST_GOLD = 10
RANGE = np.log(0.05), np.log(200.0)  # of the temperature
LEAST_CHANCE = 1e-12


@dataclass(frozen=True)
class Tempering:
    """The temperature with its profile-likelihood interval, and the mean log score on gold before and after."""

    temperature: Estimate
    before: float | None
    after: float | None

    def apply(self, posterior: Floats) -> Floats:
        """The posterior, (tasks, classes), at this temperature; unchanged where none is known."""
        if self.temperature.value is None:
            return posterior
        return softmax(_logs(posterior) / self.temperature.value, axis=1)


def temper(posterior: Floats, task: Integers, known: Integers, confidence: float = 0.95) -> Tempering:
    """The temperature that makes the known classes of these tasks likeliest under the posterior, (tasks, classes)."""
    task, known = np.asarray(task, np.int64), np.asarray(known, np.int64)
    if len(task) < LEAST_GOLD:
        return Tempering(Estimate(None, n=len(task), reason=Reason.TOO_FEW), None, None)
    logs, rows = _logs(posterior[task]), np.arange(len(task))

    def score(log_temperature: float) -> float:
        return float(log_softmax(logs / np.exp(log_temperature), axis=1)[rows, known].sum())

    best = minimize_scalar(lambda at: -score(at), bounds=RANGE, method="bounded", options={"xatol": 1e-6}).x
    drop = float(chi2.ppf(confidence, 1)) / 2

    def below(at: float) -> float:
        return score(best) - drop - score(at)

    ends = [brentq(below, best, end) if below(end) > 0 else end for end in RANGE]
    value, low, high = (float(np.exp(at)) for at in (best, *ends))
    count = len(task)
    return Tempering(Estimate(value, low, high, count), score(0.0) / count, score(best) / count)


def _logs(posterior: Floats) -> Floats:
    """Logs of chances, none so small that one gold task decides alone."""
    return np.log(np.maximum(posterior, LEAST_CHANCE))
