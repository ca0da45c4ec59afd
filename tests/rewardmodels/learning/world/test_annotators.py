"""Simulated annotators differ in the ways they are named for, and their noise is the one that is stated."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rewardmodels.learning.world import annotators
from rewardmodels.learning.world.annotators import (
    CAREFUL,
    GENEROUS,
    HASTY,
    LEFT_BIASED,
    PROTEST_ZERO,
    REVERSED,
    STAKE_SCALED,
    Annotator,
    Look,
)
from rewardmodels.learning.world.parser import Facts

BETTER, WORSE = Facts(item=1, temperature=1), Facts(item=1)  # one coin apart
IDS = ("a", "b")


def answers(person: Annotator, look: Look, ask=annotators.pairwise, times: int = 4_000, ids=IDS):
    generator = np.random.default_rng(0)
    return [ask(person, look, ids, generator) for _ in range(times)]


def share(said, preferred) -> float:
    return sum(one["preferred"] == preferred for one in said) / len(said)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


@pytest.mark.parametrize("person", [CAREFUL, HASTY, LEFT_BIASED, REVERSED])
def test_sides_ties_and_strengths_have_the_chances_of_the_cumulative_link(person):
    said = answers(person, Look((BETTER, WORSE), 5))
    worth = person.direction * 1.0 + person.leaning
    first = sigmoid((worth - person.tie_within) / person.noise)
    second = sigmoid((-worth - person.tie_within) / person.noise)
    assert share(said, "a") == pytest.approx(first, abs=0.03)
    assert share(said, "b") == pytest.approx(second, abs=0.03)
    great = sum(one.get("strength") == 3 and one["preferred"] == "a" for one in said) / len(said)
    assert great == pytest.approx(sigmoid((worth - person.great) / person.noise), abs=0.02)
    assert not any("strength" in one for one in said if one["preferred"] is None)


def test_noise_that_is_scaled_by_the_stake_is_that_much_greater():
    assert CAREFUL.scale(1) == CAREFUL.scale(9) == 0.6
    assert STAKE_SCALED.scale(9) / STAKE_SCALED.scale(1) == pytest.approx(9)
    small, great = (share(answers(STAKE_SCALED, Look((BETTER, WORSE), stake)), "b") for stake in (1, 9))
    assert small < 0.02 < great


def test_the_left_biased_prefers_what_is_shown_first_and_nothing_else_of_it():
    equal = answers(LEFT_BIASED, Look((BETTER, BETTER), 1))
    assert share(equal, "a") > 3 * share(equal, "b")


def test_the_generous_says_three_times_the_amount_and_the_same_side():
    look = Look((Facts(item=1, temperature=1, allergy=1), Facts()), 5)  # nine coins apart
    plain, generous = (
        answers(Annotator("plain"), look, annotators.cardinal),
        answers(GENEROUS, look, annotators.cardinal),
    )
    mean = [np.mean([float(one["amount"]) for one in said]) for said in (plain, generous)]
    assert mean[0] == pytest.approx(9.0, abs=0.15)
    assert mean[1] == pytest.approx(27.0, abs=0.4)
    assert share(generous, "a") == share(plain, "a") > 0.99


def test_the_protesting_prefers_and_would_pay_nothing():
    said = answers(PROTEST_ZERO, Look((BETTER, Facts()), 5), annotators.cardinal)
    zeros = [one for one in said if one["amount"] == "0" and one["preferred"] is not None]
    assert 0.85 < len(zeros) / sum(one["preferred"] is not None for one in said) < 0.97


def test_an_amount_of_a_tie_is_nothing_and_amounts_lie_on_the_step():
    for one in answers(CAREFUL, Look((BETTER, WORSE), 5), annotators.cardinal, 300):
        assert (float(one["amount"]) * 2).is_integer()
        assert one["preferred"] is not None or one["amount"] == "0"


def test_a_price_list_is_bought_up_to_the_amount_and_never_again():
    look = Look((BETTER, Facts()), 5)
    one_by_one = answers(CAREFUL, look, annotators.price_list, 300)
    for one in one_by_one:
        bought = [row["buys"] for row in one.get("rows", [])]
        assert bought == sorted(bought, reverse=True)
    typical = [sum(row["buys"] for row in one["rows"]) for one in one_by_one if "rows" in one]
    assert np.median(typical) == 4  # five coins or a little more buy .50, 1, 2 and 5


def test_verdicts_are_right_as_often_as_the_noise_lets_them():
    person = replace(CAREFUL, bar=4.0)
    said = answers(person, Look((BETTER,), 5), annotators.binary, ids=("a",))
    assert np.mean([one["desirable"] for one in said]) == pytest.approx(sigmoid(1 / 0.6), abs=0.03)


def test_rankings_of_two_are_pairs_and_of_four_put_the_best_first():
    patient = replace(CAREFUL, tie_within=0.0)
    said = answers(patient, Look((WORSE, BETTER), 5), annotators.ranking)
    assert np.mean([one["order"][0] == ["b"] for one in said]) == pytest.approx(sigmoid(1 / 0.6), abs=0.03)
    four = (Facts(), Facts(item=1), Facts(item=1, temperature=1), Facts(item=1, temperature=1, allergy=1))
    ids = ("a", "b", "c", "d")
    best = [one["order"][0] for one in answers(CAREFUL, Look(four, 9), annotators.ranking, 500, ids)]
    assert np.mean([group == ["d"] for group in best]) > 0.98


def test_answers_that_are_worth_alike_share_a_place():
    said = answers(replace(CAREFUL, tie_within=4.0), Look((BETTER, BETTER), 5), annotators.ranking, 500)
    tied = [one["order"] for one in said if len(one["order"]) == 1]
    assert tied
    assert all(order == [["a", "b"]] for order in tied)


def test_marks_follow_the_components_and_the_reversed_turns_them_round():
    good, bad = Facts(item=1, temperature=1, allergy=1, seat=1, courtesy=4), Facts(allergy=-1)
    calm = replace(CAREFUL, noise=0.0)
    look = [answers(calm, Look((facts,), 9), annotators.rating, 1, ("a",))[0]["ratings"] for facts in (good, bad)]
    assert look == [{"coverage": 5, "warmth": 5, "risk": 1}, {"coverage": 1, "warmth": 1, "risk": 4}]
    turned = answers(replace(calm, direction=-1), Look((good,), 9), annotators.rating, 1, ("a",))[0]["ratings"]
    assert turned == {"coverage": 1, "warmth": 1, "risk": 5}


def test_one_in_twenty_reads_the_question_backwards():
    people = annotators.crowd(100)
    assert sum(one.direction < 0 for one in people) == 5
    assert len({one.name for one in people}) == 100
    assert annotators.crowd(1)[0].name == "careful-1"
    assert sum(annotators.SHARES) == pytest.approx(1.0)


def test_the_hasty_is_quick():
    generator, look = np.random.default_rng(0), Look((Facts(words=30), Facts(words=30)), 5)
    times = {
        person.name: np.median([annotators.take_time(person, look, generator) for _ in range(200)])
        for person in (CAREFUL, HASTY)
    }
    assert times["hasty"] < times["careful"] / 3
