"""Two processes do what one does: the same answers, gradients and runs, from shares of the weights (FSDP2)."""

import json

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from rewardmodels.learning import checkpoints as files
from tests.training.learning import several, shares
from tests.training.learning.small import save_policy
from training.learning import checkpoints, processes, pushing
from training.learning.commissions import Unrunnable
from training.learning.observing import NOBODY


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    save_policy(folder / "policy")
    shares.of_a_run(folder, "ppo", "gone-on", 2)  # by one process; two go on from there
    several.run(["tests.training.learning.shares", str(folder)])
    return folder


@pytest.fixture(scope="module")
def two(root):
    return json.loads((root / "2.json").read_text())


def same(one, other, path=""):
    """Equal within 1e-5, but for times and memory."""
    if isinstance(one, dict):
        names = {name for name in one if not name.startswith(("seconds/", "memory/"))}
        assert names == {name for name in other if not name.startswith(("seconds/", "memory/"))}, path
        for name in names:
            same(one[name], other[name], f"{path}/{name}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for place, (first, second) in enumerate(zip(one, other, strict=True)):
            same(first, second, f"{path}/{place}")
    else:
        assert one == pytest.approx(other, rel=1e-5, abs=1e-5), path


@pytest.mark.parametrize("case", shares.CASES)
def test_two_processes_take_the_step_that_one_takes(root, two, case):
    """Answers, figures, gradient, weights, critic, multipliers: what couples a batch is of the whole of it."""
    alone = shares.of_one_step(root, case)
    same(alone, two["steps"][case])
    assert any(any(torch.tensor(one).flatten() != 0) for one in alone["gradients"].values())


def test_each_process_holds_its_share_of_the_weights(two):
    assert len(two["shares"]) == 2
    assert sum(two["shares"]) == pytest.approx(1.0)
    assert max(two["shares"]) < 0.6


@pytest.mark.parametrize("case", shares.RUNS)
def test_a_run_of_two_processes_measures_what_one_does(root, two, case):
    same(shares.of_a_run(root, case, "", 4), two["runs"][case])


def test_two_processes_go_on_where_one_was_and_one_where_they_were(root, two):
    assert set(two["gone on"]) == {"3", "4"}
    whole = shares.of_a_run(root, "ppo", "whole", 6)
    more = shares.of_a_run(root, "ppo", "gone-on", 6)
    assert set(more) == {"5", "6"}
    same({step: whole[step] for step in ("3", "4", "5", "6")}, two["gone on"] | more)
    states = [files.load(root / name / "run" / checkpoints.STATE) for name in ("whole", "gone-on")]
    assert states[0].tensors.keys() == states[1].tensors.keys()
    for name, tensor in states[0].tensors.items():
        assert torch.allclose(tensor, states[1].tensors[name], atol=1e-5), name


def test_what_two_processes_keep_opens_as_what_one_keeps(root):
    whole = AutoModelForCausalLM.from_pretrained(root / "ppo-2" / "run" / "checkpoints" / "4")
    state = files.load(root / "ppo-2" / "run" / checkpoints.STATE)
    for name, one in whole.state_dict().items():
        assert torch.equal(one, state.tensors[f"weights.{name}"]), name
    base = AutoModelForCausalLM.from_pretrained(root / "policy")
    adapted = PeftModel.from_pretrained(base, root / "lora-2" / "run" / "checkpoints" / "4")
    state = files.load(root / "lora-2" / "run" / checkpoints.STATE)
    learned = {name: one for name, one in adapted.named_parameters() if "lora_" in name}
    assert len(learned) == sum(name.startswith("weights.") for name in state.tensors)
    for name, one in learned.items():
        assert torch.equal(one, state.tensors[f"weights.{name.removeprefix('base_model.model.')}"]), name


def test_more_processes_than_prompts_are_refused(root, monkeypatch):
    monkeypatch.setattr(processes, "count", lambda: 4)
    with pytest.raises(Unrunnable, match="3 prompts cannot be shared by 4 processes"):
        pushing.Run(shares.made(root, "rloo", "refused"), NOBODY)


def test_shares_follow_one_another_and_leave_nothing_out(monkeypatch):
    monkeypatch.setattr(processes, "count", lambda: 3)
    found = []
    for number in range(3):
        monkeypatch.setattr(processes, "number", lambda number=number: number)
        found.append(list(processes.share(8)))
    assert [one for part in found for one in part] == list(range(8))
    assert {len(part) for part in found} == {2, 3}
