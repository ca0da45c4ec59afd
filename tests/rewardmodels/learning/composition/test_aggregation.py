"""The unit tests of compositional preference models, and a solver of our own to compare with."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from rewardmodels.learning.composition import aggregation
from rewardmodels.learning.composition.aggregation import Rows


def ignore(share):
    """Nobody watches."""


def world(pairs, weights, seed=0):
    """Rows of logistic judgments of known weights, each about a prompt of its own."""
    generator = np.random.default_rng(seed)
    differences = generator.normal(size=(pairs, len(weights)))
    chance = 1 / (1 + np.exp(-differences @ np.asarray(weights)))
    preferred = np.where(generator.random(pairs) < chance, 1, -1)
    return Rows(differences, preferred, np.ones(pairs), np.arange(pairs))


def test_known_weights_are_found_again_and_the_better_the_more_is_said():
    true = np.array([1.5, -0.7, 0.2, 0.0])
    errors = []
    for pairs in (200, 2_000, 20_000):
        found = aggregation.fit(world(pairs, true), 1e6, penalty="l2")
        errors.append(float(np.abs(found - true).max()))
        if pairs == 2_000:
            assert (np.sign(found[:3]) == np.sign(true[:3])).all()
            assert list(np.argsort(-found[:3])) == [0, 2, 1]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.06


def test_turning_pairs_round_changes_nothing():
    given = world(300, [1.0, -1.0])
    sides = np.where(np.random.default_rng(1).random(300) < 0.5, 1, -1)
    turned = given._replace(differences=given.differences * sides[:, None], preferred=given.preferred * sides)
    one, other = (aggregation.fit(rows, 1.0, penalty="l2") for rows in (given, turned))
    assert np.allclose(one, other, atol=1e-9)
    margin = given.differences @ one
    assert (1 / (1 + np.exp(-margin)) + 1 / (1 + np.exp(margin)) == pytest.approx(1, abs=1e-15)) is True


def test_shifting_and_stretching_a_raw_feature_changes_no_score_difference():
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=(2, 500, 3))
    outcome = np.where(first[:, 0] - second[:, 0] + generator.logistic(size=500) > 0, 1, -1)
    margins = []
    for stretch, shift in ((1.0, 0.0), (37.0, -5.0)):
        raw = [values * [stretch, 1, 1] + [shift, 0, 0] for values in (first, second)]
        found = aggregation.scale(np.concatenate(raw))
        standard = [(values - found.mean) / found.deviation for values in raw]
        given = aggregation.rows(*standard, outcome, np.arange(500), ties="drop")
        weights = aggregation.fit(given, 1e6, penalty="l2")
        scores = [aggregation.contributions(values, found, weights).sum(1) for values in raw]
        margins.append(scores[0] - scores[1])
    assert np.allclose(margins[0], margins[1], atol=1e-6)


def test_a_single_weight_solves_the_score_equation():
    given = world(400, [0.8])
    difference, said = given.differences[:, 0], given.preferred > 0

    def score(weight):
        return float((difference * (said - 1 / (1 + np.exp(-weight * difference)))).sum())

    assert aggregation.fit(given, 1e9, penalty="l2")[0] == pytest.approx(brentq(score, -10, 10), abs=1e-6)


@pytest.mark.parametrize("strength", [0.01, 1.0, 100.0])
def test_the_penalised_optimum_is_that_of_a_general_minimiser(strength):
    given = world(300, [1.0, -0.5, 0.0])
    given = given._replace(weight=np.random.default_rng(3).random(300) + 0.5)

    def objective(weights):
        return strength * aggregation.loss(given, weights)[0] + 0.5 * float(weights @ weights)

    trusted = minimize(objective, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    assert np.allclose(aggregation.fit(given, strength, penalty="l2"), trusted, atol=1e-5)


def test_the_absolute_penalty_leaves_useless_features_out():
    given = world(2_000, [1.0, 0.0, 0.0])
    found = aggregation.fit(given, 0.02, penalty="l1")
    assert found[0] > 0.3
    assert (found[1:] == 0).all()


def test_a_tie_counts_as_half_for_either_side_or_not_at_all():
    first, second = np.array([[2.0], [1.0], [0.5]]), np.array([[1.0], [3.0], [0.0]])
    outcome, cluster = np.array([1, 0, -1]), np.arange(3)
    dropped = aggregation.rows(first, second, outcome, cluster, ties="drop")
    halved = aggregation.rows(first, second, outcome, cluster, ties="half")
    assert dropped.differences[:, 0].tolist() == [1.0, 0.5]
    assert halved.differences[:, 0].tolist() == [1.0, 0.5, -2.0, -2.0]
    assert halved.preferred.tolist() == [1, -1, 1, -1]
    assert halved.weight.tolist() == [1.0, 1.0, 0.5, 0.5]
    assert halved.cluster.tolist() == [0, 2, 1, 1]
    weight = 0.7
    by_hand = np.log1p(np.exp(-weight)) + np.log1p(np.exp(weight * 0.5))
    by_hand += 0.5 * (np.log1p(np.exp(2 * weight)) + np.log1p(np.exp(-2 * weight)))
    assert aggregation.loss(halved, np.array([weight])) == (pytest.approx(by_hand), 3.0)


def test_ties_pull_the_weights_towards_nothing():
    given = world(300, [2.0])
    outcome = np.concatenate([given.preferred, np.zeros(300, dtype=np.int64)])
    both = np.concatenate([given.differences, given.differences])
    rows = [aggregation.rows(both, 0 * both, outcome, np.arange(600), ties=how) for how in ("drop", "half")]
    strict, mild = (aggregation.fit(one, 1.0, penalty="l2")[0] for one in rows)
    assert 0 < mild < strict


def test_pairs_that_all_went_one_way_are_learned_from():
    given = Rows(np.full((20, 1), 1.0), np.ones(20, dtype=np.int64), np.ones(20), np.arange(20))
    assert aggregation.fit(given, 1.0, penalty="l2")[0] > 1


@pytest.mark.parametrize("count", [1, 2, 7])
def test_however_the_rows_lie_none_is_lost_or_counted_twice(count):
    """Outcomes that alternate as the turning does, one row, few rows: the score equation holds for all."""
    differences = np.where(np.arange(count) % 2, -1.0, 1.0) * (1 + np.arange(count) / 10)
    given = Rows(differences[:, None], np.sign(differences).astype(np.int64), np.ones(count), np.arange(count))
    found = aggregation.fit(given, 0.5, penalty="l2")[0]
    sizes = np.abs(differences)
    assert found == pytest.approx(brentq(lambda w: w - 0.5 * (sizes / (1 + np.exp(w * sizes))).sum(), 0, 50), abs=1e-6)


def test_noise_calls_for_a_stiff_penalty_and_a_clear_world_for_a_loose_one():
    noise = aggregation.choose(world(200, np.zeros(30)), penalty="l2", seed=1, report=ignore)
    clear = aggregation.choose(world(2_000, [2.0, -2.0]), penalty="l2", seed=1, report=ignore)
    assert noise.strength < 0.01 < clear.strength
    assert len(noise.held_out) == len(aggregation.STRENGTHS)
    assert noise.held_out[f"{noise.strength:.4g}"] == min(noise.held_out.values())


def test_prompts_are_held_out_as_a_whole():
    """Each prompt's rows are one row copied: split apart they would teach each other, and no penalty would be best."""
    generator = np.random.default_rng(5)
    once = world(40, np.zeros(30), seed=5)
    copies = np.repeat(np.arange(40), 10)
    given = Rows(once.differences[copies], once.preferred[copies], np.ones(400), copies)
    apart = given._replace(cluster=generator.permutation(400))
    together = aggregation.choose(given, penalty="l2", seed=1, report=ignore)
    leaking = aggregation.choose(apart, penalty="l2", seed=1, report=ignore)
    assert together.strength < leaking.strength


