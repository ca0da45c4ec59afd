"""Pairwise verdicts: the link, the mode, the gauge, closed forms, and recovery of a simulated truth."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, brentq
from scipy.special import expit

from annotation.agreement import link
from annotation.agreement.pairfit import Problem, Spreads
from annotation.agreement.pairs import Comparisons, PairSettings, consensus
from annotation.agreement.votes import Reason


def simulated(*, tasks=1500, annotators=30, votes=4, items=60, cuts=(0.4,), seed=0, slopes=0.35):
    """Verdicts and the truth: utilities, slopes, side biases. Without `items` each task has two of its own."""
    random = np.random.default_rng(seed)
    first = 2 * np.arange(tasks) if not items else random.integers(0, items, tasks)
    second = first + 1 if not items else (first + random.integers(1, items, tasks)) % items
    utility = random.normal(0, 1.5, items or 2 * tasks)
    slope, bias = random.normal(1, slopes, annotators), random.normal(0, 0.4, annotators)
    task = np.repeat(np.arange(tasks), votes)
    annotator = np.concatenate([random.choice(annotators, votes, replace=False) for _ in range(tasks)])
    side = random.choice([-1, 1], len(task))
    z = slope[annotator] * (utility[first] - utility[second])[task] + bias[annotator] * side
    z += random.logistic(size=len(task))
    grade = np.sign(z) * (np.abs(z)[:, None] > np.array(cuts)).sum(axis=1)
    grade = np.where((grade == 0) & (cuts[0] == 0), 1, grade).astype(int)
    return Comparisons(task, annotator, first[task], second[task], grade, side), utility, slope, bias


def test_with_one_cut_the_link_is_rao_and_kupper():
    predictor, cut = np.array([-1.3, 0.2, 2.0]), 0.7
    ends = link.edges(np.array([cut]))
    chance = [np.exp(link.slopes(predictor, ends, np.full(3, place)).value) for place in range(3)]
    theta = np.exp(cut)
    first, second = np.exp(predictor / 2), np.exp(-predictor / 2)
    assert chance[2] == pytest.approx(first / (first + theta * second))
    assert chance[0] == pytest.approx(second / (second + theta * first))
    assert sum(chance) == pytest.approx(np.ones(3))


def test_without_ties_one_level_is_bradley_and_terry():
    ends = link.edges(np.array([0.0]))
    place = link.places(np.array([1, -1]), 1, ties=False)
    assert np.exp(link.slopes(np.array([0.8, 0.8]), ends, place).value) == pytest.approx([expit(0.8), expit(-0.8)])


@pytest.mark.parametrize(("cuts", "ties"), [([0.4, 1.5], True), ([0.0, 1.5, 2.0], False)])
def test_the_chances_of_all_grades_sum_to_one_and_turning_the_pair_mirrors_them(cuts, ties):
    levels = len(cuts)
    grade = np.array([g for g in range(-levels, levels + 1) if ties or g])
    place = link.places(grade, levels, ties)
    ends = link.edges(np.array(cuts))
    chance = np.exp(link.slopes(np.full(len(grade), 0.9), ends, place).value)
    turned = np.exp(link.slopes(np.full(len(grade), -0.9), ends, link.places(-grade, levels, ties)).value)
    assert chance.sum() == pytest.approx(1)
    assert turned == pytest.approx(chance)


def test_the_link_stays_finite_far_in_the_tails():
    slopes = link.slopes(np.array([-800.0, 800.0]), link.edges(np.array([0.5])), np.array([2, 0]))
    assert slopes.value == pytest.approx([-800.5, -800.5])
    assert np.isfinite(np.array(slopes)).all()


def test_fisher_information_of_bradley_and_terry_has_a_closed_form():
    z = np.array([-2.0, 0.0, 1.0])
    assert link.information(z, np.array([0.0])) == pytest.approx(expit(z) * expit(-z))


@pytest.mark.parametrize("cuts", [(0.0,), (0.4,), (0.0, 1.2), (0.3, 1.0, 2.0)])
def test_the_gradient_is_that_of_finite_differences(cuts):
    votes, *_ = simulated(tasks=80, annotators=4, items=10, cuts=cuts)
    problem = Problem.of(votes.annotator, votes.first, votes.second, votes.grade, votes.side)
    scale, centre = problem._priors(Spreads(1.5, 0.4, 0.3), problem.levels - (not problem.ties))
    at = np.random.default_rng(1).normal(0, 0.3, len(scale))
    step = 1e-5
    both = [approx_fprime(at, lambda x: problem._loss(x, scale, centre)[0], s) for s in (step, -step)]
    assert problem._loss(at, scale, centre)[1] == pytest.approx(np.mean(both, axis=0), abs=1e-5)


def test_one_annotator_and_two_items_have_a_closed_form():
    """30 wins of 40 under u ~ N(0, 1): with d = u_1 − u_2, the mode solves 30 σ(−d) − 10 σ(d) = d / 2."""
    task = np.arange(40)
    grade = np.where(task < 30, 1, -1)
    nobody, zero = np.zeros(40, int), np.zeros(40, int)
    settings = PairSettings(spreads=Spreads(1.0, 1e-4, 1e-4), rounds=0)
    found = consensus(Comparisons(task, nobody, zero, zero + 1, grade, zero), settings)
    expected = brentq(lambda d: 30 * expit(-d) - 10 * expit(d) - d / 2, 0, 5)
    assert found.difference.value[0] == pytest.approx(expected, abs=1e-3)
    variance = 1 / (40 * expit(expected) * expit(-expected) + 0.5)
    assert found.difference.high[0] - found.difference.value[0] == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-3)
    assert found.reason is Reason.NO_OVERLAP
    assert np.isnan(found.slope.value).all()


@pytest.mark.parametrize("shape", [{}, {"items": 0, "votes": 6}, {"cuts": (0.3, 1.5)}, {"cuts": (0.0,)}])
def test_truth_is_recovered_and_intervals_cover(shape):
    votes, utility, slope, bias = simulated(seed=3, **shape)
    found = consensus(votes)
    truth = np.full(len(found.difference.value), np.nan)
    truth[votes.task] = utility[votes.first] - utility[votes.second]
    truth *= slope.mean()  # in the unit of the average annotator
    assert found.converged
    assert np.corrcoef(found.difference.value, truth)[0, 1] > (0.8 if shape.get("items") == 0 else 0.97)
    covered = (found.difference.low <= truth) & (truth <= found.difference.high)
    assert covered.mean() > 0.85
    relative = slope / slope.mean()
    assert np.corrcoef(found.slope.value, relative)[0, 1] > 0.6
    assert ((found.slope.low <= relative) & (relative <= found.slope.high)).mean() >= 0.83
    assert ((found.side_bias.low <= bias) & (bias <= found.side_bias.high)).mean() >= 0.83
    if votes.grade.min() < 0 and (votes.grade == 0).any():
        assert found.cuts[0] == pytest.approx(shape.get("cuts", (0.4,))[0], abs=0.12)


def test_a_random_clicker_has_a_slope_of_about_zero_and_a_contrarian_one_below():
    votes, *_ = simulated(annotators=12, slopes=0.01, seed=1)
    random = np.random.default_rng(2)
    grade = np.where(votes.annotator == 3, random.choice([-1, 1], len(votes.grade)), votes.grade)
    grade = np.where(votes.annotator == 4, -grade, grade)
    found = consensus(votes._replace(grade=grade))
    assert found.slope.low[3] < 0.1
    assert found.slope.value[3] < 0.3
    assert found.slope.high[4] < 0
    assert np.delete(found.slope.value, [3, 4]).min() > 0.6


def test_a_side_clicker_has_a_side_bias_and_does_not_move_the_items():
    votes, utility, *_ = simulated(annotators=12, slopes=0.01, seed=1)
    clicker = votes.annotator == 5
    found = consensus(votes._replace(grade=np.where(clicker, votes.side, votes.grade)))
    assert found.side_bias.low[5] > 1
    assert np.corrcoef(found.utility, utility)[0, 1] > 0.97


def test_the_gauge_is_kept():
    votes, *_ = simulated()
    found = consensus(votes)
    assert found.slope.value.mean() == pytest.approx(1)
    assert found.utility.mean() == pytest.approx(0, abs=1e-9)


def test_predictions_do_not_move_under_the_gauge():
    votes, *_ = simulated(tasks=200, annotators=5)
    problem = Problem.of(votes.annotator, votes.first, votes.second, votes.grade, votes.side)
    mode = problem.mode(Spreads(1.5, 0.4, 0.3), None)
    found = consensus(votes, PairSettings(rounds=0))
    raw = mode.slope[votes.annotator] * (mode.utility[votes.first] - mode.utility[votes.second])
    gauged = found.slope.value[votes.annotator] * (found.utility[votes.first] - found.utility[votes.second])
    assert gauged == pytest.approx(raw, abs=1e-9)


def test_turning_a_verdict_round_changes_nothing():
    votes, *_ = simulated(tasks=300, annotators=8)
    turn = np.random.default_rng(0).random(len(votes.task)) < 0.5
    turn[np.unique(votes.task, return_index=True)[1]] = False  # the first verdict names the direction of a task
    first, second = np.where(turn, votes.second, votes.first), np.where(turn, votes.first, votes.second)
    sign = np.where(turn, -1, 1)
    turned = votes._replace(first=first, second=second, grade=votes.grade * sign, side=votes.side * sign)
    plain, other = consensus(votes), consensus(turned)
    assert other.difference.value == pytest.approx(plain.difference.value, abs=1e-9)


def test_separable_verdicts_and_only_ties_stay_finite():
    zero = np.zeros(20, int)
    won = consensus(Comparisons(np.arange(20), np.arange(20) % 4, zero, zero + 1, zero + 1, zero))
    assert np.isfinite(won.difference.value).all()
    assert won.first_better.min() > 0.9
    tied = consensus(Comparisons(np.arange(20), np.arange(20) % 4, zero, zero + 1, zero, zero))
    assert tied.difference.value == pytest.approx(np.zeros(20), abs=1e-3)
    assert np.isnan(tied.side_bias.value).all()


def test_annotators_who_contradict_each_other_throughout_are_named():
    task = np.repeat(np.arange(200), 2)
    annotator = np.tile([0, 1], 200)
    grade = np.where(annotator == 0, 1, -1) * np.repeat(np.random.default_rng(0).choice([-1, 1], 200), 2)
    found = consensus(Comparisons(task, annotator, 0 * task, 0 * task + 1, grade, 0 * task))
    assert np.isfinite(found.slope.value).all()
    assert abs(found.difference.value).max() < 0.5


def test_disputed_tasks_come_first():
    task = np.repeat(np.arange(4), 4)
    grade = np.array([1, 1, 1, 1, 1, -1, 1, -1, -1, -1, -1, -1, 1, 1, 1, -1])
    found = consensus(Comparisons(task, np.tile(np.arange(4), 4), 2 * task, 2 * task + 1, grade, 0 * task))
    assert found.disputed[:2].tolist() == [1, 3]
    assert found.disagreement[0] == pytest.approx(0)


def test_no_verdicts_and_malformed_ones():
    none = np.zeros(0, int)
    assert consensus(Comparisons(none, none, none, none, none, none)) is None
    one = np.array([0])
    with pytest.raises(ValueError, match="two different items"):
        consensus(Comparisons(one, one, one, one, one, one))
    with pytest.raises(ValueError, match="same two items"):
        two = np.array([0, 0])
        consensus(Comparisons(two, np.array([0, 1]), two, np.array([1, 2]), two + 1, two))
