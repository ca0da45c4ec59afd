"""A composition from rows to a sealed folder and back: what it learns, what it leaves out, that nothing leaks."""

from dataclasses import replace

import numpy as np
import pytest
from transformers import AutoConfig

from lm.templates import conversation
from rewardmodels.learning import folder, making, reading, scoring
from rewardmodels.learning.commissions import Asking, Commission, Ingredient
from rewardmodels.learning.composition import attributes, composed, rated
from rewardmodels.learning.composition.judges import Unanswered
from rewardmodels.learning.composition.memory import Memory
from rewardmodels.learning.composition.sources import Part
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.compositional import ATTRIBUTES, Compositional
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry

GOOD, BAD = "please thank you", "no no no"


def split_of(number):
    return "train" if number % 5 < 3 else "validation" if number % 5 == 3 else "test"


def row(number, kind, responses, answer):
    return {
        "kind": kind,
        "prompt": [{"role": "user", "content": f"hello {number}"}],
        "responses": [{"id": str(place), "text": text} for place, text in enumerate(responses)],
        "shown_order": [str(place) for place in range(len(responses))],
        "answer": answer,
        "annotator": f"a-{number % 3}",
        "origin": "person",
        "split": split_of(number),
    }


def comparison(number, *, tied=False):
    """Courtesy wins, now first, now second."""
    texts, preferred = [f"{GOOD} {number}", f"{BAD} {number}"], 0
    if number % 2:
        texts, preferred = texts[::-1], 1
    return row(number, "pairwise", texts, {"preferred": None if tied else str(preferred)})


def rating(number):
    """Courtesy is clear, rudeness is not; brevity is what everybody gives a 3 for."""
    is_good = number % 2
    text = f"{GOOD if is_good else BAD} {number}"
    return row(number, "rating", [text], {"ratings": {"clarity": 5 if is_good else 1, "brevity": 3}})


def rows(count=60):
    return [comparison(number, tied=number % 12 == 7) for number in range(count)]


def mixed(count=60):
    return [*rows(count), *(rating(number) for number in range(count))]


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr("rewardmodels.learning.composition.aggregation.DRAWS", 40)


class Scripted:
    """A judge that finds courtesy helpful, and has no number for what is marked."""

    key = "scripted/generated"

    def rate(self, questions):
        return [None if "UNSAYABLE" in asked else 8.0 if GOOD in asked else 3.0 for asked in questions]


def commission(tmp_path, name="model", **options):
    parts, judge = options.pop("parts", ()), options.pop("judge", None)
    asked = Asking(judge, Memory(tmp_path / "ratings.sqlite")) if judge else None
    return Commission(
        settings=Compositional(
            **{"max_length": 48, "strength": 1.0, **({"judge": "/models/judge"} if judge else {}), **options}
        ),
        seed=3,
        source={"sha256": "ab" * 32, "name": "courtesy"},
        folder=tmp_path / name,
        cache=tmp_path / "cache",
        shards=tmp_path / "shards",
        judge=asked,
        parts=parts,
    )


def items(evidence):
    return [(candidate.prompt, candidate.response) for candidate in evidence.candidates]


def features(made):
    return {feature["name"]: feature for feature in made.details["features"]}


def test_courtesy_is_learned_from_writing_alone(encoder, tmp_path):
    made = making.make(reading.read(rows()), encoder, commission(tmp_path, ratings=False))
    assert made.metrics["test"]["accuracy"] == 1
    assert made.unit == "logit"
    found = features(made)
    assert found["writing:vocabulary"]["weight"] > found["writing:vocabulary"]["low"] > 0
    assert found["writing:code_blocks"]["reason"] == "It is the same for every training answer."
    assert not (tmp_path / "model" / composed.BACKBONE).exists()


