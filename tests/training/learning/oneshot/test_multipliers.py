"""Multipliers before training: the fixtures of the method, its limits, and what finite samples do to it."""

import numpy as np
import pytest

from rewardmodels.learning.world.oracle import tilt
from training.learning.oneshot import labelling, multipliers
from training.learning.oneshot.labelling import Compared
from training.learning.oneshot.multipliers import Pool, Unfindable

LOG_REFERENCE = np.log([0.5, 0.3, 0.2])
REWARD, SAFETY, BETA = np.array([[1, 0.2, -0.5]]), np.array([[[-1, 0.4, 1.2]]]), 0.5
EXACT = Pool(REWARD, SAFETY, LOG_REFERENCE)
REFERENCE_MEAN = -0.5 + 0.3 * 0.4 + 0.2 * 1.2


def policy(multiplier):
    return tilt(LOG_REFERENCE, (REWARD + multiplier * SAFETY[0]) / BETA)[0][0]


def test_three_answers_to_one_prompt():
    found = multipliers.mocan(EXACT, [0.3], BETA)
    assert found.multipliers[0] == pytest.approx(0.941927, abs=1e-6)
    assert policy(found.multipliers[0]) == pytest.approx([0.253201, 0.428698, 0.318101], abs=1e-6)
    assert found.safety[0] == pytest.approx(0.3, abs=1e-9)
    assert found.value == pytest.approx(0.11570776, abs=1e-8)
    assert found.reward - BETA * found.kl == pytest.approx(found.value, abs=1e-9)


def test_no_other_policy_that_meets_the_threshold_is_better():
    best = multipliers.mocan(EXACT, [0.3], BETA).value
    grid = np.linspace(0.005, 0.99, 120)
    first, second = np.meshgrid(grid, grid)
    chances = np.stack([first, second, 1 - first - second], -1).reshape(-1, 3)
    chances = chances[chances[:, 2] > 1e-6]
    chances = chances[chances @ SAFETY[0, 0] >= 0.3]
    kl = (chances * (np.log(chances) - LOG_REFERENCE)).sum(axis=1)
    assert (chances @ REWARD[0] - BETA * kl).max() <= best + 1e-9


def test_a_threshold_that_is_met_anyway_costs_nothing():
    assert multipliers.mocan(EXACT, [-0.9], BETA).multipliers[0] == 0


@pytest.mark.parametrize("threshold", [1.2, 5.0])
def test_a_threshold_that_no_answer_reaches_has_no_multiplier(threshold):
    with pytest.raises(Unfindable, match="Lower a threshold"):
        multipliers.mocan(EXACT, [threshold], BETA)


def test_gains_are_thresholds_above_the_references_own_mean():
    assert EXACT.means[0] == pytest.approx(REFERENCE_MEAN)
    found = multipliers.gains(EXACT, [0.3 - REFERENCE_MEAN], BETA)
    assert found.multipliers[0] == pytest.approx(0.941927, abs=1e-6)


def test_policies_in_place_of_reward_models_find_the_same_multiplier():
    """Log-ratios of policies that are exactly the tilts, uniform over as many copies as the reference's chances say."""
    copies = np.repeat(np.arange(3), [5, 3, 2])
    ratios = [np.log(policy_of(score)) - LOG_REFERENCE for score in (REWARD[0], SAFETY[0, 0])]
    helpful, safe = (ratio[copies][None] for ratio in ratios)
    found = multipliers.pecan(helpful, safe[None], [0.3 - REFERENCE_MEAN], BETA)
    assert found.multipliers[0] == pytest.approx(0.941927, abs=1e-6)


def policy_of(score):
    return tilt(LOG_REFERENCE, score / BETA)[0]


