"""Figures: by hand, exact (T10), ties not counted as losses (T11), bands and intervals that mean what they say."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from rewardmodels.learning import calibration, evaluation, intervals, metrics, rules
from rewardmodels.learning.evaluation import Judge
from rewardmodels.learning.intervals import Resampler
from rewardmodels.learning.rules import ByUtility, EvenOdds, LongerWins
from tests.rewardmodels.learning.worlds import columns

NO_CUT = torch.zeros(1, dtype=torch.float64)


def evaluate(utilities, pairs, *, temperature=1.0, lengths=None, longer_wins=0.5, cuts=NO_CUT):
    utilities = torch.as_tensor(utilities, dtype=torch.float32)
    lengths = torch.ones(len(utilities)) if lengths is None else torch.as_tensor(lengths, dtype=torch.float32)
    simple = {"constant": EvenOdds(), "longer_wins": LongerWins(lengths, longer_wins)}
    return evaluation.evaluate(utilities, pairs, Judge(cuts, temperature, lengths, simple, seed=0), "test")


def alone(n):
    """A resampler of judgments that are each a prompt of its own."""
    return Resampler([np.arange(n)], np.random.default_rng(0))


def test_t10_accuracy_is_an_exact_count_and_no_mean_of_means():
    utilities = [1.0, 0.0] * 9
    pairs = columns(range(0, 18, 2), range(1, 18, 2), [1, 1] + [-1] * 7)
    assert evaluate(utilities, pairs)["accuracy"] == 2 / 9


def test_t11_equal_scores_count_half_and_are_reported():
    pairs = columns([0, 2, 4], [1, 3, 5], [1, -1, 1])
    found = evaluate([1.0, 1.0, 0.0, 2.0, 3.0, 0.0], pairs)
    assert found["ties"] == 1
    assert found["accuracy"] == (0.5 + 1 + 1) / 3


def test_t11_bf16_makes_ties_that_fp32_does_not():
    utilities = torch.tensor([3.001, 3.0], dtype=torch.float32)
    pairs = columns([0], [1], [1])
    assert evaluate(utilities, pairs)["ties"] == 0
    assert evaluate(utilities.bfloat16(), pairs)["ties"] == 1


def test_tied_judgments_are_counted_apart_from_accuracy():
    found = evaluate([1.0, 0.0, 5.0, 0.0], columns([0, 2], [1, 3], [1, 0]))
    assert (found["n"], found["decided"], found["tied_judgments"], found["accuracy"]) == (2, 1, 1, 1.0)
    assert found["outcome_log_loss"] is None  # a link that never saw a tie has no probability for one


def test_only_ties_give_counts_and_nothing_made_up():
    assert evaluate([1.0, 0.0], columns([0], [1], [0])) == {"n": 1, "decided": 0, "tied_judgments": 1}


def test_figures_by_hand():
    found = evaluate([2.0, 0.0, 0.0, 1.0], columns([0, 2], [1, 3], [1, 1]))
    chances = [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(1))]
    assert found["log_loss"] == pytest.approx(-sum(map(math.log, chances)) / 2, abs=1e-12)
    assert found["brier"] == pytest.approx(sum((1 - chance) ** 2 for chance in chances) / 2, abs=1e-12)
    # two bins: .881 was right, .731 was wrong
    assert found["ece"] == pytest.approx((abs(1 - chances[0]) + abs(0 - (1 - chances[1]))) / 2, abs=1e-12)
    assert found["auc"] == pytest.approx(3 / 4)  # margins 2, −1 against −2, 1


def test_auc_is_that_of_scikit_learn_over_both_orders_of_each_pair():
    margin = np.round(np.random.default_rng(0).normal(0.4, 1, 300), 1)  # rounding makes ties
    labels = np.r_[np.ones(300), np.zeros(300)]
    assert metrics.auc(margin) == pytest.approx(roc_auc_score(labels, np.r_[margin, -margin]), abs=1e-12)


def test_swapping_the_sides_of_every_pair_changes_no_figure():
    generator = np.random.default_rng(1)
    utilities = generator.normal(size=80).tolist()
    outcome = generator.choice([1, -1], 40).tolist()
    one = evaluate(utilities, columns(range(0, 80, 2), range(1, 80, 2), outcome), temperature=0.7)
    other = evaluate(utilities, columns(range(1, 80, 2), range(0, 80, 2), [-said for said in outcome]), temperature=0.7)
    for name in ("accuracy", "log_loss", "brier", "ece", "auc", "ties"):
        assert one[name] == pytest.approx(other[name], abs=1e-12), name
    assert one["calibrated"]["log_loss"] == pytest.approx(other["calibrated"]["log_loss"], abs=1e-12)
    assert one["slope"] == pytest.approx(other["slope"], abs=1e-9)
    assert one["length_matched"] == other["length_matched"]


def test_a_constant_added_to_every_utility_changes_no_figure():
    pairs = columns([0, 2, 4], [1, 3, 5], [1, -1, 1])
    utilities = [0.5, 0.25, 1.0, 0.0, 2.0, 3.5]
    assert evaluate(utilities, pairs) == evaluate([u + 8.0 for u in utilities], pairs)


def perfect(n, seed):
    """Margins with judgments drawn from their own probabilities."""
    generator = np.random.default_rng(seed)
    difference = generator.normal(0, 1.5, n)
    said = np.where(generator.random(n) < 1 / (1 + np.exp(-difference)), 1, -1)
    return difference, said


def test_the_ece_of_a_perfect_model_lies_in_its_band_and_that_of_a_boastful_one_does_not():
    inside = boastful = 0
    for seed in range(40):
        difference, said = perfect(400, seed)
        for factor in (1.0, 2.5):
            probability = 1 / (1 + np.exp(-factor * difference * said))
            low, high = metrics.ece_band(probability, np.random.default_rng(seed), draws=200)
            is_inside = low <= metrics.ece(probability) <= high
            inside, boastful = inside + (is_inside and factor == 1), boastful + (is_inside and factor != 1)
    assert inside >= 34  # 95 % of 40, less what chance allows
    assert boastful == 0


def test_the_slope_of_a_perfect_model_is_one_within_its_interval():
    covered = 0
    for seed in range(60):
        difference, said = perfect(300, seed)
        found = evaluation.slope(difference * said, alone(300))
        covered += found["holds_one"]
    assert covered >= 53


def test_a_boastful_models_slope_is_below_one_and_flagged():
    difference, said = perfect(400, 0)
    found = evaluation.slope(3 * difference * said, alone(400))
    assert found["estimate"] == pytest.approx(1 / 3, abs=0.05)
    assert not found["holds_one"]


def test_the_slopes_interval_is_that_of_the_information_where_judgments_are_independent():
    difference, said = perfect(4_000, 1)
    found = evaluation.slope(difference * said, alone(4_000))
    chance = 1 / (1 + np.exp(-found["estimate"] * difference))
    error = 1.96 / math.sqrt((difference**2 * chance * (1 - chance)).sum())
    assert found["high"] - found["low"] == pytest.approx(2 * error, rel=0.1)


def test_judgments_that_repeat_each_other_widen_the_slopes_interval():
    difference, said = perfect(100, 2)
    margin, cluster = np.repeat(difference * said, 9), np.repeat(np.arange(100), 9)
    one = evaluation.slope(margin, Resampler([cluster], np.random.default_rng(0)))
    naive = evaluation.slope(margin, alone(900))
    assert one["high"] - one["low"] == pytest.approx(3 * (naive["high"] - naive["low"]), rel=0.15)


def test_without_an_error_there_is_no_finite_slope():
    assert evaluation.slope(np.array([1.0, 2.0]), alone(2)) is None


def test_intervals_resample_clusters_and_are_wider_when_clusters_agree():
    generator = np.random.default_rng(0)
    values = np.repeat(generator.random(20) < 0.5, 10).astype(float)
    clusters = np.repeat(np.arange(20), 10)
    low, high = intervals.Resampler([clusters], np.random.default_rng(1)).mean(values)
    naive_low, naive_high = intervals.Resampler([np.arange(200)], np.random.default_rng(1)).mean(values)
    assert high - low > 2 * (naive_high - naive_low)
    assert low < values.mean() < high


def test_intervals_of_clusters_cover_the_truth():
    covered = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        values = np.repeat(generator.normal(0, 1, 40), 3)
        low, high = intervals.Resampler([np.repeat(np.arange(40), 3)], generator, draws=300).mean(values)
        covered += low <= 0 <= high
    assert covered >= 87


def test_five_annotators_are_resampled_too_and_four_are_not():
    clusters = np.arange(20)
    assert intervals.ways(clusters, clusters % 5).names == "prompts and annotators"
    assert intervals.ways(clusters, clusters % 4).names == "prompts"


def test_the_longer_answer_rule_is_learned_from_training_pairs_alone():
    lengths = torch.tensor([10.0, 5.0, 3.0, 9.0])
    share = rules.longer_share(columns([0, 0, 2, 2], [1, 1, 3, 3], [1, 1, -1, 1]), lengths)
    assert share == (3 + 1) / (4 + 2)


def test_baselines_stand_beside_the_model_with_the_gain_over_them():
    utilities = [3.0, 0.0] * 20
    pairs = columns(range(0, 40, 2), range(1, 40, 2), [1] * 18 + [-1] * 2)
    found = evaluate(utilities, pairs, lengths=[1.0, 2.0] * 20, longer_wins=0.4)
    longer, constant = found["baselines"]["longer_wins"], found["baselines"]["constant"]
    assert longer["accuracy"] == 0.9  # it says: the shorter one wins
    assert constant["log_loss"] == pytest.approx(math.log(2))
    assert constant["log_loss_gain"]["estimate"] == pytest.approx(math.log(2) - found["log_loss"])
    low, high = constant["log_loss_gain"]["interval"]
    assert low < constant["log_loss_gain"]["estimate"] < high


def test_the_ceiling_is_what_contradictions_leave():
    pairs = columns([0, 0, 1, 2], [1, 1, 0, 3], [1, 1, 1, 1])  # two for 0 over 1, one against
    found = evaluate([0.0, 1.0, 1.0, 0.0], pairs)["agreement"]
    assert found["ceiling"] == 3 / 4
    assert found["overlapping"] == 3
    assert found["with_another"] == pytest.approx((1 / 2 + 1 / 2 + 0) / 3)


def test_where_nobody_was_asked_the_same_nothing_is_said_of_agreement():
    found = evaluate([1.0, 0.0, 1.0, 0.0], columns([0, 2], [1, 3], [1, -1]))["agreement"]
    assert (found["ceiling"], found["overlapping"], found["with_another"]) == (1, 0, None)


def test_a_model_that_knows_length_alone_is_even_where_length_is_matched():
    generator = np.random.default_rng(0)
    lengths = generator.integers(10, 200, 1_200).astype(float)
    longer = np.sign(lengths[::2] - lengths[1::2]).astype(int)
    outcome = np.where(generator.random(600) < 0.7, longer, -longer)
    kept = np.flatnonzero(outcome)
    found = evaluate(lengths, columns(2 * kept, 2 * kept + 1, outcome[kept]), lengths=lengths)
    assert found["accuracy"] > 0.65
    assert found["length_matched"]["accuracy"] == pytest.approx(0.5, abs=1e-12)
    assert found["correlations"]["length"]["model"]["estimate"] == pytest.approx(1)
    low, high = found["correlations"]["length"]["people"]["interval"]
    assert 0 < low < high < 1


def test_leaning_to_the_side_shown_first_is_a_correlation():
    n = 200
    side = np.where(np.arange(n) % 2, 1, -1)
    outcome = np.where(np.arange(n) % 5 < 4, side, -side)
    pairs = columns(range(0, 2 * n, 2), range(1, 2 * n, 2), outcome, side=side)
    found = evaluate(np.random.default_rng(0).normal(size=2 * n), pairs)["correlations"]["side"]
    assert found["people"]["estimate"] == pytest.approx(0.6, abs=1e-9)
    assert found["people"]["interval"][0] > 0.4
    low, high = found["model"]["interval"]
    assert low < 0 < high


def test_a_rule_by_utility_is_calibrated_on_validation():
    difference, said = perfect(3_000, 4)
    utilities = torch.tensor(np.stack([4 * difference, np.zeros(3_000)], 1).ravel())
    pairs = columns(range(0, 6_000, 2), range(1, 6_000, 2), said)
    rule = rules.by_utility(utilities, pairs)
    assert rule.temperature == pytest.approx(4, rel=0.08)
    assert ByUtility(utilities, 4.0).probability(pairs) == pytest.approx(1 / (1 + np.exp(-difference * said)))


def test_pooled_splits_have_the_figures_of_all_their_judgments():
    utilities = torch.tensor([2.0, 0.0, 0.0, 1.0, 3.0, 1.0])
    judge = Judge(NO_CUT, 1.0, torch.ones(6), {"constant": EvenOdds()}, seed=0)
    whole = columns([0, 2, 4], [1, 3, 5], [1, 1, -1])
    one, other = (evaluation.decided(utilities, whole.at(rows), judge) for rows in (slice(0, 1), slice(1, 3)))
    assert evaluation.describe(evaluation.pooled([one, other]), 0, "test") == evaluation.describe(
        evaluation.decided(utilities, whole, judge), 0, "test"
    )


def test_the_temperature_is_found_again_whatever_the_utilitys_scale():
    difference, said = perfect(4_000, 3)
    pairs = columns(range(4_000), range(4_000), said.tolist())
    for factor in (0.25, 1.0, 4.0):
        found = calibration.fit(torch.tensor(factor * difference), pairs, NO_CUT)
        assert found.temperature == pytest.approx(factor, rel=0.08)
        assert found.is_fitted
        assert not found.reason


def test_too_little_validation_is_left_uncalibrated_with_a_reason():
    found = calibration.fit(torch.ones(5, dtype=torch.float64), columns([0] * 5, [1] * 5, [1] * 5), NO_CUT)
    assert found.temperature == 1
    assert not found.is_fitted
    assert "20 are needed" in found.reason


def test_faultless_validation_gives_a_finite_temperature():
    pairs = columns([0] * 30, [1] * 30, [1] * 30)
    found = calibration.fit(torch.full((30,), 0.5, dtype=torch.float64), pairs, NO_CUT)
    assert 0.001 < found.temperature < 0.5
