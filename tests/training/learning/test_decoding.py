"""Answers follow from the model and their own random numbers, whatever else is in the batch."""

import pytest
import torch
from transformers import LogitsProcessor

from lm import batching
from tests.training.learning.small import PROMPTS, WORDS
from training.learning import decoding, passes, rollouts


class Chosen(LogitsProcessor):
    """Lets transformers' own `generate` take the tokens that our numbers choose."""

    def __init__(self, numbers, begin):
        self.numbers, self.begin = numbers, begin

    def __call__(self, ids, scores):
        token = decoding.choose(torch.log_softmax(scores.float(), -1), self.numbers[:, ids.shape[1] - self.begin])
        return torch.full_like(scores, -torch.inf).scatter(1, token.unsqueeze(1), 0.0)


def drawn(count, tokens=6, seed=0):
    return torch.stack([rollouts.numbers(tokens, seed, one) for one in range(count)])


def write(policy, prompts, numbers):
    return decoding.write(policy.model, prompts, numbers, ends=policy.ends, pad=policy.pad)


def test_a_number_falls_into_its_tokens_part():
    log = torch.tensor([[0.5, 0.0, 0.25, 0.25]]).log()
    numbers = [0.0, 0.4999, 0.5001, 0.7499, 0.7501, 0.999999]
    found = [int(decoding.choose(log, torch.tensor([one], dtype=torch.float64))) for one in numbers]
    assert found == [0, 0, 2, 2, 3, 3]  # never token 1, which has no chance


def test_tokens_come_as_often_as_they_are_likely():
    chance = torch.tensor([0.1, 0.2, 0.3, 0.4])
    numbers = rollouts.numbers(20_000, 0, "frequencies")
    found = torch.bincount(decoding.choose(chance.log().expand(len(numbers), -1), numbers), minlength=4) / len(numbers)
    assert torch.allclose(found, chance, atol=0.012)  # four standard errors


def test_transformers_generates_the_same(policy):
    prompts = [policy.prompt(one) for one in PROMPTS]
    numbers = drawn(12)
    batch = batching.pad([prompt for prompt in prompts for _ in range(3)], policy.pad, "left")
    found = policy.model.generate(
        input_ids=batch.ids,
        attention_mask=batch.mask.long(),
        max_new_tokens=6,
        do_sample=False,
        logits_processor=[Chosen(numbers, batch.ids.shape[1])],
    )[:, batch.ids.shape[1] :]
    for answer, row in zip(write(policy, prompts, numbers), found.tolist(), strict=True):
        assert list(answer.ids) == row[: len(answer.ids)]
        assert answer.is_finished == (answer.ids[-1] == 1)
        assert answer.is_finished or len(answer.ids) == 6


def test_neighbours_change_nothing(policy):
    prompts = [policy.prompt(one) for one in PROMPTS]
    numbers = drawn(8)
    together = write(policy, prompts, numbers)
    for place, answer in enumerate(together):
        alone = write(policy, [prompts[place // 2]], numbers[place : place + 1])[0]
        assert alone.ids == answer.ids
        assert alone.log_probs == pytest.approx(answer.log_probs, abs=1e-5)


def test_the_trainer_reads_what_the_sampler_said(policy):
    rollout = rollouts.sample(policy, PROMPTS, drawn(16), 10_000)
    for budget in (10_000, 40):
        read = passes.read(policy, rollout, budget)
        assert torch.allclose(read.said.log_probs, rollout.log_probs, atol=1e-5)
        assert (read.graph is None) == (budget == 40)
    assert float(read.said.kl.abs().max()) < 1e-6  # the reference is the policy (T14)


def test_an_empty_answer_is_its_end_alone(policy):
    only_end = torch.full((len(WORDS),), -100.0).scatter(0, torch.tensor(1), 0.0)
    policy.model.lm_head.register_forward_hook(lambda head, given, said: only_end.expand_as(said))
    rollout = rollouts.sample(policy, PROMPTS[:1], drawn(2), 1_000)
    assert [answer.ids for answer in rollout.answers] == [(1,), (1,)]
    assert rollout.is_empty.all()
    assert not rollout.is_truncated.any()


def test_every_prompt_comes_before_any_comes_again():
    found = [one for step in range(6) for one in rollouts.order(3, 4, step, 2)]
    assert sorted(found[:4]) == sorted(found[4:8]) == sorted(found[8:]) == [0, 1, 2, 3]
    assert rollouts.order(3, 4, 5, 2) == rollouts.order(3, 4, 5, 2)
    assert sorted(rollouts.order(0, 1, 7, 3)) == [0, 0, 0]  # a prompt set of one
