"""bf16 inside the layers: weights, probabilities and gradients stay in fp32, and sampler and trainer agree."""

import pytest
import torch

from lm import causal
from tests.training.learning.small import PROMPTS, commission
from training.learning import passes, policies, rollouts, running
from training.learning.commissions import Unrunnable
from training.learning.observing import RunObserver
from training.learning.pushing import Run
from training.learning.settings import algorithms


@pytest.fixture
def halves(monkeypatch):
    """A CPU computes in them too, only not faster."""
    monkeypatch.setattr(policies, "has_halves", lambda causal: True)


def prepared(folder, precision, mode):
    given = {"max_new_tokens": 6, "max_prompt": 16, "precision": precision, "mode": mode}
    return policies.prepare(causal.open_folder(folder, "small"), algorithms.read("rloo", given), 0)


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_what_is_read_in_halves_is_near_and_in_full_precision(small_folder, halves, mode):
    drawn = torch.stack([rollouts.numbers(6, 0, 0, place, one) for place in range(4) for one in range(3)])
    rollout = rollouts.sample(prepared(small_folder, "fp32", mode), PROMPTS, drawn, 1_000)
    exact, near = (passes.read(prepared(small_folder, one, mode), rollout, 1_000) for one in ("fp32", "bf16"))
    for one, other in zip(exact.said, near.said, strict=True):
        assert other.dtype == torch.float32
        assert torch.allclose(one, other, atol=0.03)
    assert not torch.equal(exact.said.log_probs, near.said.log_probs)  # it was another precision
    assert float(near.said.kl.abs().max()) == 0.0  # the reference is read in the same one


@pytest.mark.parametrize("shared", [True, False])
def test_sampler_and_trainer_agree_in_halves(small_folder, halves, monkeypatch, shared):
    if not shared:
        monkeypatch.setattr("lm.sharing.is_sharable", lambda model: False)
    policy = prepared(small_folder, "bf16", "full")
    drawn = torch.stack([rollouts.numbers(6, 0, 0, place, one) for place in range(4) for one in range(8)])
    rollout = rollouts.sample(policy, PROMPTS, drawn, 1_000)
    read = passes.read(policy, rollout, 1_000)
    assert float((read.said.log_probs - rollout.log_probs).expm1().abs().mean()) < 0.01


def test_the_gradient_is_near_and_the_weights_are_whole(tmp_path, halves):
    found = []
    for precision in ("fp32", "bf16"):
        run = Run(commission(tmp_path / precision, precision=precision, pass_tokens=64, recompute=True), RunObserver())
        run.one_step()
        assert {one.dtype for one in run.policy.learned.values()} == {torch.float32}
        found.append(torch.cat([one.grad.flatten() for one in run.policy.learned.values()]))
    assert found[1].dtype == torch.float32
    assert float(torch.cosine_similarity(*found, dim=0)) > 0.99
    assert not torch.equal(*found)


def test_a_run_in_halves_learns_what_is_rewarded(tmp_path, halves):
    told = []
    observer = RunObserver(report=lambda step, values: told.append(values.get("reward/a")))
    running.run(commission(tmp_path, steps=12, samples=8, keep_every=100, precision="bf16"), observer)
    assert sum(told[-4:]) > sum(told[:4]) + 2.0


def test_halves_are_refused_where_nothing_computes_in_them(tmp_path):
    with pytest.raises(Unrunnable, match="bf16 needs a CUDA device"):
        running.run(commission(tmp_path, precision="bf16"))
