"""Krippendorff's α against figures worked out by hand, its limits and its invariances."""

import numpy as np
import pytest

from annotation.agreement import coincidence
from annotation.agreement.alpha import Level, krippendorff
from annotation.agreement.bootstrap import Resampling
from annotation.agreement.votes import Reason, Votes, from_table

N = None
# The worked example of Krippendorff's description of α: three coders, fifteen units, missing data.
THREE_CODERS = [
    [N, N, N, N, N, 3, 4, 1, 2, 1, 1, 3, 3, N, 3],
    [1, N, 2, 1, 3, 3, 4, 3, N, N, N, N, N, N, N],
    [N, N, 2, 1, 3, 4, 4, N, 2, 1, 1, 3, 3, N, 4],
]
# Krippendorff (2011), section C: four observers, twelve units, five values.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
FEW = Resampling(resamples=200)


def by_matrix(votes, distance):
    """α straight from the definition: D_o over coincidences, D_e over margins."""
    values, seen = coincidence.matrix(votes)
    given = seen.sum(axis=1)
    points = range(len(values)) if distance is ordinal else values
    apart = np.array([[distance(a, b, given) for b in points] for a in points])
    total = given.sum()
    return 1 - (total - 1) * (seen * apart).sum() / (given @ apart @ given)


def nominal(a, b, given):
    return float(a != b)


def interval(a, b, given):
    return float((a - b) ** 2)


def ratio(a, b, given):
    return float(((a - b) / (a + b)) ** 2)


def ordinal(c, k, given):
    low, high = min(c, k), max(c, k)
    return float((given[low : high + 1].sum() - (given[low] + given[high]) / 2) ** 2)


DEFINITIONS = [(Level.NOMINAL, nominal), (Level.ORDINAL, ordinal), (Level.INTERVAL, interval), (Level.RATIO, ratio)]


def random_votes(seed=0, tasks=40, annotators=7, classes=4):
    random = np.random.default_rng(seed)
    table = random.integers(1, classes + 1, size=tasks)[None, :] + random.integers(0, 2, size=(annotators, tasks))
    return from_table(np.where(random.random((annotators, tasks)) < 0.4, np.nan, table).tolist())


def test_nominal_alpha_of_three_coders_by_hand():
    # 26 pairable votes; given 7, 4, 10, 5. Off the diagonal: unit 6 (3, 3, 4) gives 2, unit 8 (1, 3) 2, unit 15
    # (3, 4) 2: D_o sums to 2 + 2 + 2 = 6. α = 1 − 25 · 6 / (26² − 7² − 4² − 10² − 5²) = 1 − 150 / 486.
    assert krippendorff(from_table(THREE_CODERS), "nominal", FEW).value == pytest.approx(1 - 150 / 486, abs=1e-12)


def test_interval_alpha_of_three_coders_by_hand():
    # Σ o δ² = 2 · 1 (3 and 4) + 2 · 4 (1 and 3) + 2 · 1 (3 and 4) = 12; Σ n_c n_k δ² over pairs of 1⁷ 2⁴ 3¹⁰ 4⁵ is
    # 2 (26 · 193 − 65²), as Σx = 7 + 8 + 30 + 20 = 65 and Σx² = 7 + 16 + 90 + 80 = 193. α = 1 − 25 · 12 / 1586.
    assert krippendorff(from_table(THREE_CODERS), "interval", FEW).value == pytest.approx(1 - 300 / 1586, abs=1e-12)


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one_of_four_observers(level, published):
    assert krippendorff(from_table(FOUR_OBSERVERS), level, FEW).value == pytest.approx(published, abs=5e-4)


def test_ratio_alpha_is_the_published_one_of_four_observers():
    assert krippendorff(from_table(FOUR_OBSERVERS), "ratio", FEW).value == pytest.approx(0.797, abs=5e-4)


