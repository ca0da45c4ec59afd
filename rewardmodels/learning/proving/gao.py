"""The two curves of Gao, Schulman and Hilton (2022): gold against d = √KL, with R(0) = 0.

Best-of-n: R = d (a − b d), highest at a/2b with a²/4b. Reinforcement learning: R = d (a − b log d), highest at
exp(a/b − 1) with b d. Both are linear in a and b. The second has no meaning near d = 0: points below `closest` are left
out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewardmodels.learning.proving.best_of_n import Curve

Floats = NDArray[np.float64]
FORMS = ("best_of_n", "rl")


class Fit(NamedTuple):
    form: str
    a: float
    b: float
    r2: float  # of R, about its mean

    @property
    def peak_at(self) -> float | None:
        """d of the peak, or None where the curve has none."""
        if self.b <= 0 or (self.form == "best_of_n" and self.a <= 0):
            return None
        return self.a / (2 * self.b) if self.form == "best_of_n" else float(np.exp(self.a / self.b - 1))

    @property
    def peak_value(self) -> float | None:
        return None if self.peak_at is None else float(predict(self, np.array([self.peak_at]))[0])


class Fitted(NamedTuple):
    """A fit with 95 % intervals from resampled curves."""

    fit: Fit
    a: tuple[float, float]
    b: tuple[float, float]
    peak_at: tuple[float, float] | None  # None where fewer than 95 % of the resampled curves have a peak


def regressors(form: str, d: Floats) -> Floats:
    if form not in FORMS:
        raise ValueError(f"There is no form {form}; known are: {', '.join(FORMS)}.")
    return np.stack([d, -(d**2) if form == "best_of_n" else -d * np.log(d)], axis=1)


def predict(fit: Fit, d: Floats) -> Floats:
    return np.asarray(regressors(fit.form, d) @ np.array([fit.a, fit.b]))


def fit(form: str, d: Floats, gold: Floats, closest: float = 0.0) -> Fit:
    """Least squares on R itself; `gold` is shifted so that it is 0 at d = 0."""
    kept = d > max(closest, 0.0)
    if np.unique(d[kept]).size < 3:
        raise ValueError("A fit needs at least three different distances from the reference.")
    table, target = regressors(form, d[kept]), gold[kept]
    (a, b), *_ = np.linalg.lstsq(table, target, rcond=None)
    total = ((target - target.mean()) ** 2).sum()
    r2 = 1 - ((target - table @ [a, b]) ** 2).sum() / total if total > 0 else 0.0
    return Fit(form, float(a), float(b), float(r2))


def fit_curves(form: str, d: Floats, gold: Floats, resampled: Floats, closest: float = 0.0) -> Fitted:
    """The fit of a mean curve (points,), and intervals from its resampled versions (draws, points)."""
    fits = [fit(form, d, each, closest) for each in resampled]
    peaks = [one.peak_at for one in fits if one.peak_at is not None]
    has_peak = len(peaks) >= 0.95 * len(fits)
    return Fitted(
        fit(form, d, gold, closest),
        interval([one.a for one in fits]),
        interval([one.b for one in fits]),
        interval(peaks) if has_peak else None,
    )


def interval(values: list[float]) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def of_curve(curve: Curve) -> Fitted:
    """Best-of-n's form on a curve that begins at n = 1, which is its 0."""
    if curve.ns[0] != 1:
        raise ValueError("The curve must begin at n = 1: gold is measured from there.")
    shifted, resampled = curve.mean - curve.mean[0], curve.resampled - curve.resampled[:, :1]
    return fit_curves("best_of_n", np.sqrt(curve.kl), shifted, resampled)
