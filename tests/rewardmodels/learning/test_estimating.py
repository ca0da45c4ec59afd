"""What a fit costs, estimated: by hand, at limits, and against a measured machine."""

import subprocess
import sys

import pytest

from rewardmodels.learning import estimating, measuring, phases
from rewardmodels.learning.estimating import BackboneFacts, Counts, Speed
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.kinds import KINDS, BradleyTerry, Cardinal, Ensemble, Joint
from tests.rewardmodels.learning.test_making import ROOT

TINY = BackboneFacts(layers=2, width=10, inner=40, embeddings=1_000)
COUNTS = Counts(judgments={"pairwise": 800, "cardinal": 200}, candidates=2_000, tokens=50.0)
SPEED = Speed(reading=1e6, learning=1e6)


def seconds(**settings):
    return estimating.estimate(BradleyTerry(**settings), COUNTS, TINY, SPEED).seconds


def most(**settings):
    return estimating.estimate(BradleyTerry(**settings), COUNTS, TINY, SPEED).bytes


def test_reading_a_frozen_backbone_by_hand():
    # a layer has 4 · 100 + 2 · 400 = 1,200 weights; a token costs 2 · 2 · (1,200 + 10 · 50) = 6,800 operations
    beside = phases.seconds(BradleyTerry(), COUNTS.judgments, 2_000, 10)
    assert seconds() == pytest.approx(2_000 * 50 * 6_800 / 1e6 + beside, abs=0.01)


def test_one_epoch_of_all_weights_by_hand():
    epoch = 2 * 1_000 * 50 * 6_800 / 1e6
    more = seconds(mode="full", epochs=2) - seconds(mode="full", epochs=1)
    assert more == pytest.approx(0.9 * 3 * epoch + 0.4 * epoch)


def test_adapters_spare_a_third_and_computing_again_costs_one():
    whole = seconds(mode="full", epochs=10)
    assert seconds(mode="lora", epochs=10) < whole < seconds(mode="full", epochs=10, recompute=True)


def test_members_that_learn_cost_each_and_what_tells_them_when_to_stop_is_spare():
    def found(**settings):
        return estimating.estimate(Ensemble(mode="full", epochs=1, **settings), COUNTS, TINY, SPEED)

    epoch, reading = 2 * 1_000 * 50 * 6_800 / 1e6, 2_000 * 50 * 6_800 / 1e6
    beside_passes = 2 * 0.18 + 2 * 3 * TINY.weights * 4 / estimating.LOADING_BYTES_A_SECOND
    more = found(members=5).seconds - found(members=3).seconds
    assert more == pytest.approx(2 * ((3 + 0.4) * epoch + reading) + beside_passes)
    priors = 3 * 0.1 * 3 * epoch
    assert found(members=3).seconds - found(members=3, differing="priors").seconds == pytest.approx(priors)
    assert found(members=5).bytes == found(members=3).bytes  # one learns at a time


def test_slopes_and_scales_cost_a_reading_behind_each_epoch():
    def found(**settings):
        return estimating.estimate(Cardinal(mode="full", weight_decay=1.0, **settings), COUNTS, TINY, SPEED).seconds

    epoch, reading = 2 * 1_000 * 50 * 6_800 / 1e6, 2_000 * 50 * 6_800 / 1e6
    both = {"pairwise": 800, "cardinal": 200}
    one, two = (phases.seconds(Cardinal(mode="full", weight_decay=1.0, epochs=n), both, 2_000, 10) for n in (1, 2))
    assert two > one
    assert found(epochs=2) - found(epochs=1) == pytest.approx((0.9 * 3 + 0.4) * epoch + reading + two - one)


def test_memory_falls_with_fewer_tokens_and_with_layers_computed_again():
    assert most() < most(mode="lora") < most(mode="full", rank=1)
    wide = {"mode": "full", "pass_tokens": 100_000}
    assert most(**wide, recompute=True) < most(**wide)
    assert most(mode="full", pass_tokens=8_192) < most(**wide)


