"""Compositional models through the product: learned, shown, asked for scores, refused where they cannot be had."""

import io
import tarfile

import pytest

from rewardmodels import judging, places
from rewardmodels.learning import folder
from rewardmodels.learning.composition import judges
from rewardmodels.models import RewardModel
from tests.lm.tiny import save_rater
from tests.rewardmodels.asking import score
from tests.rewardmodels.conftest import comparison, rows
from tests.rewardmodels.judge_server import answering

LIST = "/api/v1/reward-models/"
HOME = "/w/home/reward-models/"
GOOD, BAD = "please thank you 1", "no no no 1"


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr("rewardmodels.learning.composition.aggregation.DRAWS", 40)


@pytest.fixture
def composing(wish):
    """`composing(**settings)`: what is sent to have a composition learned."""

    def with_settings(**settings):
        return {**wish, "kind": "compositional", "settings": {"max_length": 48, "strength": 1.0, **settings}}

    return with_settings


@pytest.fixture
def learn(researcher, finish_jobs):
    def begun(wish):
        answer = researcher.api.post(LIST, wish)
        assert answer.status_code == 202, answer.json()
        *_, job = finish_jobs()
        return RewardModel.objects.get(pk=answer.json()["id"]), job

    return begun


@pytest.fixture
def judge(settings):
    """A judge that finds courtesy helpful, at an address that the operator allows."""
    with answering(lambda asked: "9 of 10" if "thank" in asked else "2") as server:
        settings.OUTGOING_HOSTS = [f"private:{server.host}"]
        yield server


def asked_of(server, **settings):
    return {"judge": f"http://{server.host}/v1", "judge_model": "small", "attributes": ["helpfulness"], **settings}


def rating(number, split):
    """Courtesy is clear."""
    text = GOOD if number % 2 else BAD
    return {
        **comparison(number, split),
        "judgment": f"r{number}",
        "task": f"rt{number}",
        "kind": "rating",
        "responses": [{"id": "one", "text": f"{text}{number}", "source": ""}],
        "shown_order": ["one"],
        "answer": {"ratings": {"clarity": 5 if number % 2 else 1}},
    }


def refused(answer):
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_a_composition_is_learned_with_weights_a_hash_and_a_folder(learn, composing):
    model, job = learn(composing())
    assert job.state == "succeeded", job.error
    folder.verify(places.folder_of(model.pk), model.sha256)
    assert model.metrics["test"]["accuracy"] == 1
    computed = [one["name"] for one in model.details["features"] if one["computed"]]
    assert "writing:vocabulary" in computed


def test_rated_aspects_of_the_snapshot_become_features(learn, composing, freeze):
    split = ("train", "train", "train", "validation", "test")
    frozen = freeze([*rows(), *(rating(number, split[number % 5]) for number in range(60))])
    model, job = learn({**composing(writing=False), "snapshot": str(frozen.pk)})
    assert job.state == "succeeded", job.error
    assert model.details["aspects"]["clarity"]["n"] == 36
    assert model.details["unused"] == {}


def test_a_judge_behind_an_address_rates_and_what_it_said_is_not_asked_again(learn, composing, judge, settings):
    settings.MODEL_KEYS = {judge.host: "sesame", "elsewhere.example": "other"}
    wish = composing(writing=False, ratings=False, **asked_of(judge))
    model, job = learn(wish)
    assert job.state == "succeeded", job.error
    assert len(judge.seen) == 80  # two answers of forty prompts
    path, headers, body = judge.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sesame"
    assert body["model"] == "small"
    again, job = learn(wish)
    assert job.state == "succeeded"
    assert again.sha256 == model.sha256
    assert len(judge.seen) == 80


def test_a_judge_that_stumbles_is_asked_again_and_one_that_refuses_ends_the_job_with_a_sentence(
    learn, composing, judge, monkeypatch
):
    monkeypatch.setattr("rewardmodels.learning.composition.judges.AT_ONCE", 1)
    monkeypatch.setattr("rewardmodels.learning.composition.judges.LONGEST_WAIT", 0.01)
    judge.refusals = [(503, "later"), (429, "slowly")]
    _model, job = learn(composing(writing=False, ratings=False, **asked_of(judge)))
    assert job.state == "succeeded", job.error
    judge.refusals = [(401, "no key")]
    model, job = learn(composing(writing=False, ratings=False, **asked_of(judge, judge_template="post")))
    assert job.state == "failed"
    assert "401" in job.error
    assert not places.folder_of(model.pk).exists()


