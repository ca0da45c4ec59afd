"""Which way a multiplier moves, what it does to the advantages, and where both end."""

import json
import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from training.learning import controllers
from training.learning.bounds import Held
from training.learning.controllers import Batch, Bounded, Exact, Pid
from training.learning.settings import plan
from training.learning.settings.online import Rloo

KINDS = ["bounded", "pid", "exact"]


def make(kind, held, **settings):
    return controllers.make(held, Rloo(controller=kind, **settings), seed=0)


def batch_at(mean, component="a", spread=1.0):
    """A step whose component has this mean; the objective pulls it nowhere."""
    values = mean + spread * np.array([-1.0, 1.0, -0.5, 0.5])
    return Batch({component: mean}, np.zeros(4), {component: values}, samples=4, temperature=1.0)


# The sign table: the role, where the mean is against a threshold of 1, and which way the multiplier goes.
TABLE = [
    ("at_least", 0.5, +1),
    ("at_least", 1.5, -1),
    ("at_most", 0.5, -1),
    ("at_most", 1.5, +1),
    ("equal", 0.5, +1),
    ("equal", 1.5, -1),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("role", "mean", "way"), TABLE)
def test_a_multiplier_grows_while_its_bound_is_violated(kind, role, mean, way):
    held = [Held("a", role, 1.0)]
    controller = make(kind, held)
    controller.update(batch_at(1.0 + 0.6 * (1 if role != "at_most" else -1) * (-1 if way < 0 else 1)))  # away from 0
    for _ in range(3):
        controller.update(batch_at(2 - mean))  # the other side first, so that there is room both ways
    before = controller.multipliers()[0]
    for _ in range(3):
        controller.update(batch_at(mean))
    after = controller.multipliers()[0]
    at_floor = before == after == 0.0 and way < 0 and role != "equal"
    assert at_floor or math.copysign(1, after - before) == way
    assert held[0].violation(mean) * way > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["at_least", "at_most", "equal"])
def test_a_violated_bound_pushes_towards_its_threshold(kind, role):
    """Below the threshold, higher answers gain; above it, lower ones do."""
    for mean in (0.0, 2.0):
        held = Held("a", role, 1.0)
        if held.violation(mean) < 0 and role != "equal":
            continue
        controller = make(kind, [held])
        for _ in range(80):
            controller.update(batch_at(mean, spread=1.5))
        higher = torch.tensor([-1.0, 1.0], dtype=torch.float64)
        mixed = controllers.mixed(controller, torch.zeros(2, dtype=torch.float64), [held.sign * higher])
        assert float(mixed[1]) * (1.0 - mean) > 0


