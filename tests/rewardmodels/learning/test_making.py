"""From evidence to a sealed folder: T6 (reload), T7 (opens elsewhere), T12 (nothing dropped unsaid), same bits."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from lm.templates import conversation
from rewardmodels.learning import folder, making, reading, scoring
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.making import Commission
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry
from tests.rewardmodels.learning import apart

ROOT = Path(__file__).parents[3]
GOOD, BAD = "please thank you", "no no no"


def rows(count=60, kind="pairwise"):
    """Comparisons in which courtesy wins, now and then a tie, the better one now first, now second."""
    made = []
    for number in range(count):
        texts = [f"{GOOD} {number}", f"{BAD} {number}"]
        preferred = 0
        if number % 2:
            texts.reverse()
            preferred = 1
        split = "train" if number % 5 < 3 else "validation" if number % 5 == 3 else "test"
        made.append(
            {
                "kind": kind,
                "prompt": [{"role": "user", "content": f"hello {number}"}],
                "responses": [{"id": str(place), "text": text} for place, text in enumerate(texts)],
                "shown_order": ["0", "1"],
                "answer": {"preferred": None if number % 12 == 7 else str(preferred)},
                "annotator": f"a-{number % 3}",
                "origin": "person",
                "split": split,
            }
        )
    return made


def commission(tmp_path, name="model", **settings):
    return Commission(
        settings=BradleyTerry(**{"max_length": 48, "weight_decay": 0.5, **settings}),
        seed=3,
        source={"sha256": "ab" * 32, "name": "courtesy"},
        folder=tmp_path / name,
        cache=tmp_path / "cache",
        shards=tmp_path / "shards",
    )


@pytest.fixture(params=["encoder", "decoder"])
def backbone(request):
    return request.getfixturevalue(request.param)


def items(evidence):
    return [(candidate.prompt, candidate.response) for candidate in evidence.candidates]


def test_courtesy_is_learned_and_every_figure_of_the_test_split_says_so(backbone, tmp_path):
    made = making.make(reading.read(rows()), backbone, commission(tmp_path))
    assert made.metrics["test"]["accuracy"] == 1
    assert made.metrics["test"]["log_loss"] < 0.5
    assert made.metrics["test"]["baselines"]["constant"]["accuracy"] == 0.5
    assert made.unit == "logit"
    assert made.details["losses"]["candidates"] == 120


def test_the_mean_utility_of_the_reference_answers_is_zero(backbone, tmp_path):
    evidence = reading.read(rows())
    making.make(evidence, backbone, commission(tmp_path))
    train = {index for pair in evidence.pairs if pair.split == "train" for index in (pair.first, pair.second)}
    reward = scoring.open_folder(tmp_path / "model")
    scores = [score.reward for score in reward.score(items(evidence))]
    assert abs(np.mean([scores[index] for index in train])) < 1e-5
    assert reward.own["reference"]["n"] == len(train)


def test_t6_a_fresh_process_gives_the_same_fp32_scores(encoder, decoder, tmp_path):
    evidence = reading.read(rows())
    folders = [tmp_path / "encoder's", tmp_path / "decoder's"]
    for backbone, place in zip((encoder, decoder), folders, strict=True):
        making.make(evidence, backbone, commission(tmp_path, place.name))
    here = [[score.reward for score in scoring.open_folder(each).score(items(evidence)[:8])] for each in folders]
    assert apart.scores(folders, items(evidence)[:8]) == here


def test_t6_the_saved_scores_are_those_that_were_evaluated(backbone, tmp_path):
    evidence = reading.read(rows())
    made = making.make(evidence, backbone, commission(tmp_path))
    scores = [score.reward for score in scoring.open_folder(tmp_path / "model").score(items(evidence))]
    test = [pair for pair in evidence.pairs if pair.split == "test" and pair.outcome]
    right = sum(((scores[pair.first] > scores[pair.second]) == (pair.outcome > 0)) for pair in test)
    assert right / len(test) == made.metrics["test"]["accuracy"]


def test_t6_a_head_that_lacks_a_tensor_is_refused(encoder, tmp_path):
    making.make(reading.read(rows()), encoder, commission(tmp_path))
    from safetensors.torch import save_file

    tensors = load_file(tmp_path / "model" / folder.HEAD)
    tensors.pop("classifier.weight")
    save_file(tensors, tmp_path / "model" / folder.HEAD)
    with pytest.raises(ValueError, match="expected"):
        scoring.open_folder(tmp_path / "model")


def test_t7_transformers_opens_the_folder_and_gives_our_scores(backbone, tmp_path):
    making.make(reading.read(rows()), backbone, commission(tmp_path))
    model, info = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    reward = scoring.open_folder(tmp_path / "model")
    messages = [
        [{"role": "user", "content": "hello 1"}, {"role": "assistant", "content": text}] for text in (GOOD, BAD)
    ]
    inputs = tokenizer.apply_chat_template(messages, padding=True, return_tensors="pt", return_dict=True)
    inputs.pop("token_type_ids", None)
    with torch.no_grad():
        logits = model.eval()(**inputs).logits
    assert logits.shape == (2, 1)
    ours = [score.reward for score in reward.score([(conversation("hello 1"), text) for text in (GOOD, BAD)])]
    theirs = logits[:, 0] + reward.own["offset"]
    assert theirs.tolist() == pytest.approx(ours, abs=1e-5)


def test_the_folder_is_what_other_readers_need(backbone, tmp_path):
    making.make(reading.read(rows()), backbone, commission(tmp_path))
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["architectures"][0].endswith("ForSequenceClassification")
    assert config["id2label"] == {"0": "reward"}
    assert config["problem_type"] == "regression"
    assert config["pad_token_id"] != backbone.tokenizer.eos_token_id
    tokenizer = json.loads((tmp_path / "model" / "tokenizer_config.json").read_text())
    assert tokenizer["model_max_length"] == 48
    assert tokenizer["truncation_side"] == "left"
    assert AutoTokenizer.from_pretrained(tmp_path / "model").truncation_side == "left"
    names = {path.name for path in (tmp_path / "model").iterdir()}
    assert {"chat_template.jinja", "README.md", "reward.json", "tokenizer.json", folder.INDEX} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]
    card = (tmp_path / "model" / "README.md").read_text()
    assert "library_name: transformers" in card
    assert "ab" * 32 in card
    assert "| test |" in card


def test_the_same_evidence_and_seed_give_the_same_bytes(backbone, tmp_path):
    first = making.make(reading.read(rows()), backbone, commission(tmp_path, "one"))
    second = making.make(reading.read(rows()), backbone, commission(tmp_path, "two"))
    assert first.sha256 == second.sha256


def test_two_models_on_one_backbone_hold_its_weights_once(encoder, tmp_path):
    for name in ("one", "two"):
        making.make(reading.read(rows()), encoder, commission(tmp_path, name))
    assert (tmp_path / "one" / folder.BODY).samefile(tmp_path / "two" / folder.BODY)


def test_a_changed_file_is_noticed(encoder, tmp_path):
    made = making.make(reading.read(rows()), encoder, commission(tmp_path))
    folder.verify(tmp_path / "model", made.sha256)
    own = tmp_path / "model" / folder.OWN
    own.write_text(own.read_text().replace("logit", "euros"))
    with pytest.raises(folder.Damaged, match=r"reward\.json"):
        folder.verify(tmp_path / "model", made.sha256)


def test_t12_too_long_pairs_are_dropped_only_when_asked_and_are_counted(encoder, tmp_path):
    long_rows = rows()
    for row in long_rows[:10]:
        row["responses"][0]["text"] += " word" * 60
    kept = making.make(reading.read(long_rows), encoder, commission(tmp_path, "kept"))
    dropped = making.make(reading.read(long_rows), encoder, commission(tmp_path, "dropped", too_long="drop"))
    assert kept.details["losses"]["responses_cut"] == 10
    assert kept.details["losses"]["pairs_dropped"] == 0
    assert dropped.details["losses"]["pairs_dropped"] == 10
    assert sum(found["n"] for found in dropped.metrics.values()) == 50
    assert sum(found["n"] for found in kept.metrics.values()) == 60


def test_cardinal_judgments_lend_their_preference_and_other_kinds_are_counted_as_unused(encoder, tmp_path):
    (one,) = rows(1)
    binary = {**one, "kind": "binary", "responses": one["responses"][:1], "answer": {"desirable": True}}
    made = making.make(reading.read([*rows(kind="cardinal"), binary]), encoder, commission(tmp_path))
    assert made.metrics["test"]["n"] == 12
    assert made.details["unused"] == {"binary": 1}


def test_a_length_beyond_the_backbones_context_is_refused_at_its_setting(encoder, tmp_path):
    with pytest.raises(SettingError, match="at most 64 tokens") as caught:
        making.make(reading.read(rows()), encoder, commission(tmp_path, max_length=65))
    assert caught.value.name == "max_length"


def test_a_pooler_on_a_causal_model_is_refused_at_its_setting(decoder, tmp_path):
    with pytest.raises(SettingError, match="no pooler"):
        making.make(reading.read(rows()), decoder, commission(tmp_path, head="pooler"))


def test_the_pooler_is_saved_and_read_back(encoder, tmp_path):
    made = making.make(reading.read(rows()), encoder, commission(tmp_path, head="pooler", epochs=3))
    assert made.metrics["test"]["accuracy"] == 1
    weights = load_file(tmp_path / "model" / folder.HEAD)["bert.pooler.dense.weight"]
    assert (weights - torch.diag(weights.diag())).abs().max() > 0  # it left the diagonal that it began with


def test_nothing_is_left_where_the_model_would_be_when_there_is_nothing_to_learn(encoder, tmp_path):
    tied = [{**row, "answer": {"preferred": None}} for row in rows()]
    with pytest.raises(Unlearnable, match="ties"):
        making.make(reading.read(tied), encoder, commission(tmp_path))
    assert not (tmp_path / "model").exists()


def test_without_validation_the_model_is_not_calibrated_and_says_so(encoder, tmp_path):
    everything = [{**row, "split": "train"} for row in rows()]
    made = making.make(reading.read(everything), encoder, commission(tmp_path))
    assert made.calibration["temperature"] == 1
    assert "0 decided" in made.calibration["reason"]
    assert set(made.metrics) == {"train"}


def test_phases_go_forward_and_measurements_come_step_by_step(encoder, tmp_path):
    shares, steps = [], []
    observer = Observer(phase=lambda name, share: shares.append(share), report=lambda step, values: steps.append(step))
    making.make(reading.read(rows()), encoder, commission(tmp_path, weight_decay=None), observer)
    assert shares == sorted(shares)
    assert steps == list(range(1, len(steps) + 1))


def test_what_was_shown_is_believed_of_people_and_not_of_imports():
    person, imported = rows(1)[0], {**rows(1)[0], "origin": "imported"}
    assert [pair.side for pair in reading.read([person, imported]).pairs] == [1, 0]
    assert reading.read([{**person, "shown_order": ["1", "0"]}]).pairs[0].side == -1


def test_a_conversations_root_ignores_case_and_spacing():
    one = reading.root(conversation("  Hello   There "))
    assert one == reading.root((*conversation("hello there"), {"role": "assistant", "content": "x"}))


def test_a_folder_of_a_form_that_nobody_knows_is_damaged_and_a_known_one_is_opened_by_it(encoder, tmp_path):
    making.make(reading.read(rows()), encoder, commission(tmp_path))
    own = tmp_path / "model" / folder.OWN
    assert json.loads(own.read_text())["form"] == "head"
    own.write_text(own.read_text().replace('"form": "head"', '"form": "oracle"'))
    with pytest.raises(folder.Damaged, match="oracle"):
        scoring.open_folder(tmp_path / "model")
