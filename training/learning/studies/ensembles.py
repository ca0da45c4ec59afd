"""The study of ensembles, after Coste et al. (arXiv 2310.02743): what caution is worth when labels are noisy.

Members learn from the same judgments and differ in their first weights and in the order of the judgments. The true
order is what people say, but for the share that is turned round. Each member is put into deviations on the pool before
members are combined, so that λ means the same for all.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from rewardmodels.learning import keys
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.proving import best_of_n
from rewardmodels.learning.world.grammar import Floats
from training.learning.observing import RunObserver
from training.learning.studies import fronts, judged, parts, pools, proxies, resampling
from training.learning.studies.findings import GAIN, Pushed, X, gained
from training.learning.studies.pools import Pool
from training.learning.studies.registry import Commission
from training.learning.studies.results import Chart, Comparison, Result
from training.learning.studies.settings import Ensembles

SINGLE, MEAN, WORST = "single member", "mean", "worst case"
MANY = 256  # answers, from which on a cautious ensemble is to show its use
SCORE = "the reward’s own score, in deviations of a member on the reference"


def ways(settings: Ensembles) -> dict[str, Combination]:
    """How members become one reward, the careless first."""
    cautious = {
        f"mean − {one:g} · variance": Combination("uncertainty", one, settings.ddof) for one in settings.penalties
    }
    return {MEAN: Combination("mean"), WORST: Combination("worst"), **cautious}


def run(commission: Commission, observer: RunObserver) -> Result:
    """Every seed with every share of flipped judgments; what lies finished in the folder is not made again."""
    settings = commission.settings
    assert isinstance(settings, Ensembles)
    bench = Bench(commission, observer)
    if parts.are_any(commission.folder):
        observer.resumed(settings.seeds * len(settings.noise))  # nothing is forgotten: what is told again is the same
    found = {noise: [bench.part(noise, number) for number in range(settings.seeds)] for noise in settings.noise}
    return result(settings, commission.seed, found)


class Bench:
    """Where members are made and pushed; the pool is drawn when the first part asks for it."""

    def __init__(self, commission: Commission, observer: RunObserver) -> None:
        self.commission, self.observer, self.settings = commission, observer, commission.settings
        self.over = 0  # parts

    @cached_property
    def pool(self) -> Pool:
        return pools.draw(
            self.commission.seed,
            self.settings.prompts,
            self.settings.pool,
            lambda share: self.observer.phase("Drawing the pool", 0.2 * share),
        )

    def part(self, noise: float, number: int) -> dict[str, Any]:
        self.over += 1
        return parts.kept(self.commission.folder, f"{noise:g}-{number}", lambda: self.made(noise, number))

    def made(self, noise: float, number: int) -> dict[str, Any]:
        """By way, the gold and the reward's own score at each prompt and n."""
        settings, seed, pool = self.settings, keys.number(self.commission.seed, "study", number), self.pool
        said = judged.collect(seed, settings.pairs)
        wins = said.first_wins(settings.pairs, noise)
        members = []
        for member in range(settings.members):
            self.tell(noise, number, member)
            network = proxies.fit(said.pairs, wins, settings.size, keys.number(seed, "member", member))
            members.append(standardised(proxies.scores(network, pool)))
        scores = np.stack(members)  # (members, prompts, pool)
        ns = resampling.powers(settings.pool)
        alone = [self.pushed(one, ns) for one in scores]
        found = {SINGLE: {name: np.mean([one[name] for one in alone], axis=0) for name in ("gold", "score")}}
        for name, how in ways(settings).items():
            found[name] = self.pushed(how(torch.from_numpy(scores)).numpy(), ns)
        ends = {f"gold/{name}": float(one["gold"][:, -1].mean()) for name, one in found.items()}
        spread = float(scores.std(axis=0).mean())
        self.observer.report(self.over, {**ends, "spread": spread})
        return {"ways": found, "spread": spread}

    def pushed(self, reward: Floats, ns: Sequence[int]) -> dict[str, Floats]:
        expected = best_of_n.expected
        return {"gold": expected(reward, self.pool.gold, ns), "score": expected(reward, reward, ns)}

    def tell(self, noise: float, number: int, member: int) -> None:
        total = self.settings.seeds * len(self.settings.noise)
        done = (self.over - 1 + member / self.settings.members) / total
        name = f"{100 * noise:g} % flipped, seed {number + 1}, member {member + 1}"
        self.observer.phase(name, 0.2 + 0.8 * done)


def standardised(score: Floats) -> Floats:
    return np.asarray((score - score.mean()) / (score.std() or 1.0))


Parts = Sequence[Mapping[str, Any]]  # one a seed


def result(settings: Ensembles, seed: int, found: Mapping[float, Parts]) -> Result:
    pushed = {
        noise: {name: by_way(name, noise, listed, settings, seed) for name in (SINGLE, *ways(settings))}
        for noise, listed in found.items()
    }
    every = [one for by_name in pushed.values() for one in by_name.values()]
    compared = {noise: comparisons(settings, by_name, seed) for noise, by_name in pushed.items()}
    return Result(
        charts=[
            *(over_front(noise, list(by_name.values()), settings) for noise, by_name in pushed.items()),
            *(of_scores(noise, list(by_name.values())) for noise, by_name in pushed.items()),
        ],
        peaks=[one.peak() for one in every],
        comparisons=[one for by_n in compared.values() for listed in by_n.values() for one in listed]
        + by_noise(settings, pushed, seed),
        notes=notes(settings, found, pushed, compared),
    )