def test_components_add_up_to_the_reward_whose_training_mean_is_0(encoder, tmp_path):
    evidence = reading.read(mixed())
    making.make(evidence, encoder, commission(tmp_path))
    reward = scoring.open_folder(tmp_path / "model")
    scores = reward.score(items(evidence))
    for score in scores:
        assert sum(score.components.values()) == pytest.approx(score.reward, abs=1e-12)
        assert score.calibrated == pytest.approx(score.reward / reward.own["calibration"]["temperature"])
    train = {index for pair in evidence.pairs if pair.split == "train" for index in (pair.first, pair.second)}
    assert abs(np.mean([scores[index].reward for index in train])) < 1e-5
    assert reward.own["reference"]["n"] == len(train)
    assert reward.own["reference"]["mean"] == 0


def test_the_saved_scores_are_those_that_were_evaluated(encoder, tmp_path):
    evidence = reading.read(mixed())
    made = making.make(evidence, encoder, commission(tmp_path))
    scores = [score.reward for score in scoring.open_folder(tmp_path / "model").score(items(evidence))]
    margins = [
        (scores[pair.first] - scores[pair.second]) * pair.outcome
        for pair in evidence.pairs
        if pair.split == "test" and pair.outcome
    ]
    assert np.log1p(np.exp(-np.array(margins))).mean() == pytest.approx(made.metrics["test"]["log_loss"], abs=1e-6)


def test_rated_aspects_become_features_and_the_page_is_told_which(encoder, tmp_path):
    made = making.make(reading.read(mixed()), encoder, commission(tmp_path, writing=False))
    found = features(made)
    assert found["rated:clarity"]["weight"] > 0
    assert not found["rated:brevity"]["computed"]
    assert found["rated:brevity"]["reason"] == "All its ratings are equal."
    assert made.details["aspects"]["clarity"]["n"] == 36  # of the training split alone
    assert made.details["aspects"]["clarity"]["correlation"] > 0.5
    assert made.details["unused"] == {}


def test_aspects_are_chosen_by_name_and_one_that_nobody_rated_is_named(encoder, tmp_path):
    made = making.make(reading.read(mixed()), encoder, commission(tmp_path, aspects=("clarity", "charm")))
    found = features(made)
    assert "0 ratings" in found["rated:charm"]["reason"]
    assert "rated:brevity" not in found


def noise(count):
    """Random answers and random preferences; each answer's rating repeats whether it was preferred."""
    generator, made = np.random.default_rng(0), []
    for number in range(count):
        texts = ["".join(chr(97 + int(n)) for n in generator.integers(0, 26, 12)) for _ in range(2)]
        preferred = int(generator.integers(0, 2))
        made.append(row(number, "pairwise", texts, {"preferred": str(preferred)}))
        for place in range(2):
            made.append(row(number, "rating", [texts[place]], {"ratings": {"truth": 5 if place == preferred else 1}}))
    return made


def test_ratings_of_training_prompts_do_not_leak_into_the_weights(encoder, tmp_path, monkeypatch):
    """Heads that saw a conversation's ratings would earn weight by repeating them, and be worth nothing elsewhere."""
    given = {"writing": False}
    monkeypatch.setattr("rewardmodels.learning.composition.rated.PENALTIES", (0.1,))
    honest = making.make(reading.read(noise(100)), encoder, commission(tmp_path, "honest", **given))
    learn = rated.learn

    def leak(states, clusters, ratings, seed):
        learned = learn(states, clusters, ratings, seed)
        return replace(learned, out_of_fold=learned.head.predict(states))

    monkeypatch.setattr("rewardmodels.learning.composition.rated.learn", leak)
    leaky = making.make(reading.read(noise(100)), encoder, commission(tmp_path, "leaky", **given))
    assert features(leaky)["rated:truth"]["low"] > 0.2
    assert features(honest)["rated:truth"]["low"] < 0.1


