"""The dual: the closed forms of one-shot constrained alignment, grids over the simplex, and proxy points."""

import numpy as np
import pytest

from rewardmodels.learning.world import dual, gold, oracle

REFERENCE = np.log([0.5, 0.3, 0.2])
REWARD = np.array([[1.0, 0.2, -0.5]])
SAFETY = np.array([-1.0, 0.4, 1.2])


def safety(threshold: float):
    return (SAFETY - threshold)[None, None]


def test_three_answers_under_a_threshold():
    found = dual.solve(REFERENCE, REWARD, safety(0.3), beta=0.5)
    assert found.multipliers[0] == pytest.approx(0.941927, abs=1e-6)
    assert found.probability[0] == pytest.approx([0.253201, 0.428698, 0.318101], abs=1e-6)
    assert found.probability[0] @ SAFETY == pytest.approx(0.3, abs=1e-9)
    assert found.objective == pytest.approx(0.11570776, abs=1e-8)


def test_no_policy_on_a_grid_meets_the_threshold_and_does_better():
    found = dual.solve(REFERENCE, REWARD, safety(0.3), beta=0.5)
    a, b = np.meshgrid(np.linspace(0.001, 0.997, 300), np.linspace(0.001, 0.997, 300))
    policy = np.stack([a, b, 1 - a - b], axis=-1).reshape(-1, 3)
    policy = policy[(policy[:, 2] > 0) & (policy @ SAFETY >= 0.3)]
    objective = policy @ REWARD[0] - 0.5 * (policy * (np.log(policy) - REFERENCE)).sum(axis=1)
    assert objective.max() <= found.objective + 1e-9


def test_a_normal_score_has_the_multiplier_of_the_closed_form():
    """r = 0, g ~ N(m, v): λ = β (b − m)/v."""
    values = np.linspace(-14, 14, 40_001)
    log = -((values + 0.4) ** 2) / (2 * 2)
    log -= np.logaddexp.reduce(log)
    found = dual.solve(log, np.zeros((1, len(values))), (values - 0.2)[None, None], beta=1.5)
    assert found.multipliers[0] == pytest.approx(1.5 * 0.6 / 2, abs=1e-6)


def test_a_threshold_that_is_met_anyway_has_no_multiplier():
    found = dual.solve(REFERENCE, REWARD, safety(-2.0), beta=0.5)
    assert found.multipliers[0] == 0
    assert found.slack[0] > 0


@pytest.mark.parametrize("threshold", [1.2, 1.3])
def test_a_threshold_beyond_every_answer_is_said_to_be_so(threshold):
    with pytest.raises(dual.Infeasible, match="No policy meets all constraints"):
        dual.solve(REFERENCE, REWARD, safety(threshold), beta=0.5)


def test_two_thresholds_that_contradict_each_other_are_said_to_do_so():
    both = np.concatenate([safety(0.3), -safety(0.2)])
    with pytest.raises(dual.Infeasible):
        dual.solve(REFERENCE, REWARD, both, beta=0.5)


def test_two_constraints_against_a_grid_of_multipliers():
    generator = np.random.default_rng(0)
    reward, constraints = generator.normal(size=(3, 5)), generator.normal(size=(2, 3, 5)) + 0.1
    log = np.log(np.full(5, 0.2))
    found = dual.solve(log, reward, constraints, beta=0.8)

    def value(multipliers):
        score = (reward + np.tensordot(multipliers, constraints, 1)) / 0.8
        return 0.8 * np.log((np.exp(log) * np.exp(score)).sum(axis=1)).mean()

    grid = [value(np.array([a, b])) for a in np.linspace(0, 3, 61) for b in np.linspace(0, 3, 61)]
    assert value(found.multipliers) <= min(grid) + 1e-12
    assert found.multipliers @ found.slack == pytest.approx(0.0, abs=1e-8)  # complementary slackness
    assert found.slack.min() > -1e-9


def test_the_joint_proxy_point_has_more_gold_than_single_ones_and_other_values(world):
    both = np.stack([world.score(gold.coverage), world.score(gold.warmth)])
    joint = dual.proxy_point(world, both)
    singles = [dual.proxy_point(world, both[number : number + 1]) for number in (0, 1)]
    assert joint.gold > max(one.gold for one in singles) > oracle.mean(world, world.reference, world.gold)
    assert abs(joint.values[1] - singles[1].values[0]) > 0.02  # they are correlated on the reference


def test_past_its_proxy_point_a_component_costs_gold(world):
    warmth = world.score(gold.warmth)
    point = dual.proxy_point(world, warmth[None])
    for factor in (0.5, 2.0):
        assert oracle.at(world, warmth, factor * point.weights[0]).gold < point.gold
