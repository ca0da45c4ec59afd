"""Kinds of model that learn from amounts, verdicts, and everything at once: from evidence to a folder that scores."""

import json
import math

import numpy as np
import pytest
import torch

from rewardmodels.learning import appraisal, fitting, folder, foretelling, held_out, making, reading, scoring
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.likelihoods import mixing
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import Binary, Cardinal, Joint

GOOD, BAD = "please thank you", "no no no"
SPLITS = ("train", "train", "train", "validation", "test")


def row(number, kind, answer, texts, **others):
    return {
        "kind": kind,
        "prompt": [{"role": "user", "content": f"hello {number}"}],
        "responses": [{"id": str(place), "text": text} for place, text in enumerate(texts)],
        "shown_order": [str(place) for place in range(len(texts))],
        "answer": answer,
        "annotator": f"a-{number % 3}",
        "origin": "person",
        "currency": "EUR" if kind == "cardinal" else "",
        "guidelines_version": 1,
        "elicitation": "direct" if kind == "cardinal" else "",
        "incentive": "hypothetical" if kind == "cardinal" else "",
        "split": SPLITS[number % 5],
        **others,
    }


def texts_of(number):
    """Courtesy is better, and stands now first, now second."""
    texts = [f"{GOOD} {number}", f"{BAD} {number}"]
    return (texts, "0") if number % 2 else (texts[::-1], "1")


def amounts(count=60, **others):
    made = []
    for number in range(count):
        texts, better = texts_of(number)
        amount = "0" if number % 10 == 9 else f"{2 + number % 3}.50"
        made.append(row(number, "cardinal", {"preferred": better, "amount": amount}, texts, **others))
    return made


def verdicts(count=60):
    return [
        row(number, "binary", {"desirable": number % 2 == 0 and number % 14 != 0},
            [f"{GOOD if number % 2 == 0 else BAD} {number}"])
        for number in range(count)
    ]  # fmt: skip


def pairs(count=40):
    return [row(number, "pairwise", {"preferred": texts_of(number)[1]}, texts_of(number)[0]) for number in range(count)]


def rankings(count=30):
    texts = [GOOD, f"{GOOD} {BAD}", BAD]
    return [
        row(number, "ranking", {"order": [["0"], ["1", "2"]] if number % 3 else [["0"], ["1"], ["2"]]},
            [f"{text} {number}" for text in texts])
        for number in range(count)
    ]  # fmt: skip


def ratings(count=30):
    return [
        row(number, "rating", {"ratings": {"overall": 4 + number % 2 if number % 2 else 1 + number % 3, "tone": 3}},
            [f"{GOOD if number % 2 else BAD} {number}"])
        for number in range(count)
    ]  # fmt: skip


def commission(tmp_path, settings, name="model"):
    return Commission(settings, 3, {"sha256": "ab" * 32, "name": "courtesy"}, tmp_path / name, tmp_path / "cache",
                      tmp_path / "shards")  # fmt: skip


def made_of(kind, **options):
    return kind(**{"max_length": 48, "weight_decay": 3.0, **options})


def learn(rows, settings, backbone, tmp_path, observer=None, name="model"):
    evidence = reading.read(rows, settings.evidence)
    return making.make(evidence, backbone, commission(tmp_path, settings, name), observer or Observer())


def scores(tmp_path, texts, number=1):
    reward = scoring.open_folder(tmp_path / "model")
    prompt = ({"role": "user", "content": f"hello {number}"},)
    return [score.reward for score in reward.score([(prompt, text) for text in texts])]


def test_amounts_give_a_utility_in_money_with_its_unit(encoder, tmp_path):
    made = learn(amounts(), made_of(Cardinal), encoder, tmp_path)
    assert made.unit.startswith("EUR (guidelines 1, direct, hypothetical; pool ")
    good, bad = scores(tmp_path, [f"{GOOD} 1", f"{BAD} 1"])
    assert 2 < good - bad < 5  # between 2.50 and 4.50 was offered
    assert made.metrics["test"]["accuracy"] == 1
    found = made.metrics["test"]["kinds"]["amounts"]
    assert found["absolute_error"] < found["absolute_error_without_utility"]
    assert found["log_loss"] < found["log_loss_without_utility"]
    assert sum(found["pit"]) == pytest.approx(1, abs=1e-9)
    learned = made.details["fit"]["learned"]["amounts"]
    logs = [math.log(scale) for scale in learned["money_scales"].values()]
    assert sum(logs) == pytest.approx(0, abs=1e-9)  # the gauge: the pool's mean log money scale is 0
    assert min(learned["noise"].values()) >= 0.25  # half of the step of 0.50


