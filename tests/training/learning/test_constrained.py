"""The constrained study, small: every arm leaves a curve, the same from the same seed, and a verdict that adds up."""

import dataclasses

import pytest

from rewardmodels.learning.world import corpus, policies
from rewardmodels.learning.world.recipe import Recipe
from training.learning.studies import constrained
from training.learning.studies.constrained import Curve, Tier

TINY = Recipe(layers=1, width=16, feed_forward=32, heads=2, vocabulary=400, positions=256, steps=2, batch=2, warmup=1)
LIMITS = {"coverage": 1.0, "warmth": 0.5}


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "TOKENIZER_TEXTS", 200)
        return policies.make(tmp_path_factory.mktemp("models"), TINY)


def test_every_arm_leaves_a_curve_that_its_seed_gives_again(speaker, tmp_path):
    tier = dataclasses.replace(constrained.TIERS["smoke"], steps=2, tokens=12, look_every=1)
    first = list(constrained.curves(speaker, tier, 3, tmp_path / "first", LIMITS))
    assert [one.arm for one in first] == ["weights", "held"]
    assert [one.steps for one in first] == [[0, 1, 2], [0, 1, 2]]
    assert first[0].gold[0] == first[1].gold[0]  # the same policy, prompts and numbers
    again = list(constrained.curves(speaker, tier, 3, tmp_path / "again", LIMITS))
    assert [one.row() for one in again] == [one.row() for one in first]
    over = list(constrained.curves(speaker, tier, 3, tmp_path / "first", LIMITS))
    assert [one.row() for one in over] == [one.row() for one in first]


def curve_of(arm, gold, **held):
    figures = {"check/gold": gold, **{f"held_out/{name}": values for name, values in held.items()}}
    return Curve(arm, 0, list(range(len(gold))), figures)


def test_what_is_kept_is_a_share_of_the_gain():
    tier = Tier(steps=3, seeds=1, prompts=2, samples=2, held_out=4, look_every=1, arms=("weights", "held"))
    free = curve_of("weights", [5.0, 9.0, 6.0, 3.0], coverage=[2.0, 3.0, 3.0, 3.0], warmth=[1.0, 2.0, 3.0, 4.0])
    held = curve_of("held", [5.0, 8.0, 8.6, 8.6], coverage=[2.0, 3.0, 3.0, 3.0], warmth=[1.0, 1.5, 1.5, 1.5])
    verdicts = constrained.verdicts([free, held], {"coverage": 3.0, "warmth": 1.5}, tier)
    assert verdicts[0].kept_of_own_peak == [-0.5]
    assert verdicts[0].met == [False]
    assert verdicts[1].kept_of_own_peak == [1.0]
    assert verdicts[1].kept_of_free_peak == pytest.approx([0.9])
    assert verdicts[1].met == [True]


def test_steps_that_are_taken_again_are_told_once():
    found = Curve("weights", 0)
    for step in (0, 1, 2):
        found.add(step, {"kl": float(step)})
        found.add(step, {"check/gold": float(step)})
    found.cut(1)
    found.add(1, {"check/gold": 7.0})
    assert found.steps == [0, 1]
    assert found.gold == [0.0, 7.0]
    assert found.kl == {0: 0.0, 1: 1.0}


def test_bounds_of_the_arms_are_the_proxy_point():
    tier = constrained.TIERS["quick"]
    held = constrained.plan_of("held", LIMITS, tier)
    assert held.is_kl_objective
    assert [(one.name, one.bounds[0].role, one.bounds[0].threshold) for one in held.components] == [
        ("coverage", "equal", 1.0),
        ("warmth", "equal", 0.5),
    ]
    assert constrained.plan_of("weights", LIMITS, tier).kl is None
    assert constrained.plan_of("penalty", LIMITS, tier).kl.coefficient == tier.price
