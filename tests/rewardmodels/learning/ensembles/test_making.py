"""From evidence to an ensemble's folder, and back to scores."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from lm.templates import conversation
from rewardmodels.learning import folder, making, reading, scoring
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.kinds import Ensemble
from tests.rewardmodels.learning.test_making import BAD, GOOD, commission, rows

ITEMS = [(conversation(f"hello {n}"), text) for n in range(4) for text in (f"{GOOD} {n}", f"{BAD} {n}")]


def commissioned(tmp_path, name="model", **settings):
    return replace(
        commission(tmp_path, name),
        settings=Ensemble(**{"max_length": 48, "weight_decay": 0.5, "members": 3, **settings}),
    )


def made(tmp_path, backbone, name="model", observer=None, **settings):
    asked = commissioned(tmp_path, name, **settings)
    found = making.make(reading.read(rows()), backbone, asked, observer or Observer())
    return found, asked.folder


@pytest.mark.parametrize("combine", ["mean", "worst", "uncertainty"])
def test_a_saved_ensemble_scores_as_its_members_say(tmp_path, encoder, combine):
    found, path = made(tmp_path, encoder, combine=combine, penalty=2.0)
    folder.verify(path, found.sha256)
    scores = scoring.open_folder(path).score(ITEMS)
    opened = scoring.open_folder(path)
    alone = np.stack([score_by(opened, [member]) for member in opened.members])
    expected = Combination(combine, 2.0)(torch.tensor(alone))
    assert [score.reward for score in scores] == pytest.approx(expected.tolist(), abs=1e-5)
    assert [score.spread for score in scores] == pytest.approx(alone.std(0).tolist(), abs=1e-5)
    assert all(score.spread > 0 for score in scores)
    for score in scores:
        if score.components:
            assert sum(score.components.values()) == pytest.approx(score.reward, abs=1e-6)
    assert found.metrics["test"]["accuracy"] > 0.7


def score_by(opened, members):
    return [score.reward for score in replace(opened, members=members, how=Combination("mean")).score(ITEMS)]


def test_the_reward_is_0_on_average_over_the_reference(tmp_path, encoder):
    found, _ = made(tmp_path, encoder, combine="uncertainty")
    assert found.details["reference"]["deviation"] > 0
    assert found.details["reference"]["mean"] == 0
    quantiles = list(found.details["reference"]["quantiles"].values())
    assert quantiles[0] < 0 < quantiles[-1]


@pytest.mark.parametrize("backbone", ["encoder", "decoder"])
def test_the_mean_opens_elsewhere_with_the_same_scores(tmp_path, backbone, request):
    found, path = made(tmp_path, request.getfixturevalue(backbone))
    model, info = AutoModelForSequenceClassification.from_pretrained(path, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["mismatched_keys"]
    tokenizer = AutoTokenizer.from_pretrained(path)
    prompt, response = ITEMS[0]
    turns = [*prompt, {"role": "assistant", "content": response}]
    inputs = tokenizer(
        tokenizer.apply_chat_template(turns, tokenize=False), add_special_tokens=False, return_tensors="pt"
    )
    with torch.inference_mode():
        logit = float(model.eval()(**inputs).logits[0, 0]) + found.details["offset"]
    assert logit == pytest.approx(scoring.open_folder(path).score(ITEMS[:1])[0].reward, abs=1e-5)
    assert found.details["export"]["is_exact"]


def test_the_card_says_what_caution_costs_other_tools(tmp_path, encoder):
    found, path = made(tmp_path, encoder, combine="worst")
    card = (path / folder.CARD).read_text()
    assert "the lowest of them" in card
    assert f"{found.details['export']['rms']:.4f} (root mean square)" in card
    own = json.loads((path / folder.OWN).read_text())
    assert own["combination"] == {"name": "worst", "penalty": 0.5, "ddof": 0}


def test_the_same_evidence_gives_the_same_folder(tmp_path, encoder):
    assert made(tmp_path, encoder, "one")[0].sha256 == made(tmp_path, encoder, "two")[0].sha256


class Killed(Exception):
    pass


@pytest.mark.parametrize("at", ["gradient_of_all", "members_loss"])
def test_a_killed_fit_ends_in_the_same_folder(tmp_path, encoder, at):
    whole, _ = made(tmp_path, encoder, "whole")
    seen, resumed = [], []

    def report(step, values):
        seen.append(step)
        is_there = "members_loss" in values if at == "members_loss" else "members_loss" not in values
        if is_there and not resumed and seen.count(step) == 1 and len(seen) > 3 and step % 3 == 0:
            raise Killed

    observer = Observer(report=report, resumed=resumed.append, checkpoint=tmp_path / "fit.safetensors", every=2)
    with pytest.raises(Killed):
        made(tmp_path, encoder, "killed", observer)
    again, _ = made(tmp_path, encoder, "killed", replace(observer, report=lambda step, values: seen.append(step)))
    assert len(resumed) == 1
    assert again.sha256 == whole.sha256
