"""Members that learn adapters or a whole backbone: what is theirs, what is kept, what others can open."""

import json
from dataclasses import replace

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification

from lm import backbones, hashing
from lm.families import DECODER
from lm.names import Sources
from rewardmodels.learning import bradley_terry, checkpoints, folder, making, reading, scoring
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.ensembles import averaging, keeping, members, tuning
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.ensembles.members import Members
from rewardmodels.learning.ensembles.shelf import Shelf
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.kinds import Ensemble
from tests.lm.tiny import save_decoder, save_encoder
from tests.rewardmodels.learning.ensembles.test_making import ITEMS, commissioned
from tests.rewardmodels.learning.test_making import rows
from tests.rewardmodels.learning.worlds import linear_world

QUICK = {"rank": 2, "backbone_learning_rate": 3e-3, "batch_size": 8, "pass_tokens": 200, "weight_decay": 30.0}
SAVE = {"encoder": save_encoder, "decoder": save_decoder}
MADE = [("encoder", "lora", "worst"), ("decoder", "lora", "mean"), ("encoder", "full", "uncertainty")]


def opened(root, kind):
    return backbones.load(str(SAVE[kind](root / kind)), Sources(roots=(str(root),)))


def made(root, backbone, name="model", observer=None, **settings):
    asked = commissioned(root, name, **{**QUICK, **settings})
    return making.make(reading.read(rows()), backbone, asked, observer or Observer()), asked.folder


@pytest.fixture(scope="module", params=MADE, ids="-".join)
def ensemble(request, tmp_path_factory):
    """(backbone, settings, what was made, its folder)"""
    root = tmp_path_factory.mktemp("ensemble")
    kind, mode, combine = request.param
    backbone = opened(root, kind)
    return backbone, request.param, *made(root, backbone, mode=mode, combine=combine)


def logits(model, reward, items=ITEMS):
    """What others compute of each item alone, by the ids that we read."""
    texts = [reward.renderer.render(prompt, answer) for prompt, answer in items]
    with torch.no_grad():
        return torch.cat([model.eval()(input_ids=torch.tensor([text.ids])).logits for text in texts])[:, 0]


def theirs(backbone, path, mode, number):
    """A member as peft or transformers opens it."""
    place = path / keeping.MEMBERS / str(number)
    if mode == "full":
        return AutoModelForSequenceClassification.from_pretrained(place)
    base = AutoModelForSequenceClassification.from_pretrained(backbone.folder, num_labels=1)
    base.config.pad_token_id = backbone.tokenizer.pad_token_id
    return PeftModel.from_pretrained(base, place)


def test_the_reward_is_that_of_members_which_other_tools_open_one_by_one(ensemble):
    backbone, (_, mode, combine), found, path = ensemble
    folder.verify(path, found.sha256)
    reward = scoring.open_folder(path)
    each = [logits(theirs(backbone, path, mode, number), reward) + reward.own["offsets"][number] for number in range(3)]
    how, scores = Combination(combine), reward.score(ITEMS)
    assert [score.reward for score in scores] == pytest.approx(how(torch.stack(each)).tolist(), abs=1e-5)
    assert [score.spread for score in scores] == pytest.approx(how.spread(torch.stack(each)).tolist(), abs=1e-5)
    assert all(score.spread > 1e-3 for score in scores)


def test_members_learned_each_for_itself_and_the_figures_say_what(ensemble):
    backbone, (_, mode, _), found, _ = ensemble
    trails = found.details["tuning"]["members"]
    assert [one["mode"] for one in trails] == [mode] * 3
    assert len({one["best_loss"] for one in trails}) == 3
    assert all(one["best_loss"] < one["first_loss"] for one in trails)
    assert found.details["members"]["correlation"] < 0.9999
    assert found.metrics["test"]["accuracy"] == 1
    assert found.metrics["test"]["baselines"]["frozen_linear"]["accuracy"] > 0.5
    assert found.details["reference"]["mean"] == pytest.approx(0, abs=1e-5)
    assert backbone.fingerprint == found.details["tuning"]["base"]


def test_one_model_stands_for_them_elsewhere_and_its_error_is_told(ensemble):
    _, _, found, path = ensemble
    model, info = AutoModelForSequenceClassification.from_pretrained(path, output_loading_info=True)
    assert not info["missing_keys"] | info["unexpected_keys"] | info["mismatched_keys"]
    reward, evidence, export = scoring.open_folder(path), reading.read(rows()), found.details["export"]
    learned = {place for pair in evidence.pairs if pair.split == "train" for place in (pair.first, pair.second)}
    others = [(one.prompt, one.response) for place, one in enumerate(evidence.candidates) if place not in learned]
    meant = torch.tensor([score.reward for score in reward.score(others)])
    difference = logits(model, reward, others) + found.details["offset"] - meant
    assert export["n"] == len(others)
    assert not export["is_exact"]
    assert float(difference.square().mean().sqrt()) == pytest.approx(export["rms"], abs=1e-4)
    assert float(difference.abs().max()) == pytest.approx(export["largest"], abs=1e-4)
    assert export["rank_correlation"] > 0.9
    assert "a backbone with the members' mean weights and one head" in (path / folder.CARD).read_text()


def test_adapters_share_the_backbone_with_whoever_has_it_in_memory(ensemble):
    backbone, (_, mode, _), _, path = ensemble
    asked = []

    def find(fingerprint):
        asked.append(fingerprint)
        return backbone if fingerprint == backbone.fingerprint else None

    before = hashing.tensors_sha256(backbone.model.state_dict())
    reward = scoring.open_folder(path, find)
    shared = [one for one in reward.backbones() if one is backbone]
    assert len(shared) == (1 if mode == "lora" else 0)
    assert len(asked) == (1 if mode == "lora" else 3)
    assert [one.reward for one in reward.score(ITEMS)] == [one.reward for one in scoring.open_folder(path).score(ITEMS)]
    assert hashing.tensors_sha256(backbone.model.state_dict()) == before