def test_without_judgments_a_program_and_its_weights_remain():
    found = estimating.estimate(BradleyTerry(weight_decay=1.0), Counts({}, 0, 0.0), TINY, SPEED)
    assert found.seconds == pytest.approx(phases.STARTING, abs=1)
    assert found.bytes == estimating.PROGRAM_BYTES + TINY.weights * 4


def test_choosing_a_weight_decay_on_comparisons_by_hand():
    more = seconds() - seconds(weight_decay=1.0)
    at_width_10 = 2_000 * 0.25e-6 * 10 / 384
    assert more == pytest.approx(2_100 * (0.0012 + 0.001 + at_width_10))


def test_a_slower_machine_takes_longer_beside_its_passes_too():
    slow = SPEED._replace(step=3 * phases.REFERENCE_STEP)
    more = estimating.estimate(BradleyTerry(), COUNTS, TINY, slow).seconds - seconds()
    assert more == pytest.approx(2 * phases.seconds(BradleyTerry(), COUNTS.judgments, 2_000, 10))


def beside(settings, **judgments):
    return phases.seconds(settings, judgments, 2_000, 384)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_has_a_cost_that_grows_with_its_judgments(kind):
    settings = KINDS[kind]()
    few, many = (beside(settings, **dict.fromkeys(settings.reads, n)) for n in (100, 10_000))
    assert phases.STARTING < few < many


def test_a_mixture_costs_more_than_each_of_its_kinds():
    together = beside(Joint(), pairwise=500, cardinal=500)
    assert together > max(beside(Joint(), pairwise=1_000), beside(Joint(), cardinal=1_000))
    assert beside(Joint(), cardinal=1_000, pairwise=0) == beside(Cardinal(), cardinal=1_000)


def test_a_pooler_costs_epochs_and_members_cost_each():
    assert beside(BradleyTerry(head="pooler"), pairwise=900) > beside(BradleyTerry(), pairwise=900)
    few, many = (beside(BradleyTerry(head="pooler", epochs=n), pairwise=900) for n in (1, 2))
    assert many > few
    assert beside(Ensemble(members=9), pairwise=9) - beside(Ensemble(members=4), pairwise=9) == pytest.approx(5 * 0.18)


def test_a_composition_reads_with_the_backbone_for_rated_aspects_and_other_models_alone():
    rated = COUNTS._replace(judgments={"pairwise": 900, "rating": 100})

    def reading(counts, **settings):
        found = estimating.estimate(Compositional(**settings), counts, TINY, SPEED)
        return found.seconds - phases.seconds(Compositional(**settings), counts.judgments, 2_000, 10)

    once = 2_000 * 50 * 6_800 / 1e6
    assert reading(COUNTS) == pytest.approx(0, abs=0.01)
    assert reading(rated) == pytest.approx(once, abs=0.01)
    assert reading(rated, ratings=False, models=("model:a", "model:b")) == pytest.approx(2 * once, abs=0.01)


def test_sizes_are_those_of_the_model(encoder, decoder):
    for backbone in (encoder, decoder):
        found = estimating.facts(backbone.model.config.to_dict())
        matrices = sum(each.numel() for each in backbone.model.parameters() if each.dim() == 2)
        assert found.weights == pytest.approx(matrices, rel=0.15)


def test_a_machine_is_measured_and_the_backbone_stays_as_it_is(encoder, monkeypatch):
    monkeypatch.setattr(measuring, "LEAST_SECONDS", 0.0)
    speed = measuring.measure(encoder, estimating.facts(encoder.model.config.to_dict()))
    assert min(speed) > 0
    assert not any(each.requires_grad for each in encoder.model.parameters())


def test_a_form_may_ask_without_torch():
    code = "import sys; import rewardmodels.learning.estimating; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"})
    assert done.returncode == 0
