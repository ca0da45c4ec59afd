"""What a run in one shot takes, before its first answer."""

import dataclasses

import pytest

from tests.training.learning.test_estimating import SPEED
from training.learning import estimating
from training.learning.estimating import Aligning, of_aligning
from training.learning.oneshot.estimating import Shooting, aligning, looked, of_shooting
from training.learning.settings.oneshot import Mocan, Pecan

OWN = Mocan(mode="full", prompts=40, answers=4, pairs=3, max_new_tokens=20, max_length=64, batch_size=12)


def test_the_seconds_are_those_of_the_pool_of_learning_and_of_two_looks_by_hand():
    """40 prompts of 100 make five times 32 answers of 5 tokens; 4 of them are held out, and 60 are left to look at."""
    found = of_shooting(Shooting(OWN, ["r"]), SPEED)
    pool, _ = estimating.written(32, 8, 20, OWN.pass_tokens, SPEED)
    look, tokens = estimating.written(240, 60, 20, OWN.pass_tokens, SPEED)
    learning = of_aligning(Aligning(OWN.dpo, 36 * 3, 40 * 4, 15.0, 4 * 3), SPEED)
    looks = 2 * (look + 240 * 0.02 + tokens.rows * 0.003)
    assert found.seconds == pytest.approx(learning.seconds + 5 * (pool + 32 * 0.02) + looks)
    assert (found.steps, found.phases) == (9, learning.phases)


def test_pairs_are_no_more_than_there_are_and_answers_no_more_than_stand_in_them():
    two = dataclasses.replace(OWN, answers=2, pairs=9)
    assert aligning(two, 40, SPEED)[1:3] == (36 * 1, 40 * 2)
    many = dataclasses.replace(OWN, answers=100, pairs=2)
    assert aligning(many, 40, SPEED)[1:3] == (36 * 2, 40 * 4)


def test_where_the_pool_takes_every_prompt_the_ones_held_out_are_looked_at():
    assert looked(OWN, 40, SPEED) == 60
    assert looked(OWN, 100, SPEED) == 10
    assert looked(OWN, 40, dataclasses.replace(SPEED, prompts=1_000)) == 128


def test_policies_in_place_of_reward_models_read_every_answer_beside_the_reference():
    own = Pecan(**dataclasses.asdict(OWN.dpo), prompts=40, answers=4, pairs=3, max_new_tokens=20)
    two, three = (of_shooting(Shooting(own, policies=count), SPEED) for count in (2, 3))
    _, pool = estimating.written(32, 8, 20, own.pass_tokens, SPEED)
    _, look = estimating.written(240, 60, 20, own.pass_tokens, SPEED)
    assert three.seconds - two.seconds == pytest.approx((5 * pool.rows + 2 * look.rows) * SPEED.forward)
    assert three.bytes - two.bytes == SPEED.weight_bytes


def test_more_answers_take_more_of_the_pool_and_nothing_more_of_learning():
    few, many = (of_shooting(Shooting(dataclasses.replace(OWN, answers=n)), SPEED) for n in (8, 800))
    assert many.steps == few.steps
    pool = estimating.written(8 * 800, 8, 20, OWN.pass_tokens, SPEED)[0] * 5
    assert many.seconds == pytest.approx(pool, rel=0.1)