def flipped(noise: float) -> str:
    return f"{100 * noise:g} % flipped" if noise else "none flipped"


def by_way(name: str, noise: float, found: Parts, settings: Ensembles, seed: int) -> Pushed:
    ns = resampling.powers(settings.pool)
    d = np.sqrt([best_of_n.kl(n) for n in ns])
    gold, score = (np.array([one["ways"][name][what] for one in found]) for what in ("gold", "score"))
    where = [f"n = {n:,}" for n in ns]
    return Pushed(f"{name}, {flipped(noise)}", "best_of_n", d, where, gained(gold), score, seed)


def over_front(noise: float, listed: Sequence[Pushed], settings: Ensembles) -> Chart:
    furthest = float(listed[0].d[-1]) ** 2
    curves = [*(one.curve(one.gold) for one in listed), fronts.front(furthest, gained=True)]
    return Chart(f"gold-{noise:g}", f"Best of n, {flipped(noise)}", X, GAIN, curves)


def of_scores(noise: float, listed: Sequence[Pushed]) -> Chart:
    curves = [one.curve(one.proxy) for one in listed]
    return Chart(f"score-{noise:g}", f"What the rewards say of themselves, {flipped(noise)}", X, SCORE, curves)


def places(settings: Ensembles) -> list[tuple[int, int]]:
    """(place, n) at which ways are compared: the largest, and MANY, where a pool gives many draws of n."""
    ns = resampling.powers(settings.pool)
    return [(len(ns) - 1, ns[-1]), *((place, n) for place, n in enumerate(ns[:-1]) if n == MANY)]


def comparisons(settings: Ensembles, by_name: Mapping[str, Pushed], seed: int) -> dict[int, list[Comparison]]:
    """By n: single < mean < each cautious way, and these over single, paired over seeds and prompts."""
    cautious = [name for name in ways(settings) if name != MEAN]
    pairs = [(MEAN, SINGLE), *((name, MEAN) for name in cautious), *((name, SINGLE) for name in cautious)]

    def compared(place: int, n: int, first: str, second: str) -> Comparison:
        ahead = by_name[first].gold[..., place] - by_name[second].gold[..., place]
        return resampling.compared(by_name[first].title, by_name[second].title, f"n = {n:,}", ahead, seed)

    return {n: [compared(place, n, *pair) for pair in pairs] for place, n in places(settings)}


def by_noise(settings: Ensembles, pushed: Mapping[float, Mapping[str, Pushed]], seed: int) -> list[Comparison]:
    """Whether the worst case is further ahead of a single member with the most noise than with the least."""
    most, least = settings.noise[-1], settings.noise[0]
    ahead = {noise: pushed[noise][WORST].gold - pushed[noise][SINGLE].gold for noise in (most, least)}
    first, second = (f"{WORST} before {SINGLE}, {flipped(noise)}" for noise in (most, least))
    return [
        resampling.compared(first, second, f"n = {n:,}", ahead[most][..., place] - ahead[least][..., place], seed)
        for place, n in places(settings)
        if most != least
    ]


def notes(
    settings: Ensembles,
    found: Mapping[float, Parts],
    pushed: Mapping[float, Mapping[str, Pushed]],
    compared: Mapping[float, Mapping[int, Sequence[Comparison]]],
) -> list[str]:
    said = [
        ordered(settings, noise, (place, n), pushed[noise], compared[noise][n])
        for noise in settings.noise
        for place, n in places(settings)
    ]
    for noise, listed in found.items():
        spread = float(np.mean([one["spread"] for one in listed]))
        said.append(f"With {flipped(noise)}, members stand {spread:.2f} of their deviation apart on the pool.")
    divisor = "members" if settings.ddof == 0 else f"members less {settings.ddof}"
    largest = resampling.powers(settings.pool)[-1]
    return [
        *said,
        f"The variance is divided by {divisor} (ddof {settings.ddof}); λ is a setting, and nothing searches for it. "
        f"“{SINGLE}” is the mean over the {settings.members} members, each by itself.",
        f"The best of {largest:,} out of {settings.pool:,} has few draws to a prompt, or one alone: what is compared "
        "at a smaller n is surer.",
        f"Intervals resample {settings.seeds} seeds and {settings.prompts} prompts; with few seeds they are narrower "
        "than they should be.",
    ]


def ordered(
    settings: Ensembles,
    noise: float,
    at: tuple[int, int],
    by_name: Mapping[str, Pushed],
    compared: Sequence[Comparison],
) -> str:
    """Whether single < mean < each cautious way came out at an n."""
    place, n = at
    values = {name: float(one.gold[..., place].mean()) for name, one in by_name.items()}
    chain = compared[: len(ways(settings))]  # mean over single, each cautious way over mean
    figures = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
    order = f"single < mean < cautious at n = {n:,} with {flipped(noise)} ({figures} coins gained)"
    if all(one.holds for one in chain):
        return f"The order {order} comes out, each step beyond doubt."
    if all(one.difference > 0 for one in chain):
        return f"The order {order} comes out on the mean, not each step beyond doubt."
    return f"The order {order} does not come out."
