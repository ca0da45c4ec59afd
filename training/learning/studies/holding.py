"""The study of constraints as the registry runs it: the arms' curves over the exact front, and what each kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import t

from rewardmodels.learning.world.grammar import Floats
from training.learning.observing import RunObserver
from training.learning.studies import constrained, fronts, settings, verdicts
from training.learning.studies.arms import CHECK
from training.learning.studies.constrained import COMPONENTS, HELD, STOPPING, Ended, Found
from training.learning.studies.registry import Commission
from training.learning.studies.results import Chart, Comparison, Curve, Interval, Peak, Result
from training.learning.studies.verdicts import Verdict

TITLES = {
    "weights": "weights alone",
    "penalty": "a price on the KL",
    "held": "held at the proxy point",
    "ensemble": "the worst member's weights",
    "stopping": "weights, stopped at the best look",
}


def run(commission: Commission, observer: RunObserver) -> Result:
    """Every arm from every seed; one that died goes on in its folder."""
    chosen = commission.settings
    assert isinstance(chosen, settings.Constrained)
    if any(commission.folder.glob("*/curve.json")):
        observer.resumed(chosen.steps)  # nothing is forgotten: what is told again is the same
    telling = Telling(observer, chosen)
    study = constrained.Study(
        commission.policy(), chosen, commission.seed, commission.folder, telling.observer, telling.told
    )
    found, ended = study.run()
    return result(found, ended, chosen)


@dataclass
class Telling:
    """Measurements of one run after another, by its name and seed."""

    outer: RunObserver
    chosen: settings.Constrained
    names: list[str] = field(default_factory=list)  # of runs that are over

    @property
    def observer(self) -> RunObserver:
        return RunObserver(report=self.report, say=self.outer.say, saving=self.outer.saving)

    def told(self, name: str, values: Mapping[str, Any]) -> None:
        if name == "curve":
            self.names.append(f"{values['name']} {values['number'] + 1}")

    def report(self, step: int, values: dict[str, float]) -> None:
        place = len(self.names)
        total = constrained.runs(self.chosen)
        told = {"gold": values.get(f"check/{CHECK}"), "kl": values.get("kl")}
        self.outer.report(step, {f"{name}/run {place + 1}": one for name, one in told.items() if one is not None})
        is_choosing = place < constrained.choosing(self.chosen)
        what = "Looking for the proxy point" if is_choosing else "Pushing arm after arm"
        self.outer.phase(f"{what}: run {place + 1} of {total}", (place + step / self.chosen.steps) / total)


def result(found: Found, ended: Sequence[Ended], chosen: settings.Constrained) -> Result:
    arms = {name: [one for one in ended if one.arm == name] for name in constrained.ARMS}
    steps = [float(one) for one in range(0, chosen.steps + 1, chosen.look_every)]
    gold = {name: table(own, f"check/{CHECK}", len(steps)) for name, own in arms.items()}
    told = {one.arm: one for one in constrained.judgments(found, ended)}
    curves = [of_seeds(TITLES[name], steps, one) for name, one in gold.items()]
    return Result(
        charts=[
            against_kl(arms, gold),
            Chart("gold", "Gold by step", "step", "gold, in coins", curves),
            *(by_step(name, arms, steps) for name in COMPONENTS),
        ],
        peaks=[peak(name, gold[name], steps) for name in gold],
        comparisons=comparisons(told),
        notes=notes(told, found, chosen),
    )


def table(own: Sequence[Ended], name: str, looks: int) -> Floats:
    """(seeds, looks); a run that was ended stays where it ended."""
    rows = [one.curve.figures[name][:looks] for one in own]
    return np.array([[*row, *[row[-1]] * (looks - len(row))] for row in rows])


def against_kl(arms: Mapping[str, Sequence[Ended]], gold: Mapping[str, Floats]) -> Chart:
    """The KL of a look is that of the samples which the same weights gave next."""
    curves = []
    furthest = 0.0
    for name, own in arms.items():
        looks = gold[name].shape[1]
        rows = [[one.curve.kl_at(step) for step in one.curve.steps][:looks] for one in own]
        kl = np.mean([[*row, *[row[-1]] * (looks - len(row))] for row in rows], axis=0)
        furthest = max(furthest, float(kl.max()))
        curves.append(of_seeds(TITLES[name], fronts.roots(kl.tolist()), gold[name]))
    curves.append(fronts.front(furthest))
    return Chart("kl", "Gold over the distance to the reference", "√KL, in √nats", "gold, in coins", curves)


def by_step(name: str, arms: Mapping[str, Sequence[Ended]], steps: Sequence[float]) -> Chart:
    values = {arm: table(own, f"check/{name}", len(steps)) for arm, own in arms.items()}
    curves = [of_seeds(TITLES[arm], steps, one) for arm, one in values.items()]
    return Chart(name, f"{name.capitalize()} by step", "step", f"{name}, in marks", curves)


def of_seeds(name: str, x: Sequence[float], values: Floats) -> Curve:  # (seeds, points)
    low, high = interval(values)
    return Curve(name, x, values.mean(axis=0).tolist(), low, high)


def interval(values: Floats) -> tuple[list[float], list[float]]:  # (seeds, …)
    """Of the mean over seeds, by Student's t; none from one seed."""
    count = len(values)
    if count < 2:
        return [], []
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(count)
    width = float(t.ppf(0.975, count - 1)) * error
    return (mean - width).tolist(), (mean + width).tolist()


