"""Cohen's and Fleiss' κ against published tables, scikit-learn and closed forms."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from annotation.agreement.bootstrap import Resampling
from annotation.agreement.kappa import between, cohen, fleiss, percent_agreement
from annotation.agreement.votes import Reason, Votes, from_table

FEW = Resampling(resamples=300)
# Fleiss (1971), table 1: thirty patients, six psychiatrists, five diagnoses.
FLEISS_1971 = [
    [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0], [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6], [1, 0, 0, 5, 0], [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1], [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0], [1, 0, 2, 0, 3], [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1], [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
]  # fmt: skip


def spread_out(counts):
    """Votes of as many annotators as needed that give these counts, (tasks, classes)."""
    counts = np.asarray(counts)
    value = [c for row in counts for c, n in enumerate(row) for _ in range(n)]
    task = np.repeat(np.arange(len(counts)), counts.sum(axis=1))
    annotator = np.concatenate([np.arange(n) for n in counts.sum(axis=1)])
    return Votes(task, annotator, np.array(value))


def pairs_of(table):
    """Two annotators' classes from a table of counts."""
    first, second = np.nonzero(np.ones_like(table))
    return np.repeat(first, np.ravel(table)), np.repeat(second, np.ravel(table))


COHEN_1960 = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])


def test_cohens_kappa_is_that_of_his_paper():
    # p_o = 140 / 200; p_e = (120 · 100 + 60 · 60 + 20 · 40) / 200² = .41; κ = .29 / .59
    found = cohen(*pairs_of(COHEN_1960))
    assert found.value == pytest.approx(0.29 / 0.59, abs=1e-12)
    assert found.n == 200


@pytest.mark.parametrize(("ours", "theirs"), [("none", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_weighted_kappa_is_that_of_scikit_learn(ours, theirs):
    random = np.random.default_rng(2)
    first = random.integers(0, 5, size=300)
    second = np.clip(first + random.integers(-1, 2, size=300), 0, 4)
    expected = cohen_kappa_score(first, second, weights=theirs)
    assert cohen(first, second, ours).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
def test_the_standard_error_is_that_of_the_delta_method(weighting):
    """κ as a function of the cell shares, differentiated by hand: n · var = Var_p(∂κ/∂p)."""
    table = COHEN_1960 / 200
    found = cohen(*pairs_of(COHEN_1960), weighting)
    step = np.subtract.outer(np.arange(3), np.arange(3)) / 2
    agree = 1 - {"none": step != 0, "linear": abs(step), "quadratic": step**2}[weighting]

    def kappa(shares):
        shares = shares / shares.sum()
        by_chance = shares.sum(axis=1) @ agree @ shares.sum(axis=0)
        return ((agree * shares).sum() - by_chance) / (1 - by_chance)

    slope = np.empty((3, 3))
    for cell in np.ndindex(3, 3):
        moved = np.zeros((3, 3))
        moved[cell] = 1e-6
        slope[cell] = (kappa(table + moved) - kappa(table - moved)) / 2e-6
    variance = (table * slope**2).sum() - (table * slope).sum() ** 2
    assert (found.high - found.low) / 2 == pytest.approx(1.959964 * np.sqrt(variance / 200), rel=1e-5)


def test_two_annotators_who_agree_always_have_kappa_one():
    found = cohen(np.array([0, 1, 2, 1]), np.array([0, 1, 2, 1]))
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_independent_annotators_have_kappa_zero_exactly_when_the_table_is_a_product():
    assert cohen(*pairs_of(np.outer([2, 3, 5], [4, 1, 5]))).value == pytest.approx(0, abs=1e-12)


def test_kappa_of_two_who_use_one_class_alone_is_unknown():
    assert cohen(np.zeros(5, int), np.zeros(5, int)).reason is Reason.NO_CHANCE
    assert cohen(np.zeros(0, int), np.zeros(0, int)).reason is Reason.NO_OVERLAP


def test_kappa_between_two_people_uses_the_tasks_of_both():
    votes = from_table([[0, 1, 1, 0, None, 1], [0, 1, 0, 0, 1, None], [1, 1, 1, 1, 1, 1]])
    assert between(votes, 0, 1).value == pytest.approx(cohen_kappa_score([0, 1, 1, 0], [0, 1, 0, 0]))
    assert between(votes, 1, 7).reason is Reason.NO_OVERLAP


def test_fleiss_kappa_is_that_of_his_paper():
    found = fleiss(spread_out(FLEISS_1971), 5, FEW)
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert found.low < 0.430 < found.high
    assert percent_agreement(spread_out(FLEISS_1971), FEW).value == pytest.approx(5 / 9, abs=1e-12)


def test_fleiss_kappa_of_two_annotators_by_hand():
    # P̄ = 3 / 4; five votes of 0 and three of 1: P_e = (25 + 9) / 64
    votes = from_table([[0, 0, 1, 1], [0, 0, 1, 0]])
    assert fleiss(votes, 2, FEW).value == pytest.approx((3 / 4 - 34 / 64) / (1 - 34 / 64), abs=1e-12)


def test_fleiss_kappa_at_its_limits():
    assert fleiss(from_table([[0, 1, 1], [0, 1, 1], [0, 1, 1]]), 2, FEW).value == pytest.approx(1)
    assert fleiss(from_table([[0, 0], [0, 0]]), 2).reason is Reason.NO_VARIATION
    assert fleiss(from_table([[0, None], [None, 1]]), 2).reason is Reason.NO_OVERLAP
    assert percent_agreement(from_table([[0, None], [None, 1]])).reason is Reason.NO_OVERLAP
    random = np.random.default_rng(0)
    assert abs(fleiss(from_table(random.integers(0, 3, size=(4, 5000)).tolist()), 3, FEW).value) < 0.02


def test_a_class_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1"):
        fleiss(from_table([[0, 2], [0, 1]]), 2)
