"""The one table of signs: inside, every bound is slack ≥ 0, and its advantage pushes slack up.

| role     | slack      | advantage of the bound | multiplier |
|----------|------------|------------------------|------------|
| at_least | J − θ      | + that of J            | ≥ 0        |
| at_most  | θ − J      | − that of J            | ≥ 0        |
| equal    | J − θ      | + that of J            | any sign   |

A violation is −slack: what is positive pushes the multiplier up. J is a component's mean, raw, or the mean KL.
"""

from dataclasses import dataclass

from training.learning.settings.plan import KL, Plan

SIGN = {"at_least": 1.0, "at_most": -1.0, "equal": 1.0}


@dataclass(frozen=True)
class Held:
    """A bound on what is called `component` in measurements; the KL is bounded like any other."""

    component: str
    role: str
    threshold: float

    @property
    def name(self) -> str:
        return f"{self.component}/{self.role}"

    @property
    def sign(self) -> float:
        return SIGN[self.role]

    @property
    def is_free(self) -> bool:
        """Whether its multiplier may have any sign."""
        return self.role == "equal"

    def slack(self, mean: float) -> float:
        return self.sign * (mean - self.threshold)

    def violation(self, mean: float) -> float:
        return -self.slack(mean)

    def excess(self, mean: float) -> float:
        """How far the bound is missed, never below 0."""
        return abs(mean - self.threshold) if self.is_free else max(0.0, self.violation(mean))


def listed(plan: Plan) -> list[Held]:
    """All bounds of a plan, in its order, the KL's last."""
    found = [Held(one.name, bound.role, bound.threshold) for one in plan.components for bound in one.bounds]
    if plan.kl is not None and plan.kl.role == "at_most" and plan.kl.target is not None:
        found.append(Held(KL, "at_most", plan.kl.target))
    return found
