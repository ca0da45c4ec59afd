"""The temperature of a consensus against known classes."""

import numpy as np
import pytest

from annotation.agreement.calibration import temper
from annotation.agreement.votes import Reason


def drawn(temperature, tasks=4000, seed=0):
    """Posteriors that are too sure by a temperature, and classes drawn from what they should be."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (tasks, 3))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    known = (random.random((tasks, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    sure = honest**temperature
    return sure / sure.sum(axis=1, keepdims=True), known, honest


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_recovered_within_its_interval(temperature):
    posterior, known, honest = drawn(temperature)
    found = temper(posterior, np.arange(4000), known)
    assert found.temperature.low <= temperature <= found.temperature.high
    assert found.temperature.value == pytest.approx(temperature, rel=0.08)
    assert found.after >= found.before
    assert np.abs(found.apply(posterior) - honest).max() < 0.03


def test_two_classes_have_a_closed_form():
    # 60 of 80 right where the posterior says .9: 9^(1/T) = 3, so T = 2
    known = np.repeat([0, 1], [60, 20])
    found = temper(np.tile([0.9, 0.1], (80, 1)), np.arange(80), known)
    assert found.temperature.value == pytest.approx(2, abs=1e-3)
    assert found.apply(np.array([[0.9, 0.1]]))[0] == pytest.approx([0.75, 0.25], abs=1e-4)


def test_the_likeliest_class_stays():
    posterior, known, _ = drawn(3.0, tasks=200)
    found = temper(posterior, np.arange(200), known)
    assert (found.apply(posterior).argmax(axis=1) == posterior.argmax(axis=1)).all()


def test_with_few_gold_tasks_nothing_is_changed_and_a_reason_given():
    posterior, known, _ = drawn(3.0, tasks=9)
    found = temper(posterior, np.arange(9), known)
    assert found.temperature.reason is Reason.TOO_FEW
    assert (found.apply(posterior) == posterior).all()


def test_certainty_that_was_wrong_stays_finite():
    found = temper(np.tile([1.0, 0.0], (20, 1)), np.arange(20), np.repeat([0, 1], [10, 10]))
    assert np.isfinite(found.after)
    assert found.apply(np.array([[1.0, 0.0]]))[0, 1] > 0.4
