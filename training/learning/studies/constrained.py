"""The constrained study on the text world: weights alone push past the peak; bounds at the proxy point hold it.

After Moskovitz et al. (arXiv 2310.04373), whose intent and METEOR become `coverage` and `warmth`, and whose judge is
the world's gold. Each arm starts from the same policy and takes the same samples. `weights` raises the sum of both
components; `penalty` raises the sum less a price on the KL; `held` makes the KL the objective and holds both at their
joint proxy point, which the oracle knows from the grammar alone: no run and no prompt has a part in it. There the gold
less one coin a nat is greatest, for without a price on nats the point lies where no policy comes. A look judges answers
to held-out prompts.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from lm import causal
from rewardmodels.learning import keys
from rewardmodels.learning.world import dual, gold, oracle, prompts
from rewardmodels.learning.world.grammar import STANDARD, Floats, Grammar
from training.learning import running
from training.learning.commissions import Commission, Looking
from training.learning.observing import NOBODY, RunObserver
from training.learning.settings import plan
from training.learning.settings.online import Rloo
from training.learning.settings.plan import Plan
from training.learning.studies import truths
from training.learning.studies.truths import Truth

COMPONENTS = {"coverage": gold.coverage, "warmth": gold.warmth}
CHECK = "gold"
COIN = 1.0  # a nat, where the proxy point is looked for


@dataclass(frozen=True)
class Tier:
    """How much is run."""

    steps: int
    seeds: int
    prompts: int  # a step
    samples: int  # a prompt
    held_out: int  # prompts of a look
    look_every: int
    tokens: int = 160
    rate: float = 1e-4
    arms: tuple[str, ...] = ("weights", "held", "penalty")
    price: float = 1.0  # of a nat, for `penalty`

    @property
    def samples_taken(self) -> int:
        return self.seeds * len(self.arms) * (self.steps * self.prompts * self.samples + self.looks * self.held_out)

    @property
    def looks(self) -> int:
        return self.steps // self.look_every + 1


TIERS = {
    "smoke": Tier(steps=4, seeds=1, prompts=2, samples=2, held_out=4, look_every=2, arms=("weights", "held")),
    "quick": Tier(steps=60, seeds=2, prompts=24, samples=4, held_out=256, look_every=4),
    "full": Tier(steps=200, seeds=5, prompts=32, samples=8, held_out=1_024, look_every=5),
}


@dataclass
class Curve:
    """One arm from one seed, look by look."""

    arm: str
    seed: int
    steps: list[int] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    kl: dict[int, float] = field(default_factory=dict)  # by step, of its own samples

    def add(self, step: int, values: Mapping[str, float]) -> None:
        if "kl" in values:
            self.kl[step] = values["kl"]
        if f"check/{CHECK}" in values:
            if self.steps[-1:] == [step]:  # looked at again
                self.steps.pop()
                self.figures = {name: one[:-1] for name, one in self.figures.items()}
            self.steps.append(step)
            for name, value in values.items():
                self.figures.setdefault(name, []).append(value)

    @property
    def gold(self) -> list[float]:
        return self.figures[f"check/{CHECK}"]

    def cut(self, step: int) -> None:
        """Forget what was told of later steps: they are taken again."""
        kept = [place for place, one in enumerate(self.steps) if one <= step]
        self.steps = [self.steps[place] for place in kept]
        self.figures = {name: [values[place] for place in kept] for name, values in self.figures.items()}
        self.kl = {one: value for one, value in self.kl.items() if one <= step}

    def row(self) -> dict[str, Any]:
        """As it is written down."""
        kl = [self.kl.get(step, 0.0) for step in self.steps]
        return {"arm": self.arm, "seed": self.seed, "steps": self.steps, "kl": kl, **self.figures}


def thresholds(grammar: Grammar = STANDARD) -> dict[str, float]:
    """The components' means where a tilt by both has the most gold, less a coin for each nat."""
    exact = oracle.of(grammar)
    scores = np.stack([exact.score(scorer) for scorer in COMPONENTS.values()])
    log, cells, worth = dual.collapsed(exact, scores)

    def lost(weights: Floats) -> float:
        probability, kl = oracle.tilt(log, np.tensordot(weights, cells, 1))
        return float(COIN * kl.mean() - (probability * worth).sum(axis=-1).mean())

    best = minimize(lost, np.full(len(cells), 0.3), method="Nelder-Mead").x
    probability, _ = oracle.tilt(log, np.tensordot(best, cells, 1))
    means = [float((probability * each).sum(axis=-1).mean()) for each in cells]
    return dict(zip(COMPONENTS, means, strict=True))


