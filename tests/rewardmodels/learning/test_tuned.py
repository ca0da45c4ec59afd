"""From evidence to a folder whose backbone was learned: T6 (reload), T7 (opens elsewhere), T8 (merge in fp32)."""

import json

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from lm import hashing
from lm.templates import conversation
from rewardmodels.learning import folder, making, reading, scoring
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry
from tests.rewardmodels.learning import apart
from tests.rewardmodels.learning.test_making import BAD, GOOD, commission, rows

ITEMS = [("hello 1", GOOD), ("hello 1", BAD), ("hello 2", f"{GOOD} and {GOOD}"), ("hello 2", "")]
# a prior so stiff that the frozen head is timid: there is something left for the backbone to learn
QUICK = {
    "rank": 2,
    "backbone_learning_rate": 3e-3,
    "epochs": 3,
    "batch_size": 8,
    "pass_tokens": 200,
    "weight_decay": 30.0,
}


def learned(backbone, tmp_path, mode, name="model", **settings):
    order = commission(tmp_path, name, mode=mode, **{**QUICK, **settings})
    return making.make(reading.read(rows()), backbone, order)


def scores(model_folder):
    reward = scoring.open_folder(model_folder)
    return [score.reward for score in reward.score([(conversation(prompt), answer) for prompt, answer in ITEMS])]


def logits(model, backbone, own):
    """What others compute of each item alone, by the ids that we would read."""
    renderer = scoring.renderer_of(backbone, own)
    texts = [renderer.render(conversation(prompt), answer) for prompt, answer in ITEMS]
    with torch.no_grad():
        found = [model.eval()(input_ids=torch.tensor([text.ids])).logits for text in texts]
    return (torch.cat(found)[:, 0] + own["offset"]).tolist()


@pytest.fixture(params=["encoder", "decoder"])
def backbone(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_t7_transformers_opens_a_learned_backbone_and_gives_our_scores(backbone, mode, tmp_path):
    before = hashing.tensors_sha256(backbone.model.state_dict())
    made = learned(backbone, tmp_path, mode)
    model, info = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not info["missing_keys"] | info["unexpected_keys"] | info["mismatched_keys"]
    own = folder.read_own(tmp_path / "model")
    assert logits(model, backbone, own) == pytest.approx(scores(tmp_path / "model"), abs=1e-5)
    assert own["backbone"]["fingerprint"] != backbone.fingerprint == own["tuning"]["base"]
    assert hashing.tensors_sha256(backbone.model.state_dict()) == before
    assert made.details["tuning"]["best_loss"] < made.details["tuning"]["first_loss"]
    assert made.metrics["test"]["accuracy"] == 1
    assert not list(tmp_path.glob("shards/*"))  # weights that one model has alone are kept with it


def test_t8_adapters_open_with_peft_and_their_merge_moved_no_score(backbone, tmp_path):
    made = learned(backbone, tmp_path, "lora")
    assert 0 <= made.details["tuning"]["merge_difference"] < 1e-5
    base = AutoModelForSequenceClassification.from_pretrained(backbone.folder, num_labels=1)
    base.config.pad_token_id = backbone.tokenizer.pad_token_id
    theirs = PeftModel.from_pretrained(base, tmp_path / "model" / folder.ADAPTER)
    own = folder.read_own(tmp_path / "model")
    assert logits(theirs, backbone, own) == pytest.approx(scores(tmp_path / "model"), abs=1e-5)
    card = (tmp_path / "model" / "README.md").read_text()
    assert "adapters of rank 2" in card
    assert f"{made.details['tuning']['merge_difference']:.2g} at most" in card


def test_t6_the_adapters_folder_holds_the_head_and_says_what_it_is_for(backbone, tmp_path):
    learned(backbone, tmp_path, "lora")
    place = tmp_path / "model" / folder.ADAPTER
    tensors = load_file(place / "adapter_model.safetensors")
    config = json.loads((place / "adapter_config.json").read_text())
    assert config["task_type"] == "SEQ_CLS"
    assert config["peft_type"] == "LORA"
    assert config["base_model_name_or_path"] == backbone.name
    assert f"base_model.model.{backbone.family.out}.weight" in tensors
    assert any("lora_B" in name and tensor.abs().max() > 0 for name, tensor in tensors.items())


def test_t6_a_fresh_process_gives_the_same_fp32_scores_of_a_learned_backbone(encoder, tmp_path):
    for mode in ("full", "lora"):
        learned(encoder, tmp_path, mode, mode)
    folders = [tmp_path / "full", tmp_path / "lora"]
    assert apart.scores(folders, ITEMS) == [scores(each) for each in folders]


def test_a_damaged_adapter_is_noticed(encoder, tmp_path):
    made = learned(encoder, tmp_path, "lora")
    folder.verify(tmp_path / "model", made.sha256)
    (tmp_path / "model" / folder.ADAPTER / "adapter_config.json").write_text("{}")
    with pytest.raises(folder.Damaged, match="adapter_config"):
        folder.verify(tmp_path / "model", made.sha256)


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(encoder, mode, tmp_path):
    first, second = (learned(encoder, tmp_path, mode, name) for name in ("one", "two"))
    assert first.sha256 == second.sha256
    order = commission(tmp_path, "three", mode=mode, **QUICK)
    other = making.make(reading.read(rows()), encoder, type(order)(**{**vars(order), "seed": 4}))
    assert other.details["tuning"]["best_loss"] != first.details["tuning"]["best_loss"]


def test_phases_go_forward_while_a_backbone_is_learned(encoder, tmp_path):
    shares, names = [], []

    def phase(name, share):
        names.append(name)
        shares.append(share)

    order = commission(tmp_path, mode="full", **QUICK)
    making.make(reading.read(rows()), encoder, order, Observer(phase=phase))
    assert shares == sorted(shares)
    assert "Learning the backbone" in names


def test_bf16_without_a_cuda_device_is_refused_at_its_setting(encoder, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(SettingError, match="CUDA") as caught:
        learned(encoder, tmp_path, "full", precision="bf16")
    assert caught.value.name == "precision"


@pytest.mark.parametrize(
    ("name", "value"),
    [("mode", "half"), ("rank", 0), ("alpha", 0.0), ("warm_up", 1.1), ("pass_tokens", 1), ("precision", "fp8")],
)
def test_a_setting_that_makes_no_sense_is_refused_at_its_name(name, value):
    with pytest.raises(SettingError) as caught:
        BradleyTerry(**{name: value})
    assert caught.value.name == name
