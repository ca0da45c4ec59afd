"""Named ways of the constrained papers: an algorithm, its settings and a plan, made from components and thresholds.

Moskovitz et al. (arXiv 2310.04373) hold components at their proxy points; Dai et al. (arXiv 2310.12773) hold a cost.
What a preset sets can be changed afterwards: it is plain values, as an API's body has them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.learning.settings.plan import Plan, read

BOUNDED = {"controller": "bounded", "multiplier_rate": 0.1, "multiplier_momentum": 0.1}
PAPER = {"clip": 0.2, "discount": 0.99, "trace": 0.95, "normalise": True, **BOUNDED}


@dataclass(frozen=True)
class Preset:
    """A name, what it does, and how its plan is made of weights and thresholds by component."""

    name: str
    title: str
    help: str
    plan: Callable[[Mapping[str, float], Mapping[str, float]], Plan]
    settings: Mapping[str, Any] = field(default_factory=dict)
    algorithm: str = "ppo"
    source: str = "Moskovitz et al., arXiv 2310.04373"


def held(role: str, thresholds: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "bounds": [{"role": role, "threshold": one}]} for name, one in thresholds.items()]


def free(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    return read([{"name": name, "weight": one} for name, one in weights.items()], None)


def adaptive(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    """The coefficient begins at .2 and adapts to .5 nats."""
    kl = {"role": "penalty", "coefficient": 0.2, "target": 0.5}
    return read([{"name": name, "weight": one} for name, one in weights.items()], kl)


def mu(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    return read(held("at_least", thresholds), {"role": "objective"})


def xi(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    return read(held("equal", thresholds), {"role": "objective"})


def satisfied(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    """What has a threshold is pulled to it, answer by answer; the rest is raised."""
    pulled = [{"name": name, "weight": weights.get(name, 1.0), "target": one} for name, one in thresholds.items()]
    raised = [{"name": name, "weight": one} for name, one in weights.items() if name not in thresholds]
    return read([*raised, *pulled], None)


def everything(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    """Each component is raised, up to its threshold."""
    capped = [{**one, "weight": weights.get(one["name"], 1.0)} for one in held("at_most", thresholds)]
    return read(capped, None)


def lagrangian(weights: Mapping[str, float], thresholds: Mapping[str, float]) -> Plan:
    """What has a threshold is a cost that stays below it; the rest is raised."""
    raised = [{"name": name, "weight": one} for name, one in weights.items() if name not in thresholds]
    return read([*raised, *held("at_most", thresholds)], {"role": "penalty", "coefficient": 0.02})


LAGRANGIAN = {"controller": "pid", "proportional": 0.0, "derivative": 0.0, "multiplier_rate": 0.1, "cap": 20.0}
PRESETS: dict[str, Preset] = {
    one.name: one
    for one in (
        Preset("ppo_free", "PPO without KL", "The weighted sum is raised and nothing holds it.", free, PAPER),
        Preset("ppo_kl", "PPO with adaptive KL", "The weighted sum less a price that adapts to a KL.", adaptive, PAPER),
        Preset("ppo_sat", "PPO-SAT", "Each answer is pulled to the thresholds, with no multiplier.", satisfied, PAPER),
        Preset("mu_ppo", "μ-PPO", "The least KL at which each component is at least its threshold.", mu, PAPER),
        Preset("xi_ppo", "ξ-PPO", "The least KL at which each component equals its threshold.", xi, PAPER),
        Preset("all_ppo", "All-PPO", "The weighted sum, each component at most its threshold.", everything, PAPER),
        Preset(
            "ppo_lag",
            "PPO-Lag",
            "Rewards are raised while costs stay at most their thresholds; the multiplier is the sum of violations.",
            lagrangian,
            {"discount": 1.0, "normalise": False, **LAGRANGIAN},
            source="Dai et al., arXiv 2310.12773",
        ),
    )
}