def plan_of(arm: str, limits: Mapping[str, float], tier: Tier) -> Plan:
    if arm == "held":
        bounds = [{"name": name, "bounds": [{"role": "equal", "threshold": limits[name]}]} for name in COMPONENTS]
        return plan.read(bounds, {"role": "objective"})
    weights = [{"name": name, "weight": 1.0} for name in COMPONENTS]
    return plan.read(weights, {"role": "penalty", "coefficient": tier.price} if arm == "penalty" else None)


def curves(
    policy: Path,
    tier: Tier,
    seed: int,
    folder: Path,
    limits: Mapping[str, float],
    observer: RunObserver = NOBODY,
) -> Iterator[Curve]:
    """Every arm from every seed, as each ends; a run that died goes on in its folder."""
    for number in range(tier.seeds):
        for arm in tier.arms:
            own = keys.number(seed, "study", number)
            yield curve(policy, tier, arm, own, folder / f"{arm}-{number}", limits, observer)


def curve(
    policy: Path, tier: Tier, arm: str, seed: int, folder: Path, limits: Mapping[str, float], observer: RunObserver
) -> Curve:
    path, found = folder / "curve.json", Curve(arm, seed)
    if path.is_file():
        found = read(path)

    def report(step: int, values: dict[str, float]) -> None:
        found.cut(step - 1 if "kl" in values else step)
        found.add(step, values)
        write(path, found)
        observer.report(step, values)

    asked = prompts.draw(seed, tier.steps * tier.prompts, purpose="study")
    looked = prompts.draw(seed, tier.held_out, held_out=True, purpose="study")
    commission = Commission(
        policy=causal.open_folder(policy, "builtin:textworld"),
        prompts=[one.messages for one in asked],
        rewards={name: Truth(name, scorer) for name, scorer in COMPONENTS.items()},
        plan=plan_of(arm, limits, tier),
        settings=settings(tier),
        seed=seed,
        steps=tier.steps,
        folder=folder,
        looking=Looking(
            prompts=[one.messages for one in looked],
            checks={CHECK: lambda items: truths.values(gold.gold, items).tolist()},
            every=tier.look_every,
        ),
    )
    running.run(commission, replace(observer, report=report, resumed=found.cut))
    return found


def write(path: Path, found: Curve) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(".curve")
    draft.write_text(json.dumps(asdict(found)))
    draft.replace(path)


def read(path: Path) -> Curve:
    kept = json.loads(path.read_text())
    return Curve(**{**kept, "kl": {int(step): value for step, value in kept["kl"].items()}})


def settings(tier: Tier) -> Rloo:
    return Rloo(
        prompts=tier.prompts,
        samples=tier.samples,
        max_new_tokens=tier.tokens,
        max_prompt=96,
        learning_rate=tier.rate,
        keep_every=tier.steps,
        controller="pid",
        proportional=0.3,
        multiplier_rate=0.05,
        pass_tokens=32_768,
    )


@dataclass(frozen=True)
class Verdict:
    """What an arm kept, over seeds; gains are over the gold at the run's beginning."""

    arm: str
    kept_of_own_peak: list[float]  # gain at the end over the gain at the arm's own peak, by seed
    kept_of_free_peak: list[float]  # over the gain at the peak of `weights` from the same seed
    end: list[float]  # the gold of the last look
    met: list[bool]  # whether both components ended near the proxy point

    def row(self) -> dict[str, Any]:
        return {**asdict(self), "mean_kept_of_free_peak": float(np.mean(self.kept_of_free_peak))}


def verdicts(found: Sequence[Curve], limits: Mapping[str, float], tier: Tier) -> list[Verdict]:
    """By arm, in the tier's order."""
    free = {one.seed: gain(one, max(one.gold)) for one in found if one.arm == "weights"}
    result = []
    for arm in tier.arms:
        own = [one for one in found if one.arm == arm]
        ends = [gain(one, one.gold[-1]) for one in own]
        result.append(
            Verdict(
                arm,
                [share(end, gain(one, max(one.gold))) for end, one in zip(ends, own, strict=True)],
                [share(end, free[one.seed]) for end, one in zip(ends, own, strict=True)],
                [one.gold[-1] for one in own],
                [is_met(one, limits) for one in own],
            )
        )
    return result


def gain(found: Curve, value: float) -> float:
    return value - found.gold[0]


def share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def is_met(found: Curve, limits: Mapping[str, float], looks: int = 3) -> bool:
    """Over the last looks, each component's mean lies within a fifth of its way of the proxy point."""
    for name, threshold in limits.items():
        values = found.figures[f"held_out/{name}"]
        if abs(float(np.mean(values[-looks:])) - threshold) > 0.2 * abs(threshold - values[0]):
            return False
    return True