def test_a_judge_of_this_machine_rates_where_the_operator_allows_its_folder(learn, composing, tmp_path):
    save_rater(tmp_path / "models" / "rater")
    name = str(tmp_path / "models" / "rater")
    wish = composing(judge=name, judge_reading="expected", attributes=["helpfulness"], ratings=False)
    model, job = learn(wish)
    assert job.state == "succeeded", job.error
    assert "judged:helpfulness" in [one["name"] for one in model.details["features"]]


def test_another_reward_model_is_a_feature_and_the_export_holds_it(learn, learned, composing, researcher):
    model, job = learn(composing(writing=False, ratings=False, models=[f"model:{learned.pk}"]))
    assert job.state == "succeeded", job.error
    answer = researcher.api.get(f"{LIST}{model.pk}/export/")
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
    assert f"courtesy/models/{learned.sha256[:16]}/reward.json" in names
    assert "courtesy/README.md" in names
    assert "courtesy/config.json" not in names
    page = researcher.browser.get(f"{HOME}{model.pk}/").content.decode()
    assert "was learned from the same judgments" in page


@pytest.mark.parametrize(
    ("chosen", "field", "said"),
    [
        ({"judge": "https://elsewhere.example/v1", "judge_model": "m"}, "settings.judge", "OUTGOING_HOSTS"),
        ({"judge": "/etc"}, "settings.judge", "MODEL_ROOTS"),
        ({"judge": "https://elsewhere.example/v1"}, "settings.judge_model", "by name"),
        ({"attributes": ["charm"], "judge": "/etc"}, "settings.attributes", "charm"),
        ({"writing": False, "ratings": False}, "settings.writing", "at least one"),
        ({"models": ["model:x"]}, "settings.models", "model:<id>"),
        ({"models": ["model:00000000-0000-4000-8000-000000000000"]}, "settings.models", "no reward model"),
        ({"aspects": [3]}, "settings.aspects.0", "text"),
    ],
)
def test_what_cannot_be_had_is_refused_at_its_setting(researcher, composing, chosen, field, said):
    answer = researcher.api.post(LIST, composing(**chosen))
    assert answer.status_code == 422
    assert said in refused(answer)[field]
    assert not RewardModel.objects.exists()


def test_models_that_are_not_trained_or_compositions_themselves_are_no_features(researcher, learn, composing, wish):
    waiting = researcher.api.post(LIST, wish).json()["id"]
    answer = researcher.api.post(LIST, composing(models=[f"model:{waiting}"]))
    assert "not trained yet" in refused(answer)["settings.models"]
    model, _job = learn(composing(ratings=False))
    answer = researcher.api.post(LIST, composing(models=[f"model:{model.pk}"]))
    assert "compositional itself" in refused(answer)["settings.models"]


def test_a_strangers_reward_model_is_no_feature_of_ours(stranger, learned, composing, researcher):
    learned.workspace = stranger.membership.workspace
    learned.save(update_fields=["workspace"])
    answer = researcher.api.post(LIST, composing(models=[f"model:{learned.pk}"]))
    assert "no reward model" in refused(answer)["settings.models"]


def test_the_resident_scorer_gives_scores_that_are_sums_of_their_components(
    researcher, learn, composing, judge, scorer
):
    model, job = learn(composing(ratings=False, **asked_of(judge)))
    assert job.state == "succeeded", job.error
    items = [{"prompt": "hello", "response": text} for text in (GOOD, BAD)]
    answer = score(researcher.api, model.pk, items)
    assert answer.status_code == 200, answer.json()
    good, bad = answer.json()["scores"]
    assert good["reward"] > bad["reward"]
    parts = {name: value for name, value in good["components"].items() if name != "calibrated"}
    assert sum(parts.values()) == pytest.approx(good["reward"])
    assert parts["judged:helpfulness"] > 0


def test_scores_that_a_silent_judge_keeps_back_are_a_sentence(researcher, learn, composing, judge, scorer, settings):
    model, _job = learn(composing(ratings=False, **asked_of(judge)))
    settings.OUTGOING_HOSTS = []
    answer = score(researcher.api, model.pk, [{"prompt": "hello", "response": "please"}])
    assert answer.status_code == 409
    assert "OUTGOING_HOSTS" in answer.json()["detail"]