def test_a_judges_ratings_are_asked_for_once_and_weighed(encoder, tmp_path):
    judge = Scripted()
    made = making.make(reading.read(rows()), encoder, commission(tmp_path, ratings=False, judge=judge))
    found = features(made)
    assert found["judged:helpfulness"]["weight"] > 0
    assert sum(name.startswith("judged:") for name in found) == 13
    assert made.details["judge"]["key"] == judge.key

    class Silent(Scripted):
        def rate(self, questions):
            raise AssertionError("it was asked again")

    again = making.make(reading.read(rows()), encoder, commission(tmp_path, "again", ratings=False, judge=Silent()))
    assert again.sha256 == made.sha256


def test_comparisons_without_a_rating_are_left_out_and_counted(encoder, tmp_path):
    spoiled = rows()
    for number in (0, 1, 3, 4):
        spoiled[number]["responses"][0]["text"] += " UNSAYABLE"
    given = commission(tmp_path, ratings=False, judge=Scripted(), attributes=("helpfulness", "too_long"))
    made = making.make(reading.read(spoiled), encoder, given)
    assert made.details["pairs_missing"] == {"train": 2, "validation": 1, "test": 1}
    assert made.metrics["train"]["n"] == 34
    assert features(made)["judged:helpfulness"]["missing"] == 4


def test_a_feature_that_is_missing_of_most_answers_goes_rather_than_the_answers(encoder, tmp_path):
    spoiled = rows()
    for one in spoiled:
        one["responses"][0]["text"] += " UNSAYABLE"
        one["responses"][1]["text"] += " UNSAYABLE"
    made = making.make(reading.read(spoiled), encoder, commission(tmp_path, ratings=False, judge=Scripted()))
    assert "missing of 100%" in features(made)["judged:context"]["reason"]
    assert made.details["pairs_missing"] == {}


def test_an_opened_reward_scores_only_with_the_judge_that_it_was_learned_with(encoder, tmp_path):
    evidence = reading.read(rows())
    making.make(evidence, encoder, commission(tmp_path, ratings=False, judge=Scripted()))
    reward = scoring.open_folder(tmp_path / "model")
    with pytest.raises(Unanswered, match="not given to it"):
        reward.score(items(evidence)[:1])
    other = Scripted()
    other.key = "another"
    with pytest.raises(folder.Damaged, match="not the one"):
        reward.with_judge(other, Memory(tmp_path / "other.sqlite"))
    whole = reward.with_judge(Scripted(), Memory(tmp_path / "other.sqlite"))
    good, bad, odd = whole.score([(conversation("x"), text) for text in (GOOD, BAD, f"{GOOD} UNSAYABLE")])
    assert good.reward > bad.reward
    assert odd.components["judged:helpfulness"] == 0
    assert (good.is_whole, odd.is_whole) == (True, False)


def test_another_reward_model_is_a_feature_and_travels_in_the_folder(encoder, tmp_path):
    evidence = reading.read(rows())
    simple = replace(
        commission(tmp_path, "simple"), settings=BradleyTerry(max_length=48, weight_decay=0.5), judge=None, parts=()
    )
    first = making.make(reading.read(rows()), encoder, simple)
    part = Part("simple", "Courtesy", scoring.open_folder(tmp_path / "simple"))
    ingredient = Ingredient(part, tmp_path / "simple", first.sha256)
    made = making.make(
        reading.read(rows()),
        encoder,
        commission(tmp_path, writing=False, ratings=False, parts=(ingredient,), models=("model:simple",)),
    )
    assert features(made)["model:simple"]["weight"] > 0
    inside = tmp_path / "model" / composed.MODELS / "simple"
    folder.verify(inside, first.sha256)
    folder.verify(tmp_path / "model", made.sha256)
    assert (inside / folder.BODY).samefile(tmp_path / "simple" / folder.BODY)
    reward = scoring.open_folder(tmp_path / "model")
    scores = part.reward.score(items(evidence))
    ours = reward.score(items(evidence))
    assert np.corrcoef([s.reward for s in scores], [s.reward for s in ours])[0, 1] == pytest.approx(1, abs=1e-6)
    assert [score.tokens for score in ours] == [score.tokens for score in scores]
    assert len(list(reward.backbones())) == 1


