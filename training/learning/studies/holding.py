"""The study of constraints as the registry runs it: the arms' curves over the exact front, and what each kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from rewardmodels.learning.world.grammar import Floats
from training.learning.observing import RunObserver
from training.learning.studies import constrained, fronts, settings
from training.learning.studies.constrained import Curve as Arm
from training.learning.studies.constrained import Tier, Verdict
from training.learning.studies.registry import Commission
from training.learning.studies.results import Chart, Comparison, Curve, Interval, Peak, Result

TITLES = {"weights": "weights alone", "penalty": "a price on the KL", "held": "held at the proxy point"}
FREE, HELD = "weights", "held"


def run(commission: Commission, observer: RunObserver) -> Result:
    """Every arm from every seed; one that died goes on in its folder."""
    chosen = commission.settings
    assert isinstance(chosen, settings.Constrained)
    tier = tier_of(chosen)
    observer.phase("Asking the oracle", 0.0)
    limits = constrained.thresholds()
    policy = commission.policy()
    if any(commission.folder.glob("*/curve.json")):
        observer.resumed(tier.steps)  # nothing is forgotten: what is told again is the same
    telling = Telling(observer, tier)
    found = []
    for arm in constrained.curves(policy, tier, commission.seed, commission.folder, limits, telling.observer()):
        found.append(arm)
        telling.over += 1
    return result(found, limits, tier)


def tier_of(chosen: settings.Constrained) -> Tier:
    return Tier(
        steps=chosen.steps,
        seeds=chosen.seeds,
        prompts=chosen.prompts,
        samples=chosen.samples,
        held_out=chosen.held_out,
        look_every=chosen.look_every,
        tokens=chosen.tokens,
        rate=chosen.rate,
        price=chosen.price,
    )


@dataclass
class Telling:
    """Measurements of one arm after another, by its name and seed."""

    outer: RunObserver
    tier: Tier
    over: int = 0  # arms

    def observer(self) -> RunObserver:
        return RunObserver(report=self.report, say=self.outer.say, saving=self.outer.saving)

    def report(self, step: int, values: dict[str, float]) -> None:
        tier = self.tier
        seed, place = divmod(self.over, len(tier.arms))
        own = f"{tier.arms[place]} {seed + 1}"
        told = {"gold": values.get(f"check/{constrained.CHECK}"), "kl": values.get("kl")}
        self.outer.report(step, {f"{name}/{own}": value for name, value in told.items() if value is not None})
        total = tier.seeds * len(tier.arms)
        self.outer.phase(
            f"Pushing: {TITLES[tier.arms[place]]}, seed {seed + 1}", (self.over + step / tier.steps) / total
        )


def result(found: Sequence[Arm], limits: Mapping[str, float], tier: Tier) -> Result:
    arms = {name: [one for one in found if one.arm == name] for name in tier.arms}
    gold = {name: np.array([one.gold for one in own]) for name, own in arms.items()}  # (seeds, looks) each
    steps = [float(step) for step in found[0].steps]
    verdicts = constrained.verdicts(found, limits, tier)
    return Result(
        charts=[
            against_kl(arms, gold),
            Chart(
                "gold", "Gold by step", "step", "gold, in coins", [of_seeds(TITLES[n], steps, gold[n]) for n in gold]
            ),
            *(by_step(name, arms, steps) for name in limits),
        ],
        peaks=[peak(name, gold[name], steps) for name in gold],
        comparisons=comparisons(gold, tier),
        notes=notes(verdicts, limits, tier),
    )


def against_kl(arms: Mapping[str, Sequence[Arm]], gold: Mapping[str, Floats]) -> Chart:
    """The KL of a look is that of the samples which the same weights gave next; the last look has none after it."""
    curves = []
    furthest = 0.0
    for name, own in arms.items():
        kl = np.mean([[one.kl.get(step + 1, one.kl.get(step, 0.0)) for step in one.steps] for one in own], axis=0)
        furthest = max(furthest, float(kl.max()))
        curves.append(of_seeds(TITLES[name], fronts.roots(kl.tolist()), gold[name]))
    curves.append(fronts.front(furthest))
    return Chart("kl", "Gold over the distance to the reference", "√KL, in √nats", "gold, in coins", curves)


def by_step(name: str, arms: Mapping[str, Sequence[Arm]], steps: Sequence[float]) -> Chart:
    values = {arm: np.array([one.figures[f"held_out/{name}"] for one in own]) for arm, own in arms.items()}
    curves = [of_seeds(TITLES[arm], steps, one) for arm, one in values.items()]
    return Chart(name, f"{name.capitalize()} by step", "step", name, curves)


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


def comparisons(gold: Mapping[str, Floats], tier: Tier) -> list[Comparison]:
    """What is held against each other arm, at the end, from the same seeds."""
    found = []
    for name in tier.arms:
        if name != HELD and HELD in gold:
            ahead = gold[HELD][:, -1] - gold[name][:, -1]
            bounds = both(ahead)
            holds = bool(bounds and bounds[0] > 0)
            found.append(Comparison(TITLES[HELD], TITLES[name], "the last step", float(ahead.mean()), bounds, holds))
    return found


def notes(verdicts: Sequence[Verdict], limits: Mapping[str, float], tier: Tier) -> list[str]:
    held = ", ".join(f"{name} {value:.2f}" for name, value in limits.items())
    said = [f"The proxy point that is held: {held}."]
    for one in verdicts:
        kept = float(np.mean(one.kept_of_own_peak))
        ended = f"“{TITLES[one.arm]}” ended with {kept:.0%} of the gain that it had at its own peak"
        if not np.isfinite(kept):
            ended = f"“{TITLES[one.arm]}” never had more gold than at its beginning in one of its runs"
        met = f"; both components ended near the proxy point in {sum(one.met)} of {len(one.met)} runs"
        said.append(ended + (met if one.arm == HELD else "") + ".")
    if tier.seeds < 2:
        said.append("From one seed nothing can be said of how far another one would be off: there are no intervals.")
    return said
