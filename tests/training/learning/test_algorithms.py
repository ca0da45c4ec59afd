"""What tells the algorithms apart: how an advantage is taken, and how far a sample of answers is gone."""

import pytest
import torch

from rewardmodels.learning.settings import SettingError
from tests.training.learning.small import commission
from tests.training.learning.test_running import Told, same, weights
from training.learning import advantages, losses, running
from training.learning.observing import RunObserver
from training.learning.pushing import Run
from training.learning.settings import algorithms

ALL = torch.ones(4, dtype=torch.bool)


def test_reinforce_compares_with_all_others_of_the_step():
    found = advantages.by_step(torch.tensor([1.0, 2.0, 3.0, 10.0]), ALL, 2)
    assert found.tolist() == pytest.approx([1 - 5, 2 - 14 / 3, 3 - 13 / 3, 10 - 2])


def test_grpo_counts_in_deviations_of_the_group():
    found = advantages.by_group_deviation(torch.tensor([1.0, 3.0, 50.0, 50.0]), ALL, 2)
    assert found.tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5, 0.0, 0.0])


def test_a_constant_that_is_added_changes_no_advantage():
    values = torch.tensor([0.3, 0.1, 0.7, 0.2])
    for by in advantages.BASELINES.values():
        assert torch.allclose(by(values, ALL, 2), by(values + 5.0, ALL, 2), atol=1e-5)


def test_a_ratio_counts_within_its_clip_only():
    before = torch.zeros(4)
    log_probs = torch.tensor([1.5, 1.5, 0.5, 0.5]).log().requires_grad_()
    losses.clipped(log_probs, before, torch.tensor([1.0, -1.0, 1.0, -1.0]), torch.ones(4), 0.2).backward()
    assert log_probs.grad.tolist() == pytest.approx([0.0, 1.5, -0.5, 0.0])  # two went too far in the wished way already


@pytest.mark.parametrize("name", algorithms.ALGORITHMS)
def test_every_algorithm_raises_what_is_rewarded(tmp_path, name):
    told = Told()
    running.run(commission(tmp_path, algorithm=name, steps=12, samples=8, keep_every=100), told.observer)
    seen = told.values("reward/a")
    assert sum(seen[-4:]) > sum(seen[:4]) + 0.8


@pytest.mark.parametrize("length", ["answer", "longest"])
def test_passes_of_any_size_have_the_same_grpo_gradient(tmp_path, length):
    found = []
    for tokens in (100_000, 64):
        run = Run(
            commission(tmp_path / str(tokens), algorithm="grpo", length=length, pass_tokens=tokens), RunObserver()
        )
        run.one_step()
        found.append([one.grad for one in run.policy.learned.values()])
    for one, two in zip(*found, strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_minibatches_go_over_every_group_once(tmp_path):
    run = Run(commission(tmp_path, algorithm="grpo", epochs=2, minibatches=2), RunObserver())
    for epoch in range(2):
        parts = run.learner.minibatches(0, epoch, 3)
        assert len(parts) == 2
        assert sorted(group for part in parts for group in part) == [0, 1, 2]
    rollout = run.sample()
    whole = torch.cat([rollout.log_probs[rollout.tokens([group])] for group in range(3)])
    assert torch.equal(whole, rollout.log_probs)
    assert rollout.at([2, 0]).log_probs.tolist() == rollout.log_probs[rollout.tokens([2, 0])].tolist()


def test_several_epochs_resume_to_the_same_weights(tmp_path):
    settings = {"algorithm": "grpo", "epochs": 2, "minibatches": 2, "steps": 4, "keep_every": 100}
    running.run(commission(tmp_path / "whole", **settings))
    with pytest.raises(KeyboardInterrupt):
        running.run(commission(tmp_path / "parts", **settings), Told(stop_at=3).observer)
    running.run(commission(tmp_path / "parts", **settings))
    same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


def test_one_answer_a_step_cannot_be_compared():
    with pytest.raises(SettingError, match="more prompts"):
        algorithms.read("reinforce", {"prompts": 1, "samples": 1})
    with pytest.raises(SettingError, match="as many parts"):
        algorithms.read("grpo", {"prompts": 2, "minibatches": 3})
