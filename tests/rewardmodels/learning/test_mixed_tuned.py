"""Amounts, verdicts and everything at once with a backbone that learns: the same likelihoods, folders and promises."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification

from rewardmodels.learning import folder, joint, making, mixed, passes, reading, scoring, tuned
from rewardmodels.learning.joint import Lesson
from rewardmodels.learning.likelihoods import mixing
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.settings.kinds import Binary, Cardinal, Joint
from tests.rewardmodels.learning.test_finetuning import ROOT
from tests.rewardmodels.learning.test_mixed import (
    BAD,
    GOOD,
    amounts,
    commission,
    learn,
    made_of,
    pairs,
    rankings,
    ratings,
    scores,
    verdicts,
)
from tests.rewardmodels.learning.tuning import gradients

QUICK = {"rank": 2, "backbone_learning_rate": 3e-3, "epochs": 2, "batch_size": 16, "pass_tokens": 400}
STIFF = {**QUICK, "weight_decay": 30.0}  # a head so timid that something is left for the backbone to learn


def everything():
    return [*amounts(20), *verdicts(20), *pairs(20), *rankings(10), *ratings(10)]


def pairs_and_verdicts():
    return [*pairs(40), *verdicts(40)]


def theirs(model, texts, number=1):
    """What transformers computes of each text alone, by the ids that we would read."""
    own = folder.read_own(model[0])
    renderer = scoring.renderer_of(model[1], own)
    prompt = ({"role": "user", "content": f"hello {number}"},)
    ids = [renderer.render(prompt, text).ids for text in texts]
    with torch.no_grad():
        logits = [model[2].eval()(input_ids=torch.tensor([one])).logits[0, 0] for one in ids]
    return [float(logit) + own["offset"] for logit in logits]


@pytest.mark.parametrize(
    ("kind", "mode", "rows", "options"),
    [
        (Cardinal, "full", amounts, {"backbone_learning_rate": 5e-4, "epochs": 4}),
        (Binary, "lora", verdicts, {"zero": "boundary"}),
        (Joint, "lora", pairs_and_verdicts, {}),
    ],
)
def test_t7_a_backbone_learned_from_any_kind_opens_in_transformers(kind, mode, rows, options, encoder, tmp_path):
    made = learn(rows(), made_of(kind, mode=mode, **{**STIFF, **options}), encoder, tmp_path)
    model, info = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not info["missing_keys"] | info["unexpected_keys"] | info["mismatched_keys"]
    texts = [f"{GOOD} 1", f"{BAD} 1"]
    found = scores(tmp_path, texts)
    assert found[0] > found[1]
    assert theirs((tmp_path / "model", encoder, model), texts) == pytest.approx(found, abs=1e-5)
    own = folder.read_own(tmp_path / "model")
    assert own["backbone"]["fingerprint"] != encoder.fingerprint == own["tuning"]["base"]
    assert made.details["tuning"]["best_loss"] < made.details["tuning"]["first_loss"]
    assert made.unit.startswith("EUR" if kind is Cardinal else "logit")
    if "zero" not in options:
        assert made.details["reference"]["mean"] == pytest.approx(0, abs=1e-4)
    if mode == "lora":  # T8, in the unit of the reward
        assert 0 <= made.details["tuning"]["merge_difference"] < 1e-4
        base = AutoModelForSequenceClassification.from_pretrained(encoder.folder, num_labels=1)
        adapted = PeftModel.from_pretrained(base, tmp_path / "model" / folder.ADAPTER)
        assert theirs((tmp_path / "model", encoder, adapted), texts) == pytest.approx(found, abs=1e-4)
        assert "adapters of rank 2" in (tmp_path / "model" / "README.md").read_text()


def subject_of(encoder, tmp_path, **settings):
    """A lesson in everything, and passes through a copy of the encoder that can learn."""
    own = made_of(Joint, mode="full", **{**QUICK, **settings})
    evidence = reading.read(everything(), own.evidence)
    subject = mixed.subject_of(evidence, own)
    found = mixed.scalar.read(evidence, encoder, commission(tmp_path, own), Observer())
    lesson = Lesson(found.states, subject.bag("train"), subject.recipe, encoder.family, 3)
    copied = replace(encoder, model=type(encoder.model)(encoder.model.config).eval())
    copied.model.load_state_dict(encoder.model.state_dict())
    tuned.prepare(copied.model, own, 3)
    return own, lesson, Passes(copied, found.texts, own.pass_tokens)


def test_t9_parts_of_a_mixture_leave_the_gradient_of_the_whole_batch(encoder, tmp_path):
    _, lesson, through = subject_of(encoder, tmp_path)
    batch = lesson.bag.at(torch.arange(0, len(lesson.bag), 4))
    found = {}
    for tokens in (10_000, 60):
        posterior = joint.start(lesson, lesson.bag, 3.0)
        with torch.no_grad():
            posterior.head.out.weight.normal_(generator=torch.Generator().manual_seed(1))
        own = replace(through, tokens=tokens)
        own.backbone.model.zero_grad()
        assert (len(passes.parts(batch, own)) > 1) == (tokens == 60)
        found[tokens] = (passes.accumulate(posterior, own, batch), gradients(posterior, own))
    assert found[60][0] == pytest.approx(found[10_000][0], rel=1e-5)
    for name, gradient in found[10_000][1].items():
        assert (found[60][1][name] - gradient).abs().max() <= 1e-4 * max(float(gradient.abs().max()), 0.1), name


def test_thresholds_and_sides_go_on_with_the_backbone_and_slopes_and_scales_stand_within_an_epoch(
    encoder, tmp_path, monkeypatch
):
    settings, lesson, through = subject_of(encoder, tmp_path, weight_decay=30.0)
    scales = mixing.build(lesson.bag, lesson.recipe)
    with torch.no_grad():
        for number, each in enumerate(scales.scales()):
            each.add_(0.01 * number)
    monkeypatch.setattr(joint, "cross_fitted", lambda *_: scales)
    start = {name: each.detach().clone() for name, each in scales.named_parameters()}
    fitted, trail = joint.tune(settings, lesson, through)
    assert trail.best_loss < trail.first_loss
    kept = {id(each) for each in fitted.likelihood.scales()}
    moved, held = set(), set()
    for name, each in fitted.likelihood.named_parameters():
        if id(each) in kept:
            held.add(name)
        if not torch.equal(each.detach(), start[name]):
            moved.add(name)
    assert held
    assert not held & moved
    assert any("verdicts" in name for name in moved)
    assert any("pairs" in name for name in moved)


RUN = """
import os, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from lm import backbones
from lm.names import Sources
from rewardmodels.learning import making, reading
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.kinds import Cardinal
from tests.rewardmodels.learning.test_mixed import amounts, commission, made_of
from tests.rewardmodels.learning.test_mixed_tuned import STIFF

folder, place = sys.argv[1:]
settings = made_of(Cardinal, mode="full", **STIFF)

def report(step, values):
    if step == 4:
        os.kill(os.getpid(), 9)

observer = Observer(report=report, checkpoint=Path(place) / "fit.safetensors")
backbone = backbones.load(folder, Sources(roots=("/",)))
making.make(reading.read(amounts(), settings.evidence), backbone, commission(Path(place), settings), observer)
"""


def test_killed_while_a_backbone_learns_from_amounts_it_resumes_to_equal_bytes(encoder, tmp_path):
    killed = subprocess.run(
        [sys.executable, "-c", RUN, str(encoder.folder), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = []
    settings = made_of(Cardinal, mode="full", **STIFF)
    observer = Observer(checkpoint=tmp_path / "fit.safetensors", resumed=resumed.append)
    second = making.make(reading.read(amounts(), settings.evidence), encoder, commission(tmp_path, settings), observer)
    whole = learn(amounts(), settings, encoder, tmp_path, name="whole")
    assert resumed
    assert 0 < resumed[0] < 4
    assert second.sha256 == whole.sha256
