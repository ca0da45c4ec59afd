"""Presets are plans and settings that a run takes."""

import pytest

from tests.training.learning.small import Count, commission
from training.learning import running
from training.learning.settings import algorithms
from training.learning.settings.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_accepted_as_it_stands(name):
    preset = PRESETS[name]
    settings = algorithms.read(preset.algorithm, dict(preset.settings))
    algorithms.must_fit(preset.plan({"a": 1.0}, {"b": 0.5}), settings)


def test_the_papers_ways_differ_in_their_bounds_and_their_aim():
    roles = {
        name: {
            (one.name, bound.role)
            for one in PRESETS[name].plan({"a": 2.0}, {"b": 0.5}).components
            for bound in one.bounds
        }
        for name in PRESETS
    }
    assert roles["mu_ppo"] == {("b", "at_least")}
    assert roles["xi_ppo"] == {("b", "equal")}
    assert roles["all_ppo"] == roles["ppo_lag"] == {("b", "at_most")}
    assert roles["ppo_free"] == roles["ppo_kl"] == set()
    assert [name for name in PRESETS if PRESETS[name].plan({"a": 2.0}, {"b": 0.5}).is_kl_objective] == [
        "mu_ppo",
        "xi_ppo",
    ]


def test_a_preset_runs(tmp_path):
    preset = PRESETS["xi_ppo"]
    made = commission(tmp_path, algorithm=preset.algorithm, steps=2, **preset.settings)
    plan = preset.plan({}, {"a": 1.0, "b": 0.5})
    held = type(made)(
        policy=made.policy,
        prompts=made.prompts,
        rewards={"a": Count("a"), "b": Count("b")},
        plan=plan,
        settings=made.settings,
        seed=0,
        steps=2,
        folder=made.folder,
    )
    assert "multiplier/b/equal" in running.run(held).figures
