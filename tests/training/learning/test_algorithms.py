"""What tells the algorithms apart: how an advantage is taken, and how far a sample of answers is gone."""

import pytest
import torch

from rewardmodels.learning.settings.fields import SettingError
from tests.training.learning.small import commission
from tests.training.learning.test_running import Told, same, weights
from training.learning import advantages, critics, losses, passes, rewards, running, signals
from training.learning.observing import RunObserver
from training.learning.pushing import Run
from training.learning.settings import algorithms
from training.learning.settings.online import Ppo

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


@pytest.mark.parametrize("name", ["grpo", "ppo"])
def test_several_epochs_resume_to_the_same_weights(tmp_path, name):
    """The critic and its optimiser too, with a head for each bound."""
    held = [{"name": "a", "weight": 1.0}, {"name": "b", "bounds": [{"role": "at_most", "threshold": 0.5}]}]
    settings = {"algorithm": name, "epochs": 2, "minibatches": 2, "steps": 4, "keep_every": 100}
    kl = {"role": "at_most", "target": 2.0}
    running.run(commission(tmp_path / "whole", held, kl, **settings))
    with pytest.raises(KeyboardInterrupt):
        running.run(commission(tmp_path / "parts", held, kl, **settings), Told(stop_at=3).observer)
    running.run(commission(tmp_path / "parts", held, kl, **settings))
    same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


LENGTHS = torch.tensor([3, 1])
REWARDS = torch.tensor([[0.0], [0.0], [6.0], [2.0]])
VALUES = torch.tensor([[1.0], [2.0], [3.0], [5.0]])


@pytest.mark.parametrize(
    ("discount", "trace", "expected"),
    [
        (1.0, 1.0, [5.0, 4.0, 3.0, -3.0]),  # all that came, less what was expected
        (1.0, 0.0, [1.0, 1.0, 3.0, -3.0]),  # one step, then the critic
        (0.5, 1.0, [0.5, 1.0, 3.0, -3.0]),
    ],
)
def test_generalised_advantages_by_hand(discount, trace, expected):
    found = critics.generalised(REWARDS, VALUES, LENGTHS, discount, trace)
    assert found[:, 0].tolist() == pytest.approx(expected)


def test_what_follows_the_end_is_worth_nothing():
    """Neither the next answer's value nor what pads this one reaches into it (T5)."""
    alone = critics.generalised(REWARDS[3:], VALUES[3:], torch.tensor([1]), 1.0, 0.95)
    assert torch.equal(critics.generalised(REWARDS, VALUES, LENGTHS, 1.0, 0.95)[3:], alone)


def test_the_critic_learns_what_comes(policy):
    critic = critics.Critic(2, 2, Ppo(critic_epochs=300, critic_rate=0.02), 0, torch.device("cpu"))
    states = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    rewards = torch.tensor([[1.0, 0.0], [2.0, -1.0], [1.0, 0.0], [2.0, -1.0]])
    lengths, counts = torch.tensor([2, 2]), torch.ones(4, dtype=torch.bool)
    for _ in range(3):
        found = critic.advantages(states, torch.arange(4), rewards, lengths, counts)
    assert critic.net(states).detach()[:2].flatten().tolist() == pytest.approx([3.0, -1.0, 2.0, -1.0], abs=0.05)
    assert found.shape == (4, 2)


def test_each_stream_is_scaled_by_itself():
    table = torch.tensor([[1.0, 100.0, 5.0], [3.0, 500.0, 5.0], [77.0, 0.0, 5.0]])
    found = critics.scaled(table, torch.tensor([True, True, False]))
    assert found[:2].tolist() == [[-1.0, -1.0, 0.0], [1.0, 1.0, 0.0]]


def test_streams_add_up_to_the_objective_and_the_signed_bounds(tmp_path):
    held = [{"name": "a", "weight": 2.0}, {"name": "b", "bounds": [{"role": "at_most", "threshold": 0.5}]}]
    run = Run(commission(tmp_path, held, {"role": "at_most", "target": 2.0}, algorithm="ppo"), RunObserver())
    run.one_step()
    rollout = run.sample()
    read = passes.read(run.policy, rollout, 1_000)
    scored = rewards.of_rollout(run.commission.rewards, rollout, 1_000)
    beside = run.references.of(run.asked(), run.commission, run.policy, 1_000)
    found = signals.of_step(run.commission.plan, run.settings, 0.0, signals.Seen(rollout, read.said, scored, beside))
    sums = torch.stack([passes.by_answer(one, rollout.lengths) for one in signals.streams(found, run.held, rollout).T])
    assert torch.allclose(sums[0], found.objective)
    assert torch.allclose(sums[1], -found.values["b"])
    assert torch.allclose(sums[2], -found.values["kl"])


def test_one_answer_a_step_cannot_be_compared():
    with pytest.raises(SettingError, match="more prompts"):
        algorithms.read("reinforce", {"prompts": 1, "samples": 1})
    with pytest.raises(SettingError, match="as many parts"):
        algorithms.read("grpo", {"prompts": 2, "minibatches": 3})