def test_a_step_wider_than_an_amount_that_was_said_is_refused(encoder, tmp_path):
    with pytest.raises(SettingError, match=r"An amount of 2\.5 was said") as caught:
        learn(amounts(), made_of(Cardinal, rounding_step=3.0), encoder, tmp_path)
    assert caught.value.name == "rounding_step"
    assert learn(amounts(), made_of(Cardinal, rounding_step=0.25), encoder, tmp_path).metrics["test"]["accuracy"] == 1


def test_the_temperature_makes_logits_of_money(encoder, tmp_path):
    made = learn(amounts(), made_of(Cardinal), encoder, tmp_path)
    per_unit = made.details["fit"]["logits_per_unit"]
    assert made.calibration["temperature"] == pytest.approx(1 / per_unit)  # too few to fit one: the link's own slope
    own = json.loads((tmp_path / "model" / folder.OWN).read_text())
    reward = scoring.open_folder(tmp_path / "model")
    (score,) = reward.score([(({"role": "user", "content": "hello 1"},), GOOD)])
    assert score.calibrated == pytest.approx(score.reward * per_unit, rel=1e-5)
    assert own["unit"] == reward.unit == made.unit


def test_verdicts_give_a_utility_with_thresholds(encoder, tmp_path):
    made = learn(verdicts(), made_of(Binary), encoder, tmp_path)
    assert made.unit == "logit"
    good, bad = scores(tmp_path, [f"{GOOD} 2", f"{BAD} 2"])
    assert good > bad
    test = made.metrics["test"]
    assert test["accuracy"] >= 0.8
    assert test["log_loss"] < test["baselines"]["constant"]["log_loss"]
    assert set(made.details["fit"]["learned"]["verdicts"]["thresholds"]) == {"a-0", "a-1", "a-2"}
    assert "| test |" in (tmp_path / "model" / folder.CARD).read_text()


def everything():
    return [*pairs(), *amounts(40), *verdicts(40), *rankings(), *ratings()]


def test_every_kind_together_gives_one_utility_and_figures_by_kind(encoder, tmp_path):
    made = learn(everything(), made_of(Joint), encoder, tmp_path)
    assert made.unit.startswith("EUR")
    assert set(made.metrics["test"]["kinds"]) == {"pairs", "amounts", "verdicts", "rankings", "ratings"}
    assert made.metrics["test"]["accuracy"] == 1
    good, bad = scores(tmp_path, [f"{GOOD} 1", f"{BAD} 1"])
    assert good > bad
    assert made.details["unused"] == {"marks on tone": 30}
    assert made.details["judgments"] == {"pairs": 24, "amounts": 24, "verdicts": 24, "rankings": 18, "ratings": 18}
    train = [score.reward for score in scoring.open_folder(tmp_path / "model").score(
        [(candidate.prompt, candidate.response) for candidate in training(everything())])]  # fmt: skip
    assert abs(np.mean(train)) < 1e-4 * max(1, np.std(train))


def test_held_out_judgments_of_other_kinds_are_remembered_with_what_was_lost(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "MOST_STEPS", 12)
    rows = [*pairs(), *amounts(), *verdicts(), *rankings(), *ratings()]
    made = learn(rows, made_of(Joint), encoder, tmp_path)
    kept = held_out.read_kinds(tmp_path / "model")
    assert set(kept) == {"amounts", "verdicts", "rankings", "ratings"}
    for kind, one in kept.items():
        figures = made.metrics["test"]["kinds"][kind]
        assert (len(one), one.log_loss.mean()) == (figures["n"], pytest.approx(figures["log_loss"]))
        assert len(set(one.key.tolist())) == len(one)


def test_the_same_ranking_has_one_name_in_whatever_order_its_answers_stand():
    ranking = rankings(1)[0]
    turned = {**ranking, "responses": ranking["responses"][::-1]}
    other = {**ranking, "answer": {"order": [["1"], ["0"], ["2"]]}}
    named = []
    for row in (ranking, turned, other):
        evidence = reading.read([row])
        named.append(foretelling.of_rankings(evidence, evidence.ranking_columns()))
    assert named[0] == named[1]
    assert named[0] != named[2]


def test_an_amount_rounded_to_another_step_is_another_judgment():
    evidence = reading.read(amounts(2))
    fine, coarse = (foretelling.of_amounts(evidence, evidence.amount_columns(step=step)) for step in (0.5, 0.1))
    assert not {str(one) for one in fine} & {str(one) for one in coarse}


def test_an_amount_between_two_equal_answers_is_not_taken_for_that_of_one_alone():
    evidence = reading.read([row(0, "cardinal", {"preferred": "0", "amount": "3"}, ["Yes.", "Yes."]), *amounts(10)])
    assert len(evidence.amounts) == 10
    assert not evidence.amount_columns().is_alone.any()
    assert evidence.unused == {"cardinal of two equal answers": 1}
    assert [pair.has_amount for pair in evidence.pairs] == [False] + [True] * 10
    assert len(evidence) == 11


