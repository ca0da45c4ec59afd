"""Alignment step by step: each from the policy before, at the strength that its multiplier asks for."""

import json

import pytest
import torch

from lm import likelihood
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.fields import SettingError
from tests.training.learning.direct.worlds import opened, rows_for, small
from training.learning.direct import alignment, stepwise
from training.learning.direct.stepwise import Step


def test_the_strength_of_a_step_is_beta_over_its_multiplier():
    assert Step([], small("dpo", beta=0.1), 4.0).own.beta == pytest.approx(0.025)
    assert Step([], small("kto", beta=0.1)).own.beta == 0.1


@pytest.mark.parametrize(("kind", "multiplier", "words"), [("simpo", 1.0, "no reference"), ("dpo", 0.0, "above 0")])
def test_a_step_without_reference_or_multiplier_is_refused(kind, multiplier, words):
    with pytest.raises(SettingError, match=words):
        _ = Step([], small(kind), multiplier).own


def test_a_multiplier_too_great_for_a_strength_is_said_at_beta():
    with pytest.raises(SettingError, match="between") as caught:
        _ = Step([], small("dpo", beta=0.1), 1e6).own
    assert caught.value.name == "beta"


def test_the_second_step_has_the_first_as_policy_and_as_reference(folder, tmp_path):
    steps = [Step(rows_for("dpo"), small("dpo")), Step(rows_for("kto"), small("kto"), 2.0)]
    measured = []
    observer = Observer(report=lambda step, values: measured.append((step, values)))
    first, second = stepwise.train(opened(folder), steps, folder=tmp_path, observer=observer)
    own = json.loads((second.folder / "direct.json").read_text())
    assert own["policy"]["fingerprint"] == opened(first.folder).fingerprint
    assert own["settings"]["beta"] == pytest.approx(0.05)
    begin = [values for step, values in measured if step == 1 and "reward/desirable" in values]
    assert begin[0]["reward/desirable"] == pytest.approx(0, abs=1e-4)


def test_a_run_that_ended_is_not_made_again(folder, tmp_path, monkeypatch):
    options = {"folder": tmp_path}
    once = alignment.train(rows_for("dpo"), opened(folder), small("dpo"), **options)

    def never(*_args, **_options):
        raise AssertionError("a pass was taken")

    monkeypatch.setattr(likelihood, "sums", never)
    assert alignment.train(rows_for("dpo"), opened(folder), small("dpo"), **options) == once
    with pytest.raises(AssertionError, match="a pass"):
        alignment.train(rows_for("dpo"), opened(folder), small("dpo", beta=0.3), **options)
    assert torch.is_grad_enabled()
