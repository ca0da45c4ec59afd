"""What a fit costs, estimated: by hand, at limits, and against a measured machine."""

import subprocess
import sys

import pytest

from rewardmodels.learning import estimating, measuring
from rewardmodels.learning.estimating import BackboneFacts, Counts, Speed
from rewardmodels.learning.settings import BradleyTerry
from tests.rewardmodels.learning.test_making import ROOT

TINY = BackboneFacts(layers=2, width=10, inner=40, embeddings=1_000)
COUNTS = Counts(judgments=1_000, candidates=2_000, tokens=50.0)
SPEED = Speed(reading=1e6, learning=1e6)


def seconds(**settings):
    return estimating.estimate(BradleyTerry(**settings), COUNTS, TINY, SPEED).seconds


def most(**settings):
    return estimating.estimate(BradleyTerry(**settings), COUNTS, TINY, SPEED).bytes


def test_reading_a_frozen_backbone_by_hand():
    # a layer has 4 · 100 + 2 · 400 = 1,200 weights; a token costs 2 · 2 · (1,200 + 10 · 50) = 6,800 operations
    assert seconds() == pytest.approx(2_000 * 50 * 6_800 / 1e6 + 3.3, abs=0.01)


def test_one_epoch_of_all_weights_by_hand():
    epoch = 2 * 1_000 * 50 * 6_800 / 1e6
    more = seconds(mode="full", epochs=2) - seconds(mode="full", epochs=1)
    assert more == pytest.approx(0.9 * 3 * epoch + 0.4 * epoch)


def test_adapters_spare_a_third_and_computing_again_costs_one():
    whole = seconds(mode="full", epochs=10)
    assert seconds(mode="lora", epochs=10) < whole < seconds(mode="full", epochs=10, recompute=True)


def test_memory_falls_with_fewer_tokens_and_with_layers_computed_again():
    assert most() < most(mode="lora") < most(mode="full", rank=1)
    wide = {"mode": "full", "pass_tokens": 100_000}
    assert most(**wide, recompute=True) < most(**wide)
    assert most(mode="full", pass_tokens=8_192) < most(**wide)


def test_without_judgments_a_program_and_its_weights_remain():
    found = estimating.estimate(BradleyTerry(), Counts(0, 0, 0.0), TINY, SPEED)
    assert found.seconds == pytest.approx(estimating.SECONDS_OF_FIT, abs=0.01)
    assert found.bytes >= estimating.PROGRAM_BYTES + TINY.weights * 4


def test_sizes_are_those_of_the_model(encoder, decoder):
    for backbone in (encoder, decoder):
        found = estimating.facts(backbone.model.config.to_dict())
        matrices = sum(each.numel() for each in backbone.model.parameters() if each.dim() == 2)
        assert found.weights == pytest.approx(matrices, rel=0.15)


def test_a_machine_is_measured_and_the_backbone_stays_as_it_is(encoder, monkeypatch):
    monkeypatch.setattr(measuring, "LEAST_SECONDS", 0.0)
    speed = measuring.measure(encoder, estimating.facts(encoder.model.config.to_dict()))
    assert speed.reading > 0 < speed.learning
    assert not any(each.requires_grad for each in encoder.model.parameters())


def test_a_form_may_ask_without_torch():
    code = "import sys; import rewardmodels.learning.estimating; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"})
    assert done.returncode == 0