def test_a_judge_that_is_away_for_a_while_is_a_503_with_a_sentence(
    researcher, learn, composing, judge, scorer, monkeypatch
):
    monkeypatch.setattr("rewardmodels.learning.composition.judges.LONGEST_WAIT", 0.01)
    model, _job = learn(composing(ratings=False, **asked_of(judge)))
    score(researcher.api, model.pk, [{"prompt": "hello", "response": "thank you"}])  # now it is in memory
    judge.refusals = [(503, "overloaded")] * judges.TRIES
    asked = {"items": [{"prompt": "hello", "response": "please"}]}
    answer = researcher.api.post(f"{LIST}{model.pk}/score/", asked)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "overloaded" in answer.json()["detail"]
    assert researcher.api.post(f"{LIST}{model.pk}/score/", asked).status_code == 200


def test_the_page_shows_weights_with_intervals_and_what_was_not_computed(researcher, learn, composing):
    model, _job = learn(composing())
    page = researcher.browser.get(f"{HOME}{model.pk}/").content.decode()
    for words in ("What it is made of", "vocabulary (writing)", "code blocks (writing)", "Asked for and not computed"):
        assert words in page, words
    weight = next(one for one in model.details["features"] if one["name"] == "writing:vocabulary")
    assert f"{weight['weight']:+.2f} [{weight['low']:+.2f}, {weight['high']:+.2f}]" in page
    assert "left out" in page


def test_the_page_says_what_moved_two_scores_apart_and_what_one_is_made_of(researcher, learn, composing, scorer):
    model, _job = learn(composing(ratings=False))
    score(researcher.api, model.pk, [{"prompt": "hello", "response": "please"}])  # now it is in memory
    sent = {"models": [str(model.pk)], "prompt": "hello", "first": GOOD, "second": BAD}
    page = researcher.browser.post(f"{HOME}ask/", sent)
    text = page.content.decode()
    assert "What sets the first apart from the second" in text
    assert "vocabulary (writing)" in text
    (opinion,) = page.context["opinions"]
    assert f"{opinion.scores[0]['reward'] - opinion.scores[1]['reward']:+.3f} logit" in text
    alone = researcher.browser.post(f"{HOME}ask/", {**sent, "second": ""}).content.decode()
    assert "What moved its score" in alone


def test_a_batch_asks_the_judge_too(researcher, learn, composing, judge, snapshot, finish_jobs):
    model, _job = learn(composing(ratings=False, writing=False, **asked_of(judge)))
    given = {"snapshot": str(snapshot.pk), "split": "test"}
    answer = researcher.api.post(f"{LIST}{model.pk}/batches/", given)
    assert answer.status_code == 202, answer.json()
    *_, job = finish_jobs()
    assert job.state == "succeeded", job.error
    assert job.result["scored"] == 16


def test_a_model_of_another_kind_has_no_such_section(researcher, learned):
    assert "What it is made of" not in researcher.browser.get(f"{HOME}{learned.pk}/").content.decode()


def test_the_form_takes_lists_one_a_line(researcher, composing):
    wish = composing()
    sent = {
        **{name: wish[name] for name in ("name", "kind", "snapshot", "backbone", "seed")},
        "settings-max_length": "48",
        "settings-too_long": "truncate",
        "settings-writing": "on",
        "settings-ratings": "on",
        "settings-aspects": "clarity\nkindness",
        "settings-judge": "",
        "settings-judge_reading": "generated",
        "settings-judge_template": "dialogue",
        "settings-ties": "half",
        "settings-penalty": "l1",
    }
    answer = researcher.browser.post(f"{HOME}new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    model = RewardModel.objects.get()
    assert model.settings["aspects"] == ["clarity", "kindness"]
    assert (model.settings["ties"], model.settings["penalty"]) == ("half", "l1")


def test_a_key_goes_to_its_own_host_alone(settings):
    settings.MODEL_KEYS = {"models.example:8443": "sesame"}
    assert judging.authorization("https://models.example:8443/v1") == {"Authorization": "Bearer sesame"}
    assert judging.authorization("https://models.example/v1") == {}
    assert judging.authorization("https://models.example.evil/v1") == {}
