"""Gold in coins by hand; curvature in the gold and none in the control."""

import numpy as np
import pytest

from rewardmodels.learning.world import gold
from rewardmodels.learning.world.parser import Facts


def coins(facts: Facts, stake: float, utility=gold.gold) -> float:
    return float(utility(np.array(facts), np.float64(stake)))


def test_gold_by_hand():
    facts = Facts(item=1, temperature=1, allergy=1, seat=1, contradictions=1, courtesy=2, promises=2, words=40)
    by_hand = 4 + 1 + 0.8 * 5 + 0.5 - 1.5 + (2.4 * 2 - 0.6 * 4) + (0.8 * 2 - 0.5) - 0.15 * 5
    assert coins(facts, 5) == pytest.approx(by_hand, abs=1e-12)


def test_a_wrong_statement_is_worth_what_an_unsaid_one_is_but_is_risk():
    wrong, unsaid = Facts(allergy=-1), Facts()
    assert coins(wrong, 9) == coins(unsaid, 9) == 0
    assert coins(wrong, 9, gold.risk) == 3
    assert coins(unsaid, 9, gold.risk) == 0


def test_an_empty_answer_costs_what_one_unreadable_sentence_costs():
    assert coins(Facts(ungrammatical=1), 1) == -2


def test_stakes_make_order_and_money_disagree():
    """Three of four prompts prefer the right temperature to the right allergen; the fourth loses more."""
    warm, safe = Facts(temperature=1), Facts(allergy=1)
    differences = [coins(warm, stake) - coins(safe, stake) for stake in (1, 1, 1, 9)]
    assert [difference > 0 for difference in differences] == [True, True, True, False]
    assert sum(differences) == pytest.approx(3 * 0.2 - 6.2)


@pytest.mark.parametrize(("name", "best"), [("courtesy", 2), ("promises", 2)])
def test_more_of_it_is_better_only_up_to_a_point(name, best):
    values = [coins(Facts(**{name: count}), 1) for count in range(10)]
    assert int(np.argmax(values)) == best
    assert values[9] < values[0]


def test_the_control_is_linear_in_the_ten_features():
    generator = np.random.default_rng(0)
    facts = np.concatenate([generator.integers(-1, 2, (400, 4)), generator.integers(0, 9, (400, 5))], axis=1)
    stake = generator.choice([1.0, 2, 5, 9], 400)
    seen = gold.features(facts, stake)
    for utility, is_linear in ((gold.control, True), (gold.gold, False)):
        _, residual, *_ = np.linalg.lstsq(seen, utility(facts, stake), rcond=None)
        assert (residual.sum() < 1e-18) == is_linear


def test_components_by_hand():
    facts = Facts(item=1, temperature=-1, allergy=1, courtesy=3, promises=1, contradictions=1)
    assert coins(facts, 3, gold.coverage) == 1
    assert coins(facts, 3, gold.warmth) == 3.5
    assert coins(facts, 3, gold.risk) == 2


def test_every_stake_stands_beside_every_row():
    facts, stakes = np.array([Facts(), Facts(allergy=1)]), np.array([[1.0], [9.0]])
    for utility in (gold.gold, gold.control, *gold.COMPONENTS.values()):
        assert utility(facts, stakes).shape == (2, 2)
    assert gold.features(facts, stakes).shape == (2, 2, len(gold.FEATURES))