def test_ties_that_training_never_saw_are_no_part_of_the_figures_of_comparisons():
    evidence = reading.read([*pairs(), row(44, "pairwise", {"preferred": None}, texts_of(44)[0])])
    likelihood = mixing.build(evidence.bag("train"), mixing.Recipe(annotators=3))
    utilities = torch.zeros(len(evidence.candidates), dtype=torch.float64)
    found = appraisal.by_kind(likelihood, utilities, evidence.bag("test"), "test", 0)
    assert found["pairs"]["n"] == 8
    assert found["pairs"]["log_loss"] == pytest.approx(math.log(2), abs=1e-12)


def training(rows):
    return reading.read([row for row in rows if row["split"] == "train"]).candidates


class Killed(Exception):
    pass


def test_a_killed_fit_of_all_kinds_goes_on_to_the_same_bytes(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "MOST_STEPS", 12)  # what is resumed need not be the optimum
    settings, path = made_of(Joint), tmp_path / "fit.safetensors"
    rows = [*pairs(), *amounts(40), *verdicts(40), *rankings(), *ratings()]
    whole = learn(rows, settings, encoder, tmp_path, name="whole")

    def die(step, values):
        if step == 5:
            raise Killed

    with pytest.raises(Killed):
        learn(rows, settings, encoder, tmp_path, Observer(report=die, checkpoint=path, every=2))
    steps = []
    again = learn(rows, settings, encoder, tmp_path, Observer(resumed=steps.append, checkpoint=path, every=2))
    assert steps == [4]
    assert again.sha256 == whole.sha256


def test_the_pooler_learns_from_several_kinds(encoder, tmp_path):
    made = learn([*pairs(), *verdicts(40)], made_of(Joint, head="pooler", epochs=2), encoder, tmp_path)
    assert made.metrics["test"]["accuracy"] == 1


def test_a_decoder_learns_from_amounts_too(decoder, tmp_path):
    made = learn(amounts(), made_of(Cardinal), decoder, tmp_path)
    assert made.metrics["test"]["accuracy"] == 1


def zero(rows):
    return [{**row, "answer": {**row["answer"], "amount": "0"}} for row in rows]


def all_of(rows, **answer):
    return [{**row, "answer": {**row["answer"], **answer}} for row in rows]


def only(aspects):
    return [{**row, "answer": {"ratings": dict(aspects)}} for row in ratings()]


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [
        (pairs(), Cardinal, "no judgment of the kinds"),
        (zero(amounts()), Cardinal, "are 0: they say which answer is better"),
        (all_of(amounts(), preferred=None, amount="0"), Cardinal, "are 0"),
        ([*amounts(20), *amounts(20, currency="USD")], Cardinal, "in EUR and USD"),
        (all_of(verdicts(), desirable=True), Binary, "were called desirable"),
        (all_of(verdicts(), desirable=False), Binary, "were called not desirable"),
        (verdicts(5), Binary, "holds 3 judgments"),
        ([{**row, "prompt": [{"role": "user", "content": "one"}]} for row in verdicts()], Binary, "share one prompt"),
        (all_of(pairs(), preferred=None), Joint, "ties"),
        (all_of(rankings(), order=[["0", "1", "2"]]), Joint, "ties"),
        (only({"tone": 2, "facts": 4}), Joint, "none of them named “overall”"),
        (only({"overall": 3}), Joint, "marks in the training split are 3"),
        (all_of(amounts(), preferred="0"), Cardinal, "shown first"),
    ],
    ids=["empty", "all zero", "all ties", "two currencies", "all yes", "all no", "too few", "one prompt", "tied pairs",
         "tied rankings", "no overall", "one mark", "one-sided"],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_said_in_a_sentence(rows, kind, said, encoder, tmp_path):
    with pytest.raises(Unlearnable, match=said):
        learn(rows, made_of(kind), encoder, tmp_path)
    assert not (tmp_path / "model").exists()


def test_a_chosen_currency_leaves_the_others_out_and_counts_them(encoder, tmp_path):
    made = learn([*amounts(40), *amounts(20, currency="USD")], made_of(Cardinal, currency="EUR"), encoder, tmp_path)
    assert made.unit.startswith("EUR")
    assert made.details["unused"] == {"cardinal in USD": 20}
    with pytest.raises(Unlearnable, match="No amount is in GBP"):
        learn(amounts(), made_of(Cardinal, currency="GBP"), encoder, tmp_path)


def test_amounts_that_are_all_zero_are_preferences_beside_other_kinds(encoder, tmp_path):
    made = learn([*zero(amounts()), *verdicts()], made_of(Joint), encoder, tmp_path)
    assert made.unit == "logit"
    assert set(made.details["judgments"]) == {"pairs", "verdicts"}