def test_an_adapter_of_another_backbone_is_an_error(tmp_path):
    _, path = made(tmp_path, opened(tmp_path, "encoder"), mode="lora", members=2, epochs=1)
    place = path / keeping.MEMBERS / "1" / "adapter_model.safetensors"
    place.write_bytes((path / "model-00002-of-00002.safetensors").read_bytes())
    with pytest.raises(ValueError, match="Member 1 has no adapter"):
        scoring.open_folder(path)


class Killed(Exception):
    pass


@pytest.mark.parametrize(("mode", "at"), [("lora", 2), ("full", 1)])
def test_killed_while_a_member_learns_it_ends_in_the_same_folder_and_no_member_learns_twice(tmp_path, mode, at):
    backbone = opened(tmp_path, "encoder")
    whole, _ = made(tmp_path, backbone, "whole", mode=mode, epochs=1)
    steps, resumed = [], []

    def phase(name, share):
        if name.startswith(f"Member {at + 1} of 3: Learning") and not resumed and steps.count("killed") == 0:
            phase.seen += 1
            if phase.seen == 12:
                steps.append("killed")
                raise Killed

    phase.seen = 0
    observer = Observer(
        phase=phase,
        report=lambda step, values: steps.append(step),
        resumed=resumed.append,
        checkpoint=tmp_path / "work" / "fit.safetensors",
    )
    with pytest.raises(Killed):
        made(tmp_path, backbone, "killed", observer, mode=mode, epochs=1)
    again, _ = made(tmp_path, backbone, "killed", observer, mode=mode, epochs=1)
    before = whole.details["fit"]["steps"] + sum(one["steps"] for one in whole.details["tuning"]["members"][:at])
    after = steps[steps.index("killed") + 1 :]
    assert len(resumed) == 1
    assert resumed[0] >= before
    assert min(after) > before  # members that were done learned nothing again
    assert again.sha256 == whole.sha256


def test_a_member_is_held_out_from_conversations_that_it_did_not_draw():
    clusters = torch.arange(40).repeat_interleave(3)
    drawn = members.draw(6, clusters, 2, 1.0, "both", seed=1)
    many, held = members.hold_out(drawn, clusters, seed=1)
    assert torch.equal(many.weights, drawn.weights)  # what it did not draw costs it nothing
    assert held.sum(1).tolist() == [12] * 6  # a tenth of the conversations, whole
    assert float(many.weights[held].sum()) == 0
    assert len({tuple(row.tolist()) for row in held}) == 6


def test_a_member_that_drew_everything_gives_up_a_tenth_and_one_of_two_at_least():
    for count, expected in ((40, 4), (2, 1)):
        clusters = torch.arange(count)
        whole = Members(torch.ones(3, count, dtype=torch.float64), torch.zeros(3, 1, dtype=torch.float64))
        many, held = members.hold_out(whole, clusters, seed=2)
        assert held.sum(1).tolist() == [expected] * 3
        assert torch.equal(many.weights, (~held).double())


def test_the_prior_lies_around_the_anchor_by_hand():
    states, _, said = linear_world(pairs=30, width=3)
    lesson = bradley_terry.Lesson(states, said, 1, DECODER, 0)
    posterior = bradley_terry.start(lesson, said, 4.0, side_bias=False)
    anchor = torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64)
    anchored = tuning.Anchored(posterior, anchor, judgments=30)
    with torch.no_grad():
        anchored.head.out.weight.copy_(torch.tensor([[0.5, 0.0, 2.0]]))
    expected = 0.5 * 4.0 * (0.25 + 1.0 + 0.0) - float(anchored.likelihood.log_prior())
    assert float(anchored.penalty()) == pytest.approx(expected)


def test_mean_weights_by_hand_and_of_one_member_its_own(tmp_path):
    parts = [{"a": torch.tensor([1.0, 5.0]), "ids": torch.tensor([3])}, {"a": torch.tensor([2.0, -5.0])}]
    parts.append({"a": torch.tensor([6.0, 3.0])})
    found = averaging.mean(iter(parts))
    assert found["a"].tolist() == pytest.approx([3.0, 1.0])
    assert found["ids"].tolist() == [3]
    backbone, kept = opened(tmp_path, "encoder"), Shelf(tmp_path)
    weights = {f"weights.{name}": value + 0.5 for name, value in backbone.model.state_dict().items()}
    kept.keep(0, State(1, weights, {}))
    one = averaging.averaged(backbone, replace(Ensemble(mode="full"), members=2), twice(kept))
    assert all(torch.equal(one.model.state_dict()[name], value + 0.5)
               for name, value in backbone.model.state_dict().items())  # fmt: skip
    assert one.fingerprint != backbone.fingerprint


def twice(kept):
    kept.keep(1, kept.get(0))
    return kept


def test_reward_json_says_how_the_members_are_opened(ensemble):
    backbone, (_, mode, _), _, path = ensemble
    own = json.loads((path / folder.OWN).read_text())
    assert own["form"] == "tuned_ensemble"
    assert own["base"] == ({"name": backbone.name, "fingerprint": backbone.fingerprint} if mode == "lora" else None)
    assert checkpoints.load(path / "fit.safetensors") is None  # nothing of the way there is left in it
    assert len(own["offsets"]) == 3
