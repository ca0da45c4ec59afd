"""The quality of one annotator: gold, repeats, sides, pace and streaks, each against a closed form or scipy."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from annotation.agreement import consistency, gold, pace, position, proportions, streaks
from annotation.agreement.votes import Reason


@pytest.mark.parametrize(("right", "seen"), [(0, 1), (0, 10), (3, 10), (7, 10), (10, 10), (55, 200), (999, 1000)])
def test_intervals_of_a_share_are_those_of_scipy(right, seen):
    found, wilson = proportions.wilson(right, seen), stats.binomtest(right, seen).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-9)
    less = stats.binomtest(right, seen, alternative="less").proportion_ci(method="exact")
    greater = stats.binomtest(right, seen, alternative="greater").proportion_ci(method="exact")
    assert proportions.exact_upper(right, seen) == pytest.approx(less.high, abs=1e-9)
    assert proportions.exact_lower(right, seen) == pytest.approx(greater.low, abs=1e-9)


def test_the_exact_bound_of_none_right_has_a_closed_form():
    assert proportions.exact_upper(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-12)


def test_the_exact_bound_holds_at_least_as_often_as_it_says():
    for share in (0.3, 0.7, 0.9):
        missed = sum(stats.binom.pmf(k, 25, share) for k in range(26) if proportions.exact_upper(k, 25) < share)
        assert missed <= 0.05


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="between 0 and seen"):
        proportions.wilson(3, 2)


def test_nobody_is_below_a_threshold_before_ten_gold_tasks():
    assert not gold.record(0, 9).below(0.7)
    assert gold.record(0, 10).below(0.7)


def test_being_below_the_threshold_is_not_enough_without_certainty():
    # 5 of 10 is below .7, but the exact upper bound is .777; 4 of 10 gives .696
    assert gold.record(5, 10).upper == pytest.approx(0.7776, abs=1e-4)
    assert not gold.record(5, 10).below(0.7)
    assert gold.record(4, 10).below(0.7)
    assert not gold.record(4, 10).below(0.69)


def test_both_upper_bounds_must_lie_below():
    record = gold.record(80, 100)
    between = (record.upper + record.accuracy.high) / 2
    assert record.upper != record.accuracy.high
    assert not record.below(between)
    assert record.below(max(record.upper, record.accuracy.high) + 1e-9)


def test_a_web_process_may_ask_for_gold_without_loading_scipy():
    code = "import sys, annotation.agreement.gold; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3]).returncode == 0


def test_nobody_with_no_gold_is_judged():
    record = gold.record(0, 0)
    assert (record.accuracy.value, record.accuracy.reason, record.below(0.99)) == (None, Reason.TOO_FEW, False)


def test_repeats_of_classes_by_hand():
    found = consistency.of_classes(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]))
    assert found.same.value == 0.75
    assert found.kappa.value == pytest.approx((0.75 - 0.5) / 0.5)


def test_repeats_of_amounts_by_hand():
    found = consistency.of_amounts(np.array([1.0, -2, 3, 4, 0, 6]), np.array([1.0, -3, -2, 5, 0, 7]))
    assert found.same_sign.value == pytest.approx(5 / 6)
    # the sizes 1 2 3 4 0 6 and 1 3 2 5 0 7 have one swap of neighbours: ρ = 1 − 6 · 2 / (6 · 35)
    assert found.rank_correlation.value == pytest.approx(1 - 12 / 210)


def test_rank_correlation_is_that_of_scipy_and_its_interval_covers():
    random = np.random.default_rng(0)
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's ρ of normals with correlation .6
    covered = 0
    for _ in range(300):
        first = random.standard_normal(60)
        second = 0.6 * first + 0.8 * random.standard_normal(60)
        found = consistency.rank_correlation(first, second)
        covered += found.low <= truth <= found.high
    assert found.value == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)
    assert 0.91 <= covered / 300 <= 0.985


def test_a_rank_correlation_needs_five_repeats_and_variation():
    assert consistency.rank_correlation(np.arange(4.0), np.arange(4.0)).reason is Reason.TOO_FEW
    assert consistency.rank_correlation(np.ones(9), np.arange(9.0)).reason is Reason.NO_VARIATION
    assert consistency.rank_correlation(np.arange(9.0), np.arange(9.0)).value == pytest.approx(1)


def test_position_bias_by_hand():
    # all of 6 for the first: p = 2 / 2⁶
    found = position.position_bias(6, 0)
    assert found.p_value == pytest.approx(1 / 32)
    assert found.first_share.low == pytest.approx(0.025 ** (1 / 6))
    assert found.first_share.high == 1.0


def test_position_bias_keeps_its_level_under_a_fair_coin():
    rejected = sum(stats.binom.pmf(k, 40, 0.5) for k in range(41) if position.position_bias(k, 40 - k).p_value < 0.05)
    assert 0.01 < rejected <= 0.05


def test_position_bias_of_nobody_is_unknown():
    assert position.position_bias(0, 0).p_value is None


def test_position_bias_by_annotator_counts_each_apart():
    found = position.by_annotator(np.array([0, 0, 0, 2, 2]), np.array([1, 1, 0, 0, 0]))
    assert [bias.first_share.value for bias in found] == [pytest.approx(2 / 3), None, 0.0]


def test_false_discovery_by_hand():
    # sorted .01 .02 .03 .5: p · 4 / rank = .04 .04 .04 .5
    assert position.false_discovery(np.array([0.5, 0.01, 0.03, 0.02])) == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert position.false_discovery(np.zeros(0)).size == 0


def crowd(random, tasks=60, annotators=20):
    """Times with effects of tasks and annotators; annotator 3 is four times as fast."""
    task, annotator = (
        np.repeat(np.arange(tasks), 6),
        np.concatenate([random.choice(annotators, 6, replace=False) for _ in range(tasks)]),
    )
    log_time = 3 + random.normal(0, 0.8, tasks)[task] + random.normal(0, 0.15, annotators)[annotator]
    log_time += random.normal(0, 0.3, len(task)) - np.log(4) * (annotator == 3)
    return task, annotator, np.exp(log_time)


def test_a_hurried_annotator_and_a_single_slow_judgment_stand_out():
    task, annotator, seconds = crowd(np.random.default_rng(0))
    slow = int(np.flatnonzero(annotator == 5)[0])
    seconds[slow] *= 20
    found = pace.pace(task, annotator, seconds)
    assert np.flatnonzero(found.annotator_outlying).tolist() == [3]
    assert found.relative[3] == pytest.approx(0.25, rel=0.25)
    assert found.outlying[slow]
    assert found.judgment[slow] > 3.5
    assert found.outlying.mean() < 0.03


def test_pace_does_not_see_the_unit_of_time():
    task, annotator, seconds = crowd(np.random.default_rng(1))
    assert pace.pace(task, annotator, seconds * 60).judgment == pytest.approx(
        pace.pace(task, annotator, seconds).judgment, abs=1e-8
    )


def test_somebody_with_easy_tasks_is_not_called_hurried():
    """Annotators 0 to 9 have short tasks, the others long ones; within a task all take equally long."""
    random = np.random.default_rng(2)
    task = np.repeat(np.arange(40), 5)
    annotator = np.concatenate([random.choice(10, 5, replace=False) + 10 * (t >= 20) for t in range(40)])
    seconds = np.exp(random.normal(0, 0.2, 200)) * np.where(task >= 20, 600, 10)
    shared = pace.pace(np.append(task, [40, 40]), np.append(annotator, [0, 10]), np.append(seconds, [60, 60]))
    assert not shared.annotator_outlying.any()


def test_robust_scores_by_hand():
    # median 3, deviations 2 1 0 1 97: their median 1
    assert pace.robust_scores(np.array([1.0, 2, 3, 4, 100])) == pytest.approx(np.array([-2, -1, 0, 1, 97]) / 1.4826)


def test_equal_times_are_no_outliers_and_a_missing_annotator_is_unknown():
    found = pace.pace(np.array([0, 0, 1, 1]), np.array([0, 2, 0, 2]), np.full(4, 30.0))
    assert not found.outlying.any()
    assert np.isnan(found.annotator[1])


def test_times_of_nothing_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        pace.pace(np.array([0]), np.array([0]), np.array([0.0]))


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.2, 0.8], [0.2, 0.3, 0.5]])
@pytest.mark.parametrize("longest", [1, 2, 3, 5, 8])
def test_the_chance_of_a_run_is_that_of_all_sequences(shares, longest):
    chance = 0.0
    for answers in product(range(len(shares)), repeat=8):
        if streaks.longest_streak(np.array(answers), np.array(shares)).longest >= longest:
            chance += np.prod([shares[a] for a in answers])
    assert streaks.run_at_least(longest, 8, np.array(shares)) == pytest.approx(chance, abs=1e-12)


def test_a_run_of_all_draws_has_a_closed_form():
    assert streaks.run_at_least(12, 12, np.array([0.5, 0.5])) == pytest.approx(2 * 0.5**12)
    assert streaks.run_at_least(13, 12, np.array([0.5, 0.5])) == 0


def test_a_streak_names_where_it_began_and_how_unlikely_it_is():
    found = streaks.longest_streak(np.array([0, 1, 1, 1, 1, 0]), np.array([0.5, 0.5]))
    assert (found.longest, found.answer, found.start) == (4, 1, 1)
    assert found.p_value == pytest.approx(streaks.run_at_least(4, 6, np.array([0.5, 0.5])))


def test_always_the_first_side_is_found_and_honest_answers_keep_the_level():
    sides = np.array([0.5, 0.5])
    assert streaks.longest_streak(np.zeros(60, int), sides).p_value < 1e-15
    random = np.random.default_rng(3)
    p_values = [streaks.longest_streak(random.integers(0, 2, 100), sides).p_value for _ in range(400)]
    assert np.mean(np.array(p_values) < 0.05) <= 0.075


def test_no_answers_have_no_streak_and_bad_shares_are_refused():
    assert streaks.longest_streak(np.zeros(0, int), np.array([0.5, 0.5])).p_value is None
    with pytest.raises(ValueError, match="sum to 1"):
        streaks.longest_streak(np.array([0]), np.array([0.5, 0.6]))
    with pytest.raises(ValueError, match="from 0 to 1"):
        streaks.longest_streak(np.array([2]), np.array([0.5, 0.5]))
