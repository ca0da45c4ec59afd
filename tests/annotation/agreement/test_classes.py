"""Dawid and Skene's consensus: by hand, at its limits, against enumeration, and recovering a simulated truth."""

import numpy as np
import pytest

from annotation.agreement import classes, disagreement, mixture
from annotation.agreement.classes import ClassPrior, consensus
from annotation.agreement.votes import Reason, Votes, from_table


def simulated(*, tasks=2000, annotators=40, votes=5, kinds=3, seed=0):
    """Votes, true classes, and each annotator's accuracy; errors fall on the other classes alike."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, kinds, tasks)
    accuracy = random.beta(7, 3, annotators)
    task = np.repeat(np.arange(tasks), votes)
    annotator = random.integers(0, annotators, len(task))
    right = random.random(len(task)) < accuracy[annotator]
    wrong = (truth[task] + random.integers(1, kinds, len(task))) % kinds
    return Votes(task, annotator, np.where(right, truth[task], wrong)), truth, accuracy


def majority(votes, kinds):
    counts = np.zeros((votes.task.max() + 1, kinds))
    np.add.at(counts, (votes.task, votes.value), 1)
    return counts.argmax(axis=1)


def test_the_posterior_is_bayes_rule_at_the_fitted_parameters():
    votes = from_table([[0, 1, 1, 0], [0, 1, 0, None], [1, 1, 0, 0]])
    found = consensus(votes, 2)
    for task in range(4):
        chance = found.prevalence.copy()
        for row in np.flatnonzero(votes.task == task):
            chance *= found.confusion[votes.annotator[row], :, int(votes.value[row])]
        assert found.posterior[task] == pytest.approx(chance / chance.sum(), abs=1e-6)


def test_the_fit_is_a_stationary_point_of_the_log_posterior():
    """The gradient of an independently written log posterior vanishes along the simplices."""
    votes, _, _ = simulated(tasks=60, annotators=4, seed=3)
    votes = classes.classes_of(votes, 3)
    prior = 1 + 4 * np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    fit = mixture.fit(votes, 3, prior, 20_000, 1e-15)

    def believed(log_odds):
        rows = np.exp(log_odds) / np.exp(log_odds).sum(axis=-1, keepdims=True)
        joint = np.tile(np.log(fit.prevalence), (60, 1))
        np.add.at(joint, votes.task, np.log(rows)[votes.annotator, :, votes.value])
        return np.log(np.exp(joint).sum(axis=1)).sum() + ((prior - 1) * np.log(rows)).sum()

    at = np.log(fit.confusion)
    for place in [(0, 0, 0), (1, 2, 1), (3, 1, 2)]:
        moved = np.zeros_like(at)
        moved[place] = 1e-5
        assert (believed(at + moved) - believed(at - moved)) / 2e-5 == pytest.approx(0, abs=1e-3)


def test_the_log_posterior_never_falls():
    found = consensus(simulated(seed=1)[0], 3)
    assert found.converged
    assert min(np.diff(found.log_posterior)) >= -1e-9


def test_consensus_beats_the_majority_and_says_how_sure_it_is():
    votes, truth, _ = simulated()
    found = consensus(votes, 3)
    right = found.label == truth
    assert right.mean() > (majority(votes, 3) == truth).mean() + 0.02
    sure = found.posterior.max(axis=1)
    assert sure.mean() == pytest.approx(right.mean(), abs=0.02)
    assert right[found.uncertainty < 0.1].mean() > 0.97 > right[found.uncertainty > 0.5].mean()


def test_reliabilities_are_recovered_and_their_intervals_cover():
    covered, errors = [], []
    for seed in range(4):
        votes, _, accuracy = simulated(seed=seed)
        figures = consensus(votes, 3).reliability
        covered.extend((figures.low <= accuracy) & (accuracy <= figures.high))
        errors.extend(figures.value - accuracy)
    assert 0.87 <= np.mean(covered) <= 0.99
    assert np.sqrt(np.mean(np.square(errors))) < 0.05


def test_a_spammer_and_a_contrarian_are_told_apart():
    random = np.random.default_rng(4)
    truth = random.integers(0, 2, 400)
    table = [np.where(random.random(400) < 0.85, truth, 1 - truth) for _ in range(5)]
    table += [np.zeros(400, int), np.where(random.random(400) < 0.9, 1 - truth, truth)]
    found = consensus(from_table(np.array(table).tolist()), 2)
    assert found.information[5] < 0.02  # always the same answer: nothing is learnt from it
    assert found.information[6] > 0.3  # wrong on purpose: as good as right
    assert found.reliability.high[6] < 0.3
    assert found.reliability.value[5] == pytest.approx(0.5, abs=0.08)


def test_a_permutation_of_classes_permutes_the_result():
    votes, _, _ = simulated(tasks=300, annotators=10)
    turn = np.array([2, 0, 1])
    plain, turned = consensus(votes, 3), consensus(votes._replace(value=turn[votes.value]), 3)
    assert turned.posterior[:, turn] == pytest.approx(plain.posterior, abs=1e-6)
    assert turned.confusion[:, turn][:, :, turn] == pytest.approx(plain.confusion, abs=1e-6)


def test_the_order_of_rows_does_not_matter():
    votes, _, _ = simulated(tasks=300, annotators=10)
    key = votes.task * 10 + votes.annotator
    votes = Votes(*(column[np.unique(key, return_index=True)[1]] for column in votes))
    rows = np.random.default_rng(1).permutation(len(votes.task))
    plain, mixed = consensus(votes, 3), consensus(Votes(*(column[rows] for column in votes)), 3)
    assert mixed.posterior == pytest.approx(plain.posterior, abs=1e-6)
    assert mixed.disputed.tolist() == plain.disputed.tolist()


def test_one_annotator_is_believed_and_not_rated():
    found = consensus(from_table([[0, 1, 1, 0, 1]]), 2)
    assert found.label.tolist() == [0, 1, 1, 0, 1]
    assert found.reason is Reason.NO_OVERLAP
    assert np.isnan(found.reliability.value).all()
    assert 0.5 < found.posterior.max(axis=1).max() < 0.95
    assert not found.disputed.size


def test_without_overlap_nobody_is_rated():
    random = np.random.default_rng(0)
    found = consensus(Votes(np.arange(300), np.arange(300) % 30, random.integers(0, 3, 300)), 3)
    assert found.reason is Reason.NO_OVERLAP
    assert np.isnan(found.reliability.value).all()


def test_somebody_who_shares_no_task_is_not_rated_beside_others_who_do():
    table = [[0, 1, 1, 0, None], [0, 1, 0, 0, None], [None, None, None, None, 1]]
    found = consensus(from_table(table), 2)
    assert np.isnan(found.reliability.value).tolist() == [False, False, True]


def test_one_task_and_no_votes_are_no_error():
    assert consensus(from_table([[1], [1], [0]]), 2).label.tolist() == [1]
    empty = np.zeros(0, np.int64)
    assert consensus(Votes(empty, empty, empty), 2).reason is Reason.NO_VOTES


def test_a_task_without_votes_has_no_label_and_the_prevalence():
    found = consensus(Votes(np.array([0, 0, 2, 2]), np.array([0, 1, 0, 1]), np.array([1, 1, 0, 0])), 2)
    assert found.label.tolist() == [1, -1, 0]
    assert found.posterior[1] == pytest.approx(found.prevalence)


def test_somebody_with_few_votes_is_taken_for_an_average_annotator():
    votes, truth, _ = simulated(tasks=500, annotators=20, seed=2)
    lone = Votes(*(np.append(c, x) for c, x in zip(votes, (7, 20, (truth[7] + 1) % 3), strict=True)))
    found = consensus(lone, 3)
    average = np.mean(found.reliability.value[:20])
    assert abs(found.reliability.value[20] - average) < 0.15
    assert found.reliability.high[20] - found.reliability.low[20] > 0.3


def test_thousands_of_annotators_with_few_votes_each_are_survived():
    votes, truth, accuracy = simulated(tasks=6000, annotators=3815, votes=5, seed=5)
    found = consensus(votes, 3)
    assert found.converged
    assert (found.label == truth).mean() >= (majority(votes, 3) == truth).mean()
    seen = ~np.isnan(found.reliability.value)
    assert np.corrcoef(found.reliability.value[seen], accuracy[: len(seen)][seen])[0, 1] > 0.4


def test_contested_tasks_come_first_and_unanimous_ones_last():
    table = [[0, 1, 1, 0, 1], [0, 1, 0, 0, 1], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1]]
    found = consensus(from_table(table), 2)
    assert found.disputed[0] == 2
    assert set(found.disputed[-3:].tolist()) == {0, 1, 3}


def test_disagreement_with_equal_trust_is_the_share_of_pairs_that_differ():
    votes = Votes(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 0, 1, 0]), np.array([1, 1, 0, 2, 2, 1]))
    found = disagreement.between_classes(votes, np.ones(3), 3)
    assert found[:2] == pytest.approx([2 / 3, 0])
    assert np.isnan(found[2])


@pytest.mark.parametrize("wrong", [{"accuracy": 1.0}, {"votes": 0}, {"strength": -1.0}, {"tolerance": 0}])
def test_a_prior_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        ClassPrior(**wrong)