def peak(name: str, gold: Floats, steps: Sequence[float]) -> Peak:
    mean = gold.mean(axis=0)
    top = int(np.argmax(mean))
    lost = shares(gold[:, top] - gold[:, -1], gold[:, top] - gold[:, 0])
    bounds = both(lost)
    value = float(shares(mean[[top]] - mean[-1], mean[[top]] - mean[0])[0])
    where = f"step {steps[top]:g}"
    return Peak(TITLES[name], steps[top], where, float(mean[top]), value, bounds, bool(bounds and bounds[0] > 0))


def shares(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)


def both(values: Floats) -> Interval | None:  # (seeds,)
    low, high = interval(values[:, None])
    return (low[0], high[0]) if low else None


def comparisons(told: Mapping[str, Verdict]) -> list[Comparison]:
    """What is held against each other arm, at the end, from the same seeds and by judged answers."""
    found = []
    for name, other in told.items():
        if name != HELD and HELD in told:
            ahead = np.array(told[HELD].end) - np.array(other.end)
            bounds = both(ahead)
            at = "the end, judged by fresh answers"
            holds = bool(bounds and bounds[0] > 0)
            found.append(Comparison(TITLES[HELD], TITLES[name], at, float(ahead.mean()), bounds, holds))
    return found


def notes(told: Mapping[str, Verdict], found: Found, chosen: settings.Constrained) -> list[str]:
    held = ", ".join(f"{name} {value:.2f}" for name, value in found.limits.items())
    said = [
        f"Held at {held}: found on other prompts and seeds. The price of a nat that was chosen there: {found.price:g}."
    ]
    for name, one in told.items():
        if name == STOPPING:
            continue
        kept = one.kept_of_own_peak
        ended = f"“{TITLES[name]}” ended with {kept.mean:.0%} of the gain that it had at its own peak"
        if not np.isfinite(kept.mean):
            ended = f"“{TITLES[name]}” had no gain at its own peak"
        beyond = f", at least {kept.low:.0%} with 90 % confidence" if np.isfinite(kept.low) else ""
        said.append(ended + beyond + ".")
    if HELD in told:
        met, near = verdicts.met(told[HELD], found.limits), verdicts.reached(told[HELD], found.limits)
        chance = verdicts.least_chance(told[HELD])
        said.append(
            f"Of {len(met)} runs that held both components, {sum(near)} ended within {verdicts.REACHED:.0%} of both "
            f"thresholds, and {sum(met)} so near that both lay within the noise of the last quarter of the steps; the "
            f"farthest bound of all would be as far off by noise alone with a chance of {chance:.2g}."
        )
    if chosen.seeds < 2:
        said.append("From one seed nothing can be said of how far another one would be off: there are no intervals.")
    return said