def test_the_mix_is_the_papers():
    pair = [Held("a", "at_least", 0.0), Held("b", "at_least", 0.0)]
    bounded = Bounded(pair, 0.1, 0.1, [0.5, -1.0])
    bounds = [torch.tensor(1.0), torch.tensor(2.0)]
    assert float(controllers.mixed(bounded, torch.tensor(-0.3), bounds)) == pytest.approx(0.827762, abs=1e-6)
    free = Bounded([Held("a", "equal", 0.0), Held("b", "equal", 0.0)], 0.1, 0.1, [0.5, -1.0])
    assert float(controllers.mixed(free, torch.tensor(-0.3), bounds)) == pytest.approx(-1.750914, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_without_bounds_the_task_is_all(kind):
    assert make(kind, []).weights() == (1.0, [])


def test_bounded_weights_add_up_to_the_number_of_bounds():
    own, others = Bounded([Held("a", "equal", 0.0), Held("b", "at_most", 0.0)], 0.1, 0.1, [0.3, 2.0]).weights()
    assert own + sum(others) == pytest.approx(2.0)


@pytest.mark.parametrize("kind", ["bounded", "pid"])
def test_a_threshold_out_of_reach_saturates_and_says_so(kind):
    controller = make(kind, [Held("a", "at_least", 100.0)])
    for _ in range(2_000):
        controller.update(batch_at(0.0))
    assert controller.saturated() == [True]


def test_the_exact_dual_is_at_its_cap_where_no_sample_reaches_the_threshold():
    controller = Exact([Held("a", "at_least", 100.0)], cap=7.0, window=1)
    controller.update(batch_at(0.0))
    assert controller.multipliers() == pytest.approx([7.0])
    assert controller.saturated() == [True]


def test_the_exact_dual_of_a_small_world():
    """One prompt, three answers with chances .5, .3, .2; the multiplier was found by the one-shot method's dual."""
    place = np.repeat([0, 1, 2], [5, 3, 2])
    reward, safety = np.array([1.0, 0.2, -0.5])[place], np.array([-1.0, 0.4, 1.2])[place]
    controller = Exact([Held("g", "at_least", 0.3)], cap=10.0, window=1)
    controller.update(Batch({"g": float(safety.mean())}, reward, {"g": safety}, samples=10, temperature=0.5))
    assert controller.multipliers()[0] == pytest.approx(0.941927, abs=1e-5)


def test_pid_adds_what_was_is_and_becomes():
    controller = Pid([Held("a", "at_least", 1.0)], proportional=2.0, integral=0.5, derivative=3.0, cap=50.0)
    controller.update(batch_at(0.0))
    assert controller.multipliers() == [0.5 + 2.0]
    controller.update(batch_at(-1.0))
    assert controller.multipliers() == [0.5 + 1.0 + 2.0 * 2 + 3.0 * 1]
    controller.update(batch_at(0.0))
    assert controller.multipliers() == [0.5 + 1.0 + 0.5 + 2.0]  # shrinking counts for nothing
    for _ in range(10):
        controller.update(batch_at(5.0))
    assert controller.multipliers() == [0.0]


def tilted(mean, spread, **gains):
    """The multiplier after one step at this mean, below a threshold of 1."""
    controller = make("pid", [Held("a", "equal", 1.0)], gain_unit="tilt", cap=1e6, **gains)
    controller.update(batch_at(mean, spread=spread))
    return controller.multipliers()[0]


def test_a_violation_in_tilts_by_hand():
    """±1 and ±½ have the variance 5/6: a violation of ½ is closed by a tilt of ½ · 6/5."""
    assert tilted(0.5, 1.0, proportional=1.0, multiplier_rate=0.0) == pytest.approx(0.6)
    assert tilted(0.5, 1.0, proportional=1.0, multiplier_rate=0.0, normalise=True) == pytest.approx(0.5 * 1.2**0.5)


def test_the_tilt_closes_a_small_violation():
    """Answers weighted by exp(λ r) have the threshold's mean, up to the square of the violation."""
    for violation in (0.1, 0.01):
        values = 1.0 - violation + np.random.default_rng(0).normal(size=2_000)
        controller = make("pid", [Held("a", "equal", 1.0)], gain_unit="tilt", proportional=1.0, multiplier_rate=0.0)
        controller.update(Batch({"a": float(values.mean())}, np.zeros(2_000), {"a": values}, 2_000, 1.0))
        weight = np.exp(controller.multipliers()[0] * values)
        assert float(weight @ values / weight.sum()) == pytest.approx(1.0, abs=violation**2)


def test_gains_in_tilts_push_alike_whatever_a_component_is_counted_in():
    """A hundredth of the unit: multipliers a hundredth, and the same push of multiplier times value."""
    for gains in ({"proportional": 2.0, "multiplier_rate": 0.3}, {"proportional": 1.0, "derivative": 3.0}):
        marks = make("pid", [Held("a", "at_least", 1.0)], gain_unit="tilt", cap=1e6, **gains)
        cents = make("pid", [Held("a", "at_least", 100.0)], gain_unit="tilt", cap=1e6, **gains)
        for mean, spread in ((0.2, 1.0), (0.1, 0.4), (0.7, 0.9)):
            marks.update(batch_at(mean, spread=spread))
            cents.update(batch_at(100 * mean, spread=100 * spread))
        assert marks.multipliers()[0] == pytest.approx(100 * cents.multipliers()[0])


def test_what_no_longer_varies_gets_no_endless_gain():
    controller = make(
        "pid", [Held("a", "equal", 1.0)], gain_unit="tilt", proportional=1.0, multiplier_rate=0.0, cap=1e6
    )
    controller.update(batch_at(0.5, spread=1.0))
    for _ in range(60):
        controller.update(batch_at(0.5, spread=0.0))
    assert controller.multipliers()[0] == pytest.approx(0.5 / (0.01 * 5 / 6))
    assert tilted(0.5, 0.0, proportional=1.0, multiplier_rate=0.0) == pytest.approx(0.5)  # never varied: as it is


@pytest.mark.parametrize("unit", ["value", "tilt"])
def test_pid_goes_on_from_its_state_in_any_unit(unit):
    held = [Held("a", "at_least", 1.0)]
    one, other = make("pid", held, gain_unit=unit), make("pid", held, gain_unit=unit)
    one.update(batch_at(0.5, spread=2.0))
    other.restore(json.loads(json.dumps(one.state())))
    for each in (one, other):
        each.update(batch_at(0.7, spread=0.5))
    assert one.multipliers() == other.multipliers()


def test_pid_goes_on_from_a_state_that_had_no_spread_yet():
    one, other = (make("pid", [Held("a", "at_least", 1.0)]) for _ in range(2))
    one.update(batch_at(0.5))
    other.restore({name: value for name, value in one.state().items() if name != "spread"})
    for each in (one, other):
        each.update(batch_at(0.7))
    assert one.multipliers() == other.multipliers()


@pytest.mark.parametrize("kind", KINDS)
def test_a_controller_goes_on_from_its_state(kind):
    held = [Held("a", "at_least", 1.0), Held("a", "at_most", 3.0)]
    one, other = make(kind, held), make(kind, held)
    for mean in (0.5, 4.0, 2.0):
        one.update(batch_at(mean))
    other.restore(one.state())
    for controller in (one, other):
        controller.update(batch_at(0.1))
    assert one.multipliers() == other.multipliers()


REFERENCE, REWARD = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize("kind", ["bounded", "pid"])
def test_a_bandit_held_at_a_mean_becomes_the_exponential_tilt(kind):
    """KL as the objective and E[r] = θ: π ∝ reference · exp(λ r), with λ by root finding (Moskovitz et al., §4)."""
    threshold = 1.8

    def tilt(inverse):
        weight = REFERENCE * np.exp(inverse * REWARD)
        return weight / weight.sum()

    exact = tilt(brentq(lambda inverse: tilt(inverse) @ REWARD - threshold, -5, 5))
    controller = make(kind, [Held("a", "equal", threshold)], multiplier_rate=0.02)
    logits, mean = np.log(REFERENCE), np.zeros(4)
    for step in range(4_000):
        policy = np.exp(logits - logits.max())
        policy /= policy.sum()
        values = -np.log(policy / REFERENCE)  # the objective's reward
        own, others = controller.weights()
        gradient = own * policy * (values - policy @ values) + others[0] * policy * (REWARD - policy @ REWARD)
        logits = logits + 0.2 * gradient
        controller.update(Batch({"a": float(policy @ REWARD)}, values, {"a": REWARD}, samples=4, temperature=1.0))
        if step >= 2_000:
            mean += policy / 2_000
    assert mean == pytest.approx(exact, abs=2e-3)


def test_bounds_stand_in_the_plans_order_with_the_kl_last():
    from training.learning import bounds

    read = plan.read(
        [
            {"name": "a", "weight": 1.0, "bounds": [{"role": "at_most", "threshold": 3.0}]},
            {"name": "b", "bounds": [{"role": "at_least", "threshold": 0.0}, {"role": "at_most", "threshold": 1.0}]},
        ],
        {"role": "at_most", "target": 5.0},
    )
    assert [one.name for one in bounds.listed(read)] == ["a/at_most", "b/at_least", "b/at_most", "kl/at_most"]


def test_a_bound_is_missed_on_its_own_side_only():
    assert Held("a", "at_least", 1.0).excess(3.0) == 0.0
    assert Held("a", "at_most", 1.0).excess(3.0) == 2.0
    assert Held("a", "equal", 1.0).excess(-1.0) == 2.0