def test_ties_count_as_half_where_that_is_asked_for(encoder, tmp_path):
    dropped = making.make(reading.read(rows()), encoder, commission(tmp_path, "one", ratings=False))
    halved = making.make(reading.read(rows()), encoder, commission(tmp_path, "two", ratings=False, ties="half"))
    assert dropped.details["fit"]["rows"] == 33
    assert halved.details["fit"]["rows"] == 39


def test_the_folder_is_no_classifier_and_says_so(encoder, tmp_path):
    making.make(reading.read(mixed()), encoder, commission(tmp_path))
    with pytest.raises((OSError, ValueError)):
        AutoConfig.from_pretrained(tmp_path / "model", local_files_only=True)
    card = (tmp_path / "model" / "README.md").read_text()
    assert "This is no sequence classifier" in card
    assert "`rated:brevity` was not computed" in card
    assert "| test |" in card


def test_the_same_evidence_and_seed_give_the_same_bytes(encoder, tmp_path):
    one, other = (making.make(reading.read(mixed()), encoder, commission(tmp_path, name)) for name in ("a", "b"))
    assert one.sha256 == other.sha256
    assert (tmp_path / "a" / composed.BACKBONE / "model.safetensors").samefile(
        tmp_path / "b" / composed.BACKBONE / "model.safetensors"
    )


def test_a_changed_file_deep_in_the_folder_is_noticed(encoder, tmp_path):
    made = making.make(reading.read(mixed()), encoder, commission(tmp_path))
    config = tmp_path / "model" / composed.BACKBONE / "config.json"
    config.write_text(config.read_text() + "\n")
    with pytest.raises(folder.Damaged, match=r"backbone/config\.json"):
        folder.verify(tmp_path / "model", made.sha256)


def test_without_any_feature_the_reasons_are_said(encoder, tmp_path):
    with pytest.raises(Unlearnable, match="0 ratings"):
        making.make(
            reading.read(rows()), encoder, commission(tmp_path, writing=False, ratings=True, aspects=("clarity",))
        )
    assert not (tmp_path / "model").exists()


def test_answers_that_no_feature_tells_apart_are_a_sentence(encoder, tmp_path):
    same = [{**one, "responses": [{**part, "text": "the same"} for part in one["responses"]]} for one in rows()]
    with pytest.raises(Unlearnable, match="No feature differs"):
        making.make(reading.read(same), encoder, commission(tmp_path, ratings=False))


def test_progress_goes_forward_to_the_end_and_may_end_the_fit(encoder, tmp_path):
    shares, steps = [], []
    watcher = Observer(phase=lambda name, share: shares.append(share), report=lambda step, values: steps.append(step))
    making.make(reading.read(mixed()), encoder, commission(tmp_path, judge=Scripted(), strength=None), watcher)
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1
    assert steps == list(range(1, 13))

    class Cancelled(Exception):
        pass

    def cancel(name, share):
        if name == "Weighing":
            raise Cancelled

    with pytest.raises(Cancelled):
        making.make(reading.read(rows()), encoder, commission(tmp_path, "gone"), Observer(phase=cancel))
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"writing": False, "ratings": False}, "writing"),
        ({"judge": "https://models.example/v1"}, "judge_model"),
        ({"judge": "https://models.example/v1", "judge_model": "m", "judge_reading": "expected"}, "judge_reading"),
        ({"judge": "", "judge_model": "m"}, "judge"),
        ({"attributes": ("charm",), "judge": "/models/judge"}, "attributes"),
        ({"models": ("a", "a")}, "models"),
        ({"strength": 0.0}, "strength"),
        ({"ties": "third"}, "ties"),
        ({"aspects": (1,)}, "aspects"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_their_field(given, name):
    with pytest.raises(SettingError) as caught:
        Compositional(**given)
    assert caught.value.name == name


def test_the_attributes_that_settings_know_are_those_that_judges_are_asked_for():
    assert tuple(attributes.BY_NAME) == ATTRIBUTES
