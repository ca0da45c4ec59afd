"""Sources compared in money: by hand, at limits, the case that order cannot decide, and a known world."""

import numpy as np
import pytest

from annotation.agreement import worth
from annotation.agreement.worth import Payments


def made(signed, *, prompt=None, annotator=None, question=None, high=None, side=None, sign=None):
    """Amounts for source 0 over source 1; each on a prompt of its own, by one annotator, unless said otherwise."""
    signed = np.array(signed, float)
    nothing = np.zeros(len(signed), int)
    prompt = np.arange(len(signed)) if prompt is None else np.array(prompt)
    return Payments(
        prompt,
        prompt,
        nothing if annotator is None else np.array(annotator),
        prompt if question is None else np.array(question),
        nothing,
        nothing + 1,
        np.sign(signed).astype(int) if sign is None else np.array(sign),
        np.abs(signed),
        np.abs(signed) if high is None else np.array(high, float),
        nothing if side is None else np.array(side),
    )


def only(found, **settings):
    told = worth.measure(found, **settings)
    assert len(told.differences) == 1
    return told.differences[0]


def test_order_calls_it_a_tie_and_money_decides():
    """The smallest case: better by 10 on one prompt, worse by 1 on another."""
    found = only(made([10, -1]))
    assert found.order == 0.5
    assert found.total == 9
    assert found.value == 4.5


def test_a_larger_gap_on_the_other_prompt_turns_the_decision_and_not_the_order():
    found = only(made([10, -20]))
    assert found.order == 0.5
    assert found.total == -10
    assert [part.prompt for part in found.decisive] == [1, 0]


def test_the_mean_is_over_prompts_and_not_over_amounts():
    found = only(made([4, 2, -1], prompt=[0, 0, 1]))
    assert found.value == pytest.approx((3 - 1) / 2)
    assert found.decisive[0].share == pytest.approx(1.5)
    assert (found.amounts, found.prompts) == (3, 2)


def test_a_zero_keeps_its_side_in_the_order_and_adds_no_money():
    found = only(made([0, 0, -3], sign=[1, 1, -1]))
    assert found.zeros == 2
    assert found.order == pytest.approx(2 / 3)
    assert found.value == pytest.approx(-1)


def test_an_open_amount_counts_as_its_lower_end_and_leaves_the_difference_open_on_its_side():
    found = only(made([5, -2], high=[np.inf, 4]))
    assert found.value == pytest.approx((5 - 3) / 2)
    assert found.least == pytest.approx((5 - 4) / 2)
    assert found.most == np.inf
    assert found.open_above == 1
    worse = only(made([-5, 2], high=[np.inf, 4]))
    assert worse.least == -np.inf
    assert worse.most == pytest.approx((-5 + 4) / 2)


def test_where_nobody_sees_a_difference_it_is_zero():
    found = only(made([0] * 6))
    assert (found.value, found.low, found.high, found.order) == (0, 0, 0, 0.5)


def test_fewer_than_five_conversations_have_no_interval():
    assert np.isnan(only(made([1, 2, 3, -1])).low)
    assert np.isfinite(only(made([1, 2, 3, -1, 2])).low)


def test_few_prompts_carry_the_sign_and_their_number_is_told():
    assert only(made([10, 8, -1, -1, -1])).turning == 2
    assert only(made([-10, 1, 1, 1])).turning == 1
    assert only(made([1, 2, 3])).turning is None


def test_turning_a_pair_around_mirrors_nothing_but_the_names():
    plain = made([3, -1, 2, 5, -4, 1])
    turned = plain._replace(first=plain.second, second=plain.first, sign=-plain.sign)
    assert only(plain) == only(turned)


def test_rescaling_one_persons_money_leaves_the_difference_nearly_alone():
    """κ is told from shared questions: whoever says ten times as much does not decide alone."""
    random = np.random.default_rng(0)
    truth = random.normal(1, 3, 60)
    question, person = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    said = truth[question] + random.normal(0, 0.5, 240)
    one = only(made(said, prompt=question, annotator=person), draws=200)
    louder = only(made(said * np.where(person == 0, 10, 1), prompt=question, annotator=person), draws=200)
    assert louder.as_said > 2.5 * one.as_said
    assert louder.value / one.value == pytest.approx(10**0.25, rel=0.05)  # the pool's money is the geometric mean


def test_without_shared_questions_amounts_stay_as_they_were_said():
    told = worth.measure(made([3, 1, -1], annotator=[0, 1, 2]))
    assert not told.are_scaled
    assert told.scales == 1
    assert told.differences[0].value == told.differences[0].as_said


def test_the_interval_of_a_mean_of_normal_amounts_is_students():
    random = np.random.default_rng(3)
    said = random.normal(1, 2, 40)
    found = only(made(said), draws=4000)
    error = said.std(ddof=1) / np.sqrt(40)
    assert found.low == pytest.approx(said.mean() - 2.023 * error, abs=0.15 * error)
    assert found.high == pytest.approx(said.mean() + 2.023 * error, abs=0.15 * error)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": np.array([-1.0])}, "begins at 0"),
        ({"high": np.array([0.5])}, "begins at 0"),
        ({"second": np.array([0])}, "two different sources"),
        ({"sign": np.array([2])}, "two different sources"),
    ],
)
def test_amounts_that_are_none_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        worth.measure(made([1])._replace(**change))


def test_no_amounts_give_nothing():
    assert worth.measure(made([])) is None
