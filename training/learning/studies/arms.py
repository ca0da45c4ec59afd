"""One policy of the text world pushed by one plan: its curve, look by look, kept beside the run and found again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from lm import causal
from rewardmodels.learning.rewards import Reward
from rewardmodels.learning.world import gold, prompts
from training.learning import running
from training.learning.commissions import Check, Commission, Looking
from training.learning.observing import RunObserver
from training.learning.settings.online import Rloo
from training.learning.settings.plan import Plan
from training.learning.studies import truths

CHECK, CONTROL = "gold", "control"
CAP = 30.0  # of multipliers


class Amount(Protocol):
    """How much of a run is taken."""

    @property
    def steps(self) -> int: ...

    @property
    def prompts(self) -> int:
        """In a step."""

    @property
    def samples(self) -> int:
        """To a prompt."""

    @property
    def held_out(self) -> int:
        """Prompts of a look."""

    @property
    def look_every(self) -> int:
        """Steps."""

    @property
    def tokens(self) -> int:
        """Of the longest answer."""

    @property
    def rate(self) -> float: ...

    @property
    def cool_down(self) -> float:
        """The share of the steps, at the end, over which the rate falls."""


@dataclass(frozen=True)
class Arm:
    """What a policy is pushed by. `fall` ends a run that has lost so much of its gain: the rest would tell no more."""

    name: str
    plan: Plan
    rewards: Mapping[str, Reward]
    measured: Mapping[str, Reward]  # by component, whatever the plan pushes by
    fall: float | None = None
    gains: tuple[float, float, float] = (10.0, 0.15, 4.0)  # in tilts: proportional, integral, derivative

    @property
    def checks(self) -> dict[str, Check]:
        truth: dict[str, Check] = {CHECK: told(gold.gold), CONTROL: told(gold.control)}
        return truth | {name: rewarded(one) for name, one in self.measured.items()}


def told(scorer: Callable[[gold.Facts, gold.Stakes], Any]) -> Check:
    return lambda items: truths.values(scorer, items).tolist()


def rewarded(reward: Reward) -> Check:
    return lambda items: [one.reward for one in reward.score(items)]


@dataclass
class Curve:
    """One arm from one seed, look by look."""

    arm: str
    seed: int
    steps: list[int] = field(default_factory=list)
    figures: dict[str, list[float]] = field(default_factory=dict)
    kl: dict[int, float] = field(default_factory=dict)  # by step, of its own samples
    violations: dict[str, dict[int, float]] = field(default_factory=dict)  # by bound and step, the same

    def add(self, step: int, values: Mapping[str, float]) -> None:
        if "kl" in values:
            self.kl[step] = values["kl"]
            for name, value in values.items():
                if name.startswith("violation/"):
                    self.violations.setdefault(name.split("/")[1], {})[step] = value
        if f"check/{CHECK}" in values:
            if self.steps[-1:] == [step]:  # looked at again
                self.steps.pop()
                self.figures = {name: one[:-1] for name, one in self.figures.items()}
            self.steps.append(step)
            for name, value in values.items():
                self.figures.setdefault(name, []).append(value)

    def cut(self, step: int) -> None:
        """Forget what was told of later steps: they are taken again."""
        kept = [place for place, one in enumerate(self.steps) if one <= step]
        self.steps = [self.steps[place] for place in kept]
        self.figures = {name: [values[place] for place in kept] for name, values in self.figures.items()}
        self.kl = {one: value for one, value in self.kl.items() if one <= step}
        for name, values in self.violations.items():
            self.violations[name] = {one: value for one, value in values.items() if one <= step}

    @property
    def gold(self) -> list[float]:
        return self.figures[f"check/{CHECK}"]

    @property
    def best(self) -> int:
        """The step of the look with the most gold."""
        return self.steps[self.gold.index(max(self.gold))]

    @property
    def last(self) -> int:
        return self.steps[-1]

    def kl_at(self, step: int) -> float:
        """Of the samples that the same weights gave next; of the last ones, of those before."""
        return self.kl.get(step + 1, self.kl.get(step, 0.0))

    def row(self) -> dict[str, Any]:
        """As it is written down."""
        kl = [self.kl_at(step) for step in self.steps]
        return {"arm": self.arm, "seed": self.seed, "steps": self.steps, "kl": kl, **self.figures}


def push(
    policy: Path, arm: Arm, amount: Amount, seed: int, folder: Path, observer: RunObserver, purpose: str = "study"
) -> Curve:
    """A run that died goes on in its folder; one that ended is not made again."""
    path, found = folder / "curve.json", Curve(arm.name, seed)
    if path.is_file():
        found = read(path)

    def report(step: int, values: dict[str, float]) -> None:
        found.cut(step - 1 if "kl" in values else step)
        found.add(step, values)
        write(path, found)
        observer.report(step, values)

    asked = prompts.draw(seed, amount.steps * amount.prompts, purpose=purpose)
    looked = prompts.draw(seed, amount.held_out, held_out=True, purpose=purpose)
    commission = Commission(
        policy=causal.open_folder(policy, "builtin:textworld"),
        prompts=[one.messages for one in asked],
        rewards=arm.rewards,
        plan=arm.plan,
        settings=settings(amount, arm),
        seed=seed,
        steps=amount.steps,
        folder=folder,
        looking=Looking([one.messages for one in looked], arm.checks, amount.look_every, arm.fall),
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
    violations = {name: {int(step): value for step, value in one.items()} for name, one in kept["violations"].items()}
    return Curve(**{**kept, "kl": {int(step): value for step, value in kept["kl"].items()}, "violations": violations})


def settings(amount: Amount, arm: Arm) -> Rloo:
    proportional, integral, derivative = arm.gains
    return Rloo(
        prompts=amount.prompts,
        samples=amount.samples,
        max_new_tokens=amount.tokens,
        max_prompt=96,
        learning_rate=amount.rate,
        cool_down=amount.cool_down,
        keep_every=1_000_000,  # the best and the last alone
        controller="pid",
        proportional=proportional,
        multiplier_rate=integral,
        derivative=derivative,
        gain_unit="tilt",
        cap=CAP,
        pass_tokens=32_768,
    )