def test_intervals_hold_the_true_weight_and_follow_the_prompts():
    true = [1.0, 0.0]
    given = world(600, true)
    found = aggregation.weigh(given, 1e4, penalty="l2", seed=1, report=ignore)
    assert (found.low < true).all()
    assert (true < found.high).all()
    margin = given.differences @ found.values
    information = given.differences.T * (1 / (2 + np.exp(margin) + np.exp(-margin))) @ given.differences
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    assert np.allclose((found.high - found.low) / 3.92, error, rtol=0.25)
    lumped = aggregation.weigh(
        given._replace(
            differences=np.repeat(given.differences[:60], 10, 0),
            preferred=np.repeat(given.preferred[:60], 10),
            cluster=np.repeat(np.arange(60), 10),
        ),
        1e4,
        penalty="l2",
        seed=1,
        report=ignore,
    )
    assert (lumped.high - lumped.low > 2 * (found.high - found.low)).all()


def test_the_same_seed_gives_the_same_numbers():
    given = world(100, [1.0, 0.5])
    one, other = (aggregation.weigh(given, 1.0, penalty="l2", seed=4, report=ignore) for _ in range(2))
    assert (one.low == other.low).all()
    assert (one.high == other.high).all()


def test_contributions_add_up_and_a_missing_feature_adds_nothing():
    values = np.array([[1.0, 10.0], [3.0, np.nan]])
    found = aggregation.scale(values)
    assert found.mean.tolist() == [2.0, 10.0]
    assert found.deviation.tolist() == [1.0, 1.0]  # the second does not vary
    assert aggregation.varies(values).tolist() == [True, False]
    parts = aggregation.contributions(values, found, np.array([2.0, 5.0]))
    assert parts.tolist() == [[-2.0, 0.0], [2.0, 0.0]]