def test_coincidences_of_four_observers_are_the_published_ones():
    values, seen = coincidence.matrix(from_table(FOUR_OBSERVERS))
    assert values.tolist() == [1, 2, 3, 4, 5]
    assert seen.sum() == pytest.approx(40)
    assert seen.sum(axis=0) == pytest.approx([9, 13, 10, 5, 3])
    assert seen[0] == pytest.approx([7, 4 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize(("level", "distance"), DEFINITIONS)
@pytest.mark.parametrize("seed", range(5))
def test_closed_forms_equal_the_definition_over_the_coincidence_matrix(level, distance, seed):
    votes = random_votes(seed)
    assert krippendorff(votes, level, FEW).value == pytest.approx(by_matrix(votes, distance), abs=1e-12)


@pytest.mark.parametrize("level", Level)
def test_many_values_take_the_same_road_as_few(level):
    """More values than are merged into patterns: the figure must not depend on the merging."""
    random = np.random.default_rng(3)
    task = np.repeat(np.arange(60), 3)
    value = random.integers(1, 60, size=60)[task] + random.integers(0, 5, size=180)
    votes = Votes(task, np.tile(np.arange(3), 60), value.astype(float))
    assert len(np.unique(value)) > coincidence.MOST_MERGED
    distance = dict(DEFINITIONS)[level]
    assert krippendorff(votes, level, FEW).value == pytest.approx(by_matrix(votes, distance), abs=1e-12)


@pytest.mark.parametrize("level", Level)
def test_perfect_agreement_is_one(level):
    votes = from_table([[1, 2, 3, 1], [1, 2, 3, 1]])
    assert krippendorff(votes, level, FEW).value == pytest.approx(1)


def test_agreement_by_chance_is_about_zero():
    random = np.random.default_rng(1)
    task = np.repeat(np.arange(5000), 3)
    votes = Votes(task, np.tile(np.arange(3), 5000), random.integers(0, 4, size=15000))
    found = krippendorff(votes, "nominal", FEW)
    assert abs(found.value) < 0.02
    assert found.low < 0 < found.high


def test_systematic_contradiction_is_below_zero():
    assert krippendorff(from_table([[1, 2, 1, 2], [2, 1, 2, 1]]), "nominal", FEW).value < -0.5


def test_without_overlap_there_is_no_alpha_and_a_reason():
    found = krippendorff(from_table([[1, N, 2], [N, 1, N]]))
    assert (found.value, found.reason) == (None, Reason.NO_OVERLAP)


def test_when_all_votes_are_the_same_there_is_no_alpha_and_a_reason():
    found = krippendorff(from_table([[1, 1, 1], [1, 1, 1]]))
    assert (found.value, found.reason) == (None, Reason.NO_VARIATION)


def test_no_votes_at_all_are_no_error():
    empty = np.zeros(0, np.int64)
    assert krippendorff(Votes(empty, empty, empty)).reason is Reason.NO_OVERLAP


def test_one_task_has_a_figure_and_no_interval():
    found = krippendorff(from_table([[1], [2], [1]]))
    assert found.value == pytest.approx(0)  # D_o = D_e when there is nothing but this task
    assert found.low is None


def test_a_vote_that_cannot_be_paired_changes_nothing():
    with_lone = [[*row, 5 if number == 0 else N] for number, row in enumerate(THREE_CODERS)]
    for level in Level:
        assert krippendorff(from_table(with_lone), level, FEW) == krippendorff(from_table(THREE_CODERS), level, FEW)


def test_the_order_of_rows_and_the_numbers_of_tasks_do_not_matter():
    votes = random_votes()
    random = np.random.default_rng(5)
    rows = random.permutation(len(votes.task))
    renamed = random.permutation(1000)
    mixed = Votes(renamed[votes.task[rows]], renamed[votes.annotator[rows]], votes.value[rows])
    for level in Level:
        assert krippendorff(mixed, level, FEW).value == pytest.approx(krippendorff(votes, level, FEW).value, abs=1e-12)


def test_nominal_alpha_does_not_see_names_and_ordinal_sees_only_order():
    votes = random_votes()
    renamed = votes._replace(value=np.array([0, 3, 9, 1, 7, 5])[votes.value.astype(int)])
    stretched = votes._replace(value=np.exp(votes.value))
    assert krippendorff(renamed, "nominal", FEW).value == pytest.approx(krippendorff(votes, "nominal", FEW).value)
    assert krippendorff(stretched, "ordinal", FEW).value == pytest.approx(krippendorff(votes, "ordinal", FEW).value)
    assert krippendorff(stretched, "interval", FEW).value != pytest.approx(krippendorff(votes, "interval", FEW).value)


def test_interval_alpha_does_not_see_unit_or_zero_even_far_from_zero():
    votes = random_votes()
    moved = votes._replace(value=1e6 + 0.01 * votes.value)
    assert krippendorff(moved, "interval", FEW).value == pytest.approx(
        krippendorff(votes, "interval", FEW).value, abs=1e-6
    )


def test_of_two_votes_by_one_person_on_a_task_the_last_counts():
    votes = Votes(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 0, 1]), np.array([1, 2, 2, 1, 1]))
    assert krippendorff(votes, "nominal", FEW).value == pytest.approx(1)


def test_the_same_seed_gives_the_same_interval():
    votes = random_votes()
    assert krippendorff(votes, "ordinal", Resampling(seed=4)) == krippendorff(votes, "ordinal", Resampling(seed=4))
    assert krippendorff(votes, "ordinal", Resampling(seed=4)) != krippendorff(votes, "ordinal", Resampling(seed=5))


def test_bootstrap_intervals_cover_the_truth_about_as_often_as_they_say():
    """Two annotators flip a fair class with chance .2 each: nominal α tends to (1 − 2 · .2)² = .36."""
    random = np.random.default_rng(7)
    covered = 0
    for trial in range(120):
        truth = random.integers(0, 2, size=150)
        noisy = (truth[None, :] + (random.random((2, 150)) < 0.2)) % 2
        found = krippendorff(from_table(noisy.tolist()), "nominal", Resampling(200, seed=trial))
        covered += found.low <= 0.36 <= found.high
    assert 0.88 <= covered / 120 <= 0.99


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        (Votes(np.array([0, 0]), np.array([0, 1]), np.array([1.0, np.inf])), "finite"),
        (Votes(np.array([0, -1]), np.array([0, 1]), np.array([1, 2])), "count from 0"),
        (Votes(np.array([0, 0]), np.array([0]), np.array([1, 2])), "one length"),
        (Votes(np.array([0.5, 0.5]), np.array([0, 1]), np.array([1, 2])), "whole numbers"),
    ],
)
def test_malformed_votes_are_refused(votes, message):
    with pytest.raises(ValueError, match=message):
        krippendorff(votes)


def test_ratio_alpha_refuses_values_below_zero_and_too_many_values():
    with pytest.raises(ValueError, match="at least 0"):
        krippendorff(from_table([[-1, 2], [1, 2]]), "ratio")
    many = Votes(np.repeat(np.arange(1500), 2), np.tile([0, 1], 1500), np.arange(3000.0))
    assert krippendorff(many, "ratio").reason is Reason.TOO_MANY_VALUES
