"""What a run will take, counted from measured speeds."""

import dataclasses

import pytest

from training.learning import estimating, speeds
from training.learning.direct.settings.pairs import Dpo
from training.learning.estimating import Aligning, Pushing, Scoring, Selecting, Speed
from training.learning.settings.online import Grpo, Rloo
from training.learning.settings.selections import BestOfN

SPEED = Speed(
    device="cpu", mode="full", precision="fp32", weights=1_000, weight_bytes=2_000, adapter_weights=10, layers=2,
    vocabulary=50, widest=16, cache=8, is_shared=True, prompts=100, prompt=10.0, lengths=(4, 6), longest=20,
    characters=4.0, call=0.5, row=0.01, forward=0.001, read=0.003, learn=0.004, update=1e-6, kept=100.0, program=5_000,
    opening=7.0, scoring={"r": Scoring(seconds=0.02, bytes=300, widest=4, tokens=15.0)},
)  # fmt: skip
OWN = Rloo(prompts=2, samples=2, max_new_tokens=20)


def test_a_step_is_counted_by_hand():
    """4 answers of 5 tokens to 2 prompts of 10: 40 tokens in one pass, whose graph is kept from reading."""
    found = estimating.of_pushing(Pushing(OWN, 3, ["r"]), SPEED)
    longest = 6 + 1 * 0.6931471805599453  # of two answers measured and four written, one deviation apart
    assert found.phases == pytest.approx(
        {
            "sample": longest * 0.5 + 20 * 0.01 + 20 * 0.001,
            "score": 4 * 0.02,
            "read": 40 * 0.003,
            "learn": 40 * (0.004 - 0.001) + 1_000 * 1e-6,
        }
    )
    assert found.seconds == pytest.approx(7.0 + 3 * sum(found.phases.values()))


def test_memory_is_counted_by_hand():
    """Policy, copy, gradient and two moments; the largest of what a pass keeps, what is written and what is saved."""
    found = estimating.of_pushing(Pushing(OWN, 3, ["r"]), SPEED)
    there, saving = 5_000 + 5 * 4_000 + 300, 3 * 4_000
    assert found.bytes == there + max(40 * 100 + 5 * 20 * 50 * 4, saving)
    adapters = estimating.of_pushing(Pushing(dataclasses.replace(OWN, mode="lora", rank=3), 3, ["r"]), SPEED)
    assert adapters.bytes == 5_000 + 2_000 + 4 * 30 * 4 + 300 + 40 * 100 + 5 * 20 * 50 * 4


def test_an_answer_that_was_cut_off_takes_what_it_may_have():
    cut = dataclasses.replace(SPEED, lengths=(4, 20))
    assert estimating.mean_length(20, cut) == 12
    assert estimating.mean_length(100, cut) == 52
    assert estimating.mean_length(3, cut) == 3
    assert estimating.longest_of(64, 100, cut) == 100


def test_time_goes_with_steps_and_answers_and_nothing_else_of_a_run_that_is_never_looked_at():
    one, many = (estimating.of_pushing(Pushing(OWN, steps, ["r"]), SPEED) for steps in (1, 1_000))
    assert (many.seconds - 7.0) / (one.seconds - 7.0) == pytest.approx(1_000)
    assert many.bytes == one.bytes
    looked = estimating.of_pushing(Pushing(OWN, 1_000, ["r"], held_out=10, every=100), SPEED)
    assert looked.seconds - many.seconds == pytest.approx(11 * 10 * estimating.asked(["r"], OWN, SPEED))


def test_epochs_read_again_and_layers_that_are_computed_again_cost_a_way_there():
    grpo = Grpo(prompts=2, samples=2, max_new_tokens=20, epochs=3, minibatches=2)
    found = estimating.of_pushing(Pushing(grpo, 1, []), SPEED).phases["learn"]
    assert found == pytest.approx(3 * (40 * 0.004 + 2 * 1_000 * 1e-6))
    again = estimating.of_pushing(Pushing(dataclasses.replace(grpo, recompute=True), 1, []), SPEED).phases["learn"]
    assert again - found == pytest.approx(3 * 40 * 0.001)


def test_adapters_that_were_not_measured_save_the_way_back_to_the_weights():
    assert estimating.back_and_forth("lora", SPEED) == pytest.approx(SPEED.learn * 2 / 3)
    measured = dataclasses.replace(SPEED, mode="lora")
    assert estimating.back_and_forth("full", measured) == pytest.approx(SPEED.learn * 3 / 2)


def test_alignment_reads_every_answer_once_and_learns_two_a_judgment():
    found = estimating.of_aligning(Aligning(Dpo(mode="full", batch_size=4), 10, 30, 25.0), SPEED)
    assert found.steps == 3
    step = 2 * 4 * 25 * 0.004 + 1_000 * 1e-6
    assert found.seconds == pytest.approx(7.0 + 30 * 25 * 0.001 + 3 * step)


def test_choosing_samples_and_scores_a_pool_and_reads_what_is_set_beside_it():
    own = BestOfN(prompts=16, answers=4, beside=2, max_new_tokens=20)
    alone = estimating.of_selecting(Selecting(own, []), SPEED)
    prompts = min(16, SPEED.prompts)
    writing, _ = estimating.written(32, 8, 20, own.pass_tokens, SPEED)
    assert alone.seconds == pytest.approx(SPEED.opening + prompts / 8 * writing)
    other, tokens = estimating.written(2 * prompts, prompts, 20, own.pass_tokens, SPEED)
    beside = estimating.of_selecting(Selecting(own, [], 3), SPEED)
    assert beside.seconds - alone.seconds == pytest.approx(3 * (other + tokens.rows * SPEED.read))
    assert beside.bytes - alone.bytes >= SPEED.weight_bytes


def test_a_speed_survives_being_written_down():
    assert estimating.speed(SPEED.as_json) == SPEED


def test_two_samples_part_what_a_batch_costs_from_what_an_answer_costs():
    """5 calls of 20 tokens in all, and 8 of 200: half a second a call, and a hundredth a token."""
    call, row = speeds.solved((5 * 0.5 + 20 * 0.01, 5, 20), (8 * 0.5 + 200 * 0.01, 8, 200))
    assert (call, row) == pytest.approx((0.5, 0.01))


def test_samples_that_noise_has_turned_round_give_no_cost_below_nothing():
    assert speeds.solved((1.0, 5, 20), (0.9, 8, 200)) == pytest.approx((0.0, 0.9 / 200))
    assert speeds.solved((1.0, 5, 20), (9.0, 8, 21)) == pytest.approx((9.0 / 8, 0.0))