def test_scores_that_are_normal_have_their_multiplier_in_closed_form():
    """r = 0 and g normal with mean m and variance v: λ = β (b − m) / v."""
    places = np.linspace(-8, 8, 2_001)
    log = -(places**2) / 2
    log -= np.log(np.exp(log).sum())
    pool = Pool(np.zeros((1, len(places))), (-0.4 + np.sqrt(2) * places)[None, None], log)
    assert multipliers.mocan(pool, [0.2], 1.5).multipliers[0] == pytest.approx(0.45, abs=1e-6)
    assert multipliers.mocan(pool, [-0.5], 1.5).multipliers[0] == 0


def test_two_constraints_agree_with_a_grid():
    generator = np.random.default_rng(1)
    pool = Pool(generator.normal(size=(4, 30)), generator.normal(size=(2, 4, 30)))
    wanted = [0.3, 0.1]
    found = multipliers.mocan(pool, wanted, 1.0)

    def dual(one, other):
        h = pool.safety - np.array(wanted)[:, None, None]
        score = pool.reward + one * h[0] + other * h[1]
        return float(np.log(np.exp(score).mean(axis=1)).mean())

    near = [np.linspace(max(0, value - 0.05), value + 0.05, 21) for value in found.multipliers]
    grid = np.array([[dual(one, other) for other in near[1]] for one in near[0]])
    assert found.value <= grid.min() + 1e-9
    assert found.safety == pytest.approx(wanted, abs=1e-6)


def test_few_answers_to_a_prompt_bias_the_multiplier():
    """Answers are drawn from the three; with more of them to each prompt the mean multiplier comes to the exact one."""
    generator = np.random.default_rng(2)

    def mean_of(answers):
        found = []
        for _ in range(40):
            drawn = generator.choice(3, (60, answers), p=[0.5, 0.3, 0.2])
            found.append(
                multipliers.mocan(Pool(REWARD[0][drawn], SAFETY[0, 0][drawn][None]), [0.3], BETA).multipliers[0]
            )
        return float(np.mean(found))

    few, many = mean_of(4), mean_of(64)
    assert few > many > 0.941927 - 0.03
    assert many == pytest.approx(0.941927, abs=0.06)


def test_resampled_prompts_say_how_sure_a_multiplier_is():
    generator = np.random.default_rng(4)
    drawn = generator.choice(3, (200, 32), p=[0.5, 0.3, 0.2])
    pool = Pool(REWARD[0][drawn], SAFETY[0, 0][drawn][None])
    low, high = multipliers.spread(pool, [0.3], BETA, seed=1, draws=60)[:, 0]
    assert low < multipliers.mocan(pool, [0.3], BETA).multipliers[0] < high
    few = pool.of(np.arange(20))
    wide = multipliers.spread(few, [0.3], BETA, seed=1, draws=60)[:, 0]
    assert wide[1] - wide[0] > 2 * (high - low)


def test_a_score_that_is_no_number_is_refused():
    with pytest.raises(Unfindable, match="finite"):
        Pool(np.array([[np.nan, 1.0]]), np.zeros((1, 1, 2)))


QUESTION = ({"role": "user", "content": "hello"},)


def test_labels_are_drawn_with_the_odds_of_the_difference():
    pairs = [Compared(QUESTION, "a", "b", (1.0, 0.0))] * 2_000
    made = labelling.rows(pairs, seed=3)
    share = np.mean([row["answer"]["preferred"] == row["responses"][0]["id"] for row in made])
    assert share == pytest.approx(1 / (1 + np.exp(-1)), abs=0.03)
    assert labelling.rows(pairs[:50], seed=3) == made[:50]
    assert {row["origin"] for row in made} == {"simulated"}


@pytest.mark.parametrize(("utility", "place"), [((900.0, 0.0), 0), ((0.0, 900.0), 1)])
def test_a_great_difference_leaves_no_doubt(utility, place):
    made = labelling.rows([Compared(QUESTION, "a", "b", utility)] * 20, seed=3)
    assert all(row["answer"]["preferred"] == row["responses"][place]["id"] for row in made)
