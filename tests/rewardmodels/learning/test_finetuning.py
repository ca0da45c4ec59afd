"""Learning a backbone: T9 through passes, early stopping, kill and resume, what may go wrong."""

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from lm import encoding, hashing
from rewardmodels.learning import finetuning, passes
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.observing import Observer
from tests.rewardmodels.learning.tuning import PLAN, gradients, lesson_of, made, pairs_of
from tests.rewardmodels.learning.worlds import columns

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["encoder", "decoder"])
def backbone(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("mode", ["full", "lora"])
@pytest.mark.parametrize("tokens", [1, 40, 100])
def test_t9_parts_of_any_size_leave_the_gradient_of_the_whole_batch(backbone, mode, tokens):
    batch = pairs_of().at(slice(0, 7))  # of seven, every way of parting is uneven
    posterior, whole = made(backbone, mode, tokens=10_000)
    loss = passes.accumulate(posterior, whole, batch)
    expected = gradients(posterior, whole)
    posterior, parted = made(backbone, mode, tokens=tokens)
    assert len(passes.parts(batch, parted)) > 1
    assert passes.accumulate(posterior, parted, batch) == pytest.approx(loss, rel=1e-6)
    found = gradients(posterior, parted)
    assert set(found) == set(expected)
    for name, gradient in expected.items():
        assert (found[name] - gradient).abs().max() <= 1e-5 * max(float(gradient.abs().max()), 0.01), name


def test_parts_hold_whole_judgments_and_every_one_once(encoder):
    _, through = made(encoder, tokens=40)
    batch = pairs_of().at(slice(0, 30))
    parts = passes.parts(batch, through)
    assert sorted(pair for part in parts for pair in part.first.tolist()) == sorted(batch.first.tolist())
    assert all(passes.tokens_of(part, through.texts) <= 40 for part in parts if len(part) > 1)


def test_an_answer_that_is_judged_twice_is_read_once(encoder):
    _, through = made(encoder)
    twice = columns([0, 0, 2], [1, 1, 3], [1, -1, 1])
    assert passes.candidates(twice).tolist() == [0, 1, 2, 3]
    alone = passes.tokens_of(columns([0], [1], [1]), through.texts)
    assert passes.tokens_of(columns([0, 0], [1, 1], [1, -1]), through.texts) == alone


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_what_a_random_head_cannot_tell_is_learned_and_the_best_weights_are_kept(backbone, mode):
    posterior, through = made(backbone, mode)
    lesson = lesson_of(through)
    measured = []
    trail = finetuning.tune(posterior, lesson, PLAN, Observer(report=lambda step, values: measured.append(values)))
    looks = [values["held_out_loss"] for values in measured if "held_out_loss" in values]
    assert trail.steps == 3 * 8
    assert len(looks) == 3 * finetuning.LOOKS
    assert trail.best_loss == min(looks) < 0.9 * trail.first_loss
    assert passes.mean_loss(posterior, through, lesson.held_out) == pytest.approx(trail.best_loss, rel=1e-6)


def test_lora_learns_adapters_alone(backbone):
    posterior, through = made(backbone, "lora")
    learned = [name for name, each in through.backbone.model.named_parameters() if each.requires_grad]
    assert learned
    assert all("lora_" in name for name in learned)
    before = hashing.tensors_sha256(backbone.model.state_dict())
    finetuning.tune(posterior, lesson_of(through), replace(PLAN, epochs=1))
    assert hashing.tensors_sha256(backbone.model.state_dict()) == before  # the one that was given stays as it is


def test_it_stops_when_the_held_out_loss_falls_no_more(encoder):
    posterior, through = made(encoder)
    against = lesson_of(through)
    against = replace(against, held_out=replace(against.held_out, outcome=-against.held_out.outcome))
    trail = finetuning.tune(posterior, against, replace(PLAN, epochs=50, patience=2))
    assert trail.steps <= 3 * 8
    assert passes.mean_loss(posterior, through, against.held_out) == pytest.approx(trail.best_loss, rel=1e-6)


def test_layers_computed_again_end_in_the_same_weights(backbone):
    ends = []
    for recompute in (False, True):
        posterior, through = made(backbone, recompute=recompute)
        finetuning.tune(posterior, lesson_of(through), replace(PLAN, epochs=1))
        ends.append(nn.utils.parameters_to_vector(through.backbone.model.parameters()))
    assert (ends[0] - ends[1]).abs().max() < 1e-5


def test_looks_are_spread_over_an_epoch_and_the_rates_rise_and_fall():
    assert finetuning.looks(8) == {2, 4, 6, 8}
    assert finetuning.looks(3) == {1, 2, 3}
    assert finetuning.looks(1) == {1}
    assert [finetuning.swell(step, 10, 0.2) for step in (0, 1, 2, 6, 9)] == [0.5, 1.0, 1.0, 0.5, 0.125]
    assert finetuning.swell(0, 1, 0.0) == 1.0


def test_too_little_memory_is_said_with_what_may_help(encoder, monkeypatch):
    def starved(*_args, **_options):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")

    posterior, through = made(encoder)
    monkeypatch.setattr(encoding, "states", starved)
    with pytest.raises(Unlearnable, match="passes of 64 tokens"):
        finetuning.tune(posterior, lesson_of(through), PLAN)


def test_any_other_fault_is_not_taken_for_one_of_memory(encoder, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("shapes do not fit")

    posterior, through = made(encoder)
    monkeypatch.setattr(encoding, "states", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        finetuning.tune(posterior, lesson_of(through), PLAN)


def test_a_loss_that_is_no_number_is_a_sentence(encoder):
    posterior, through = made(encoder)
    with torch.no_grad():
        through.backbone.model.embeddings.word_embeddings.weight[50] = float("nan")
    with pytest.raises(Unlearnable, match="no longer a number"):
        finetuning.tune(posterior, lesson_of(through), PLAN)


def test_a_wish_to_stop_is_heard_within_a_step(encoder):
    heard = []

    def phase(name, share):
        heard.append(share)
        if len(heard) == 12:
            raise Stopped

    posterior, through = made(encoder, tokens=40)
    with pytest.raises(Stopped):
        finetuning.tune(posterior, lesson_of(through), PLAN, Observer(phase=phase))


RUN = """
import os, sys
import torch
torch.set_num_threads(1)
from pathlib import Path
from lm import backbones
from lm.names import Sources
from rewardmodels.learning import finetuning
from rewardmodels.learning.observing import Observer
from tests.rewardmodels.learning.tuning import PLAN, lesson_of, made

folder, checkpoint, mode, deadly = sys.argv[1:]
backbone = backbones.load(folder, Sources(roots=("/",)))
posterior, through = made(backbone, mode)

def report(step, values):
    if step == int(deadly) and "loss" in values:
        os.kill(os.getpid(), 9)

finetuning.tune(posterior, lesson_of(through), PLAN, Observer(report=report, checkpoint=Path(checkpoint)))
"""


def run_apart(backbone, checkpoint, mode, deadly):
    """A process of its own that learns, and kills itself with signal 9 at a step."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    return subprocess.run(
        [sys.executable, "-c", RUN, str(backbone.folder), str(checkpoint), mode, str(deadly)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


def test_killed_at_a_random_step_it_resumes_to_equal_weights(encoder, tmp_path):
    posterior, through = made(encoder)
    finetuning.tune(posterior, lesson_of(through), PLAN)
    deadly = 3 + int(hashlib.sha256(str(tmp_path).encode()).hexdigest(), 16) % 20
    killed = run_apart(encoder, tmp_path / "fit.safetensors", "full", deadly)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    expected = hashing.tensors_sha256({**posterior.state_dict(), **through.backbone.model.state_dict()})
    again, through = made(encoder)
    begun_at = []
    observer = Observer(checkpoint=tmp_path / "fit.safetensors", resumed=begun_at.append)
    finetuning.tune(again, lesson_of(through), PLAN, observer)
    assert 0 < begun_at[0] < deadly
    assert hashing.tensors_sha256({**again.state_dict(), **through.backbone.model.state_dict()}) == expected


class Stopped(Exception):
    pass


@pytest.mark.parametrize("step", [2, 11, 17])
def test_adapters_go_on_from_a_checkpoint_to_equal_weights(decoder, tmp_path, step):
    def run(observer):
        posterior, through = made(decoder, "lora")
        finetuning.tune(posterior, lesson_of(through), PLAN, observer)
        return hashing.tensors_sha256({**posterior.state_dict(), **through.backbone.model.state_dict()})

    def stop(now, values):
        if now == step and "loss" in values:
            raise Stopped

    resumed = []
    with pytest.raises(Stopped):
        run(Observer(report=stop, checkpoint=tmp_path / "fit.safetensors"))
    observer = Observer(checkpoint=tmp_path / "fit.safetensors", resumed=resumed.append)
    assert run(observer) == run(Observer())
    assert resumed
