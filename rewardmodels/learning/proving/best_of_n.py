"""Best-of-n from one pool of scored answers a prompt, without bias, with intervals over prompts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]


def kl(n: int) -> float:
    """Nats between the best of n and its base: log n − (n − 1)/n. Exact without ties, else an upper bound."""
    return float(np.log(n) - (n - 1) / n)


def win_rate(n: int) -> float:
    """How often the best of n beats one more answer of the base by the score that chose it."""
    return n / (n + 1)


def weights(pool: int, n: int) -> Floats:
    """(pool,): the chance that the i-th worst of a pool is the best of n drawn from it without replacement."""
    if not 1 <= n <= pool:
        raise ValueError(f"The best of {n} needs a pool of at least {n} answers; this one has {pool}.")
    rank = np.arange(n, pool + 1)  # the i-th worst is the best of n where the other n − 1 lie below it
    log = log_choose(rank - 1, n - 1) - log_choose(np.array([pool]), n)
    return np.concatenate([np.zeros(n - 1), np.exp(log)])


def log_choose(total: NDArray[np.int64], some: int) -> Floats:
    return np.asarray(gammaln(total + 1) - gammaln(some + 1) - gammaln(total - some + 1))


def expected(proxy: Floats, values: Floats, ns: Sequence[int]) -> Floats:
    """(prompts, ns): the mean value of the best of n by the proxy, over every draw of n from each prompt's pool.

    `proxy` and `values` are (prompts, pool). Answers that the proxy scores alike are chosen among at random.
    """
    if proxy.shape != values.shape or proxy.ndim != 2:
        raise ValueError("Scores and values must both be (prompts, answers).")
    if not (np.isfinite(proxy).all() and np.isfinite(values).all()):
        raise ValueError("A score or a value is not a finite number.")
    order = np.argsort(proxy, axis=1, kind="stable")
    ranked = np.take_along_axis(proxy, order, 1)
    shared = np.stack([tied_means(*row) for row in zip(ranked, np.take_along_axis(values, order, 1), strict=True)])
    return shared @ np.stack([weights(proxy.shape[1], n) for n in ns], axis=1)


def tied_means(ranked: Floats, values: Floats) -> Floats:  # (pool,), (pool,)
    """Each value as the mean over the answers that the proxy scores alike."""
    _, place, counts = np.unique(ranked, return_inverse=True, return_counts=True)
    return (np.bincount(place, values) / counts)[place]


@dataclass(frozen=True)
class Curve:
    """The mean over prompts at each n, with 95 % intervals from resampled prompts."""

    ns: tuple[int, ...]
    kl: Floats
    mean: Floats
    low: Floats
    high: Floats
    resampled: Floats  # (draws, ns): the same curve on resampled prompts


def curve(
    proxy: Floats, values: Floats, ns: Sequence[int], generator: np.random.Generator, draws: int = 1_000
) -> Curve:
    """The curve of the values, chosen by the proxy."""
    found = expected(proxy, values, ns)
    chosen = generator.multinomial(len(found), np.full(len(found), 1 / len(found)), draws)
    resampled = chosen @ found / len(found)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return Curve(tuple(ns), np.array([kl(n) for n in ns]), found.mean(axis=0), low, high, resampled)


@dataclass(frozen=True)
class Peak:
    """Where a curve is highest, and what is lost of its gain at its end."""

    n: int
    value: float
    lost: float  # (peak − end) / (peak − start): 0 where the end is the peak
    lost_low: float
    lost_high: float

    @property
    def is_inside(self) -> bool:
        """Whether the fall behind the peak is beyond doubt: its interval lies above 0."""
        return self.lost_low > 0


def peak(found: Curve) -> Peak:
    """The peak; its place is that of the mean curve, and the fall from that place is judged on every resampled one."""
    top = int(np.argmax(found.mean))

    def share(curves: Floats) -> Floats:
        gain = curves[..., top] - curves[..., 0]
        fall = curves[..., top] - curves[..., -1]
        return np.where(gain > 0, fall / np.where(gain > 0, gain, 1.0), 0.0)

    low, high = np.quantile(share(found.resampled), [0.025, 0.975])
    return Peak(found.ns[top], float(found.mean[top]), float(share(found.mean)), float(low), float(high))
