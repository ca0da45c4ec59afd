"""Two models on the same judgments: by hand, at limits, and with intervals that hold the truth as often as they say."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binomtest

from rewardmodels.learning import comparing, held_out
from rewardmodels.learning.comparing import Incomparable
from rewardmodels.learning.held_out import Foretold, HeldOut


def rows(margin, *, key=None, cluster=None, annotator=None, ratio=None):
    margin = np.asarray(margin, dtype=float)
    n = len(margin)
    return HeldOut(
        key=np.arange(n) if key is None else np.asarray(key),
        cluster=np.arange(n) if cluster is None else np.asarray(cluster),
        annotator=np.zeros(n, dtype=np.int64) if annotator is None else np.asarray(annotator),
        margin=margin,
        probability=expit(margin),
        length_ratio=np.zeros(n) if ratio is None else np.asarray(ratio, dtype=float),
    )


def test_by_hand():
    one, other = rows([1.0] * 15 + [-1.0] * 5), rows([1.0] * 12 + [-1.0] * 6 + [1.0] * 2)
    found = comparing.compare(comparing.shared(one, other))
    assert (found["n"], found["accuracy"]["one"], found["accuracy"]["other"]) == (20, 0.75, 0.7)
    assert found["accuracy"]["gain"] == pytest.approx(0.05)
    assert found["mcnemar"] == {"only_one": 3, "only_other": 2, "p": binomtest(3, 5).pvalue}
    right, wrong = -np.log(expit(1)), -np.log(expit(-1))
    assert found["log_loss"]["one"] == pytest.approx(0.75 * right + 0.25 * wrong)
    assert found["log_loss"]["gain"] == pytest.approx(0.05 * (wrong - right))


def test_a_model_beside_itself_gains_nothing_and_nothing_is_clear():
    one = rows(np.random.default_rng(0).normal(0.5, 1, 60))
    found = comparing.compare(comparing.shared(one, one))
    assert found["accuracy"]["gain"] == 0
    assert found["log_loss"]["interval"] == [0, 0]
    assert not found["log_loss"]["is_clear"]
    assert found["mcnemar"]["p"] == 1
    assert found["rank_correlation"] == pytest.approx(1)


def test_rows_meet_by_what_was_judged_in_whatever_order_they_stand():
    margin = np.random.default_rng(1).normal(size=40)
    one = rows(margin, key=np.arange(40))
    order = np.random.default_rng(2).permutation(40)
    other = rows(np.r_[margin[order], [5.0] * 10], key=np.r_[np.arange(40)[order], np.arange(100, 110)])
    both = comparing.shared(one, other)
    assert len(both.one) == 40
    assert (both.one.margin == both.other.margin).all()


def test_too_few_shared_judgments_are_refused_with_a_sentence():
    with pytest.raises(Incomparable, match="share 3 held-out comparisons"):
        comparing.shared(rows(np.ones(30)), rows(np.ones(30), key=np.arange(27, 57)))


def test_a_model_that_knows_length_alone_gains_nothing_where_length_is_matched():
    generator = np.random.default_rng(0)
    ratio = np.where(generator.random(800) < 0.7, 1, -1) * generator.uniform(0.1, 1, 800)
    by_length, constant = rows(ratio, ratio=ratio), rows(np.zeros(800), ratio=ratio)
    found = comparing.compare(comparing.shared(by_length, constant))
    assert found["accuracy"]["is_clear"]
    assert found["length_matched_accuracy"]["gain"] == pytest.approx(0, abs=1e-12)


def test_the_interval_of_a_gain_holds_the_truth_and_resampling_judgments_would_not():
    covered = naive = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        shift = np.repeat(generator.normal(0, 1, 40), 5)  # a prompt suits one of the two models
        one, other = rows(shift, cluster=np.repeat(np.arange(40), 5)), rows(np.zeros(200))
        low, high = comparing.compare(comparing.shared(one, other), seed)["accuracy"]["interval"]
        covered += low <= 0 <= high
        low, high = comparing.compare(comparing.shared(rows(shift), other), seed)["accuracy"]["interval"]
        naive += low <= 0 <= high
    assert covered >= 34  # 95 % of 40, less three standard errors
    assert naive < 30


def foretold(losses, *, key=None, cluster=None):
    n = len(losses)
    key = np.arange(n) if key is None else np.asarray(key)
    cluster = np.arange(n) if cluster is None else np.asarray(cluster)
    return Foretold(key, cluster, np.zeros(n, dtype=np.int64), np.asarray(losses, dtype=float))


def test_other_kinds_are_compared_by_what_was_lost_by_hand():
    one = {"verdicts": foretold([0.2] * 30 + [1.0] * 10), "amounts": foretold(np.ones(40))}
    other = {"verdicts": foretold(np.r_[np.full(50, 0.5)], key=np.arange(50)), "ratings": foretold(np.ones(40))}
    found = comparing.compare_kinds(one, other)
    assert list(found) == ["verdicts"]
    verdicts = found["verdicts"]
    assert (verdicts["n"], verdicts["log_loss"]["one"], verdicts["log_loss"]["other"]) == (40, pytest.approx(0.4), 0.5)
    assert verdicts["log_loss"]["gain"] == pytest.approx(0.1)
    low, high = verdicts["log_loss"]["interval"]
    assert low == pytest.approx(0.1 - 1.96 * 0.3464 / 40**0.5, abs=0.03)
    assert high == pytest.approx(0.1 + 1.96 * 0.3464 / 40**0.5, abs=0.03)


def test_a_kind_of_which_too_few_are_shared_is_left_out():
    assert comparing.compare_kinds({"verdicts": foretold(np.ones(19))}, {"verdicts": foretold(np.ones(30))}) == {}


def test_other_kinds_are_kept_beside_comparisons_and_found_again(tmp_path):
    held_out.write(tmp_path, {"test": rows([1.0])}, {"test": {"verdicts": foretold([0.5])}, "validation": {}})
    assert held_out.read(tmp_path).margin.tolist() == [1.0]
    (found,) = held_out.read_kinds(tmp_path).items()
    assert (found[0], found[1].log_loss.tolist()) == ("verdicts", [0.5])
    assert held_out.read_kinds(tmp_path, "validation") == {}
    assert held_out.read_kinds(tmp_path / "nowhere") == {}


def test_rows_are_kept_and_found_again(tmp_path):
    one = rows(np.random.default_rng(0).normal(size=25))
    held_out.write(tmp_path, {"test": one})
    again = held_out.read(tmp_path)
    assert (again.margin == one.margin).all()
    assert (again.key == one.key).all()
    assert held_out.read(tmp_path, "validation") is None
    assert held_out.read(tmp_path / "nowhere") is None


def test_the_same_words_have_the_same_number_and_a_second_saying_another():
    found = held_out.numbers([("a", "b"), ("a", "b"), ("ab", "")])
    assert len(set(found.tolist())) == 3
    assert found[0] == held_out.number("a", "b")
    assert held_out.number("é", 1) == -2_450_685_210_007_705_323
