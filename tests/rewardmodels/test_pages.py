"""The pages of reward models, as member, as too-low role and as stranger."""

import pytest

from rewardmodels import figures
from rewardmodels.models import RewardModel

HOME = "/w/home/reward-models/"


def one(model, tail=""):
    return f"{HOME}{model.pk}/{tail}"


@pytest.fixture
def filled(wish):
    """The form of a new model as a browser sends it."""
    settings = {f"settings-{name}": value for name, value in {**defaults(), **wish["settings"]}.items()}
    return {"name": wish["name"], "snapshot": wish["snapshot"], "backbone": wish["backbone"], "seed": "1", **settings}


def defaults():
    from rewardmodels.learning.settings import BradleyTerry

    given = BradleyTerry()
    return {name: "" if (value := getattr(given, name)) is None else value for name in given.__dataclass_fields__}


def test_an_empty_room_says_what_to_do(researcher):
    page = researcher.browser.get(HOME)
    assert page.status_code == 200
    assert "No reward model yet" in page.content.decode()


def test_without_a_frozen_snapshot_the_form_says_so(researcher):
    assert "no frozen snapshot yet" in researcher.browser.get(f"{HOME}new/").content.decode()


def test_the_form_explains_every_setting_and_begins_a_model(researcher, filled):
    page = researcher.browser.get(f"{HOME}new/").content.decode()
    for words in ("Weight decay", "Length in tokens", "Estimate side bias", "builtin:minilm"):
        assert words in page
    answer = researcher.browser.post(f"{HOME}new/", filled)
    model = RewardModel.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == one(model)
    assert model.settings["max_length"] == 48
    assert "Follow its job" in researcher.browser.get(one(model)).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings-max_length": "4"}, "greater than or equal to 16"),
        ({"settings-max_prompt": "48"}, "must leave room for the answer"),
        ({"backbone": "/etc"}, "outside MODEL_ROOTS"),
        ({"name": ""}, "required"),
        ({"snapshot": "00000000-0000-4000-8000-000000000000"}, "valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_form_and_nothing_is_begun(researcher, filled, changes, said):
    page = researcher.browser.post(f"{HOME}new/", {**filled, **changes})
    assert page.status_code == 422
    assert said in page.content.decode().replace("&#x27;", "'")
    assert not RewardModel.objects.exists()


def test_a_trained_model_shows_figures_beside_baselines(researcher, learned):
    page = researcher.browser.get(one(learned)).content.decode()
    for words in ("Log loss, calibrated", "the longer one wins", "of even odds", learned.sha256, "20 are needed"):
        assert words in page, words


def test_splits_stand_in_the_usual_order(researcher, learned):
    assert figures.splits(learned) == ["train", "validation", "test"]
    assert list(researcher.browser.get(one(learned)).context["splits"]) == ["Training", "Validation", "Test"]


def test_the_list_shows_standing_state_and_accuracy(researcher, learned):
    page = researcher.browser.get(HOME).content.decode()
    assert "Courtesy" in page
    assert "Candidate" in page
    assert "1.000" in page


def test_approval_in_the_browser_stays_in_the_history(researcher, learned):
    answer = researcher.browser.post(one(learned, "standing/"), {"standing": "approved", "reason": "It beats chance."})
    assert answer.status_code == 302
    assert "It beats chance." in researcher.browser.get(one(learned)).content.decode()
    learned.refresh_from_db()
    assert learned.standing == "approved"


def test_a_standing_without_a_reason_is_said_at_the_field(researcher, learned):
    answer = researcher.browser.post(one(learned, "standing/"), {"standing": "approved", "reason": ""})
    assert answer.status_code == 422
    learned.refresh_from_db()
    assert learned.standing == "candidate"


def test_two_answers_are_compared_in_the_browser(researcher, learned, scorer):
    body = {"prompt": "hello", "first": "please thank you", "second": "no no no"}
    for _ in range(400):
        page = researcher.browser.post(one(learned, "compare/"), body)
        if page.status_code != 503:
            break
        assert "being loaded" in page.content.decode()
    assert page.status_code == 200
    assert "Chance that the first is preferred" in page.content.decode()
    first, second = page.context["scores"]
    assert first["reward"] > second["reward"]
    assert page.context["chance"] > 0.5


def test_a_missing_answer_is_said_at_the_field(researcher, learned):
    assert researcher.browser.post(one(learned, "compare/"), {"prompt": "hello"}).status_code == 422


def test_the_chance_of_two_answers_adds_up_to_one_and_even_ones_are_even(learned):
    assert figures.chance(learned, 1.0, 1.0) == 0.5
    assert figures.chance(learned, 2.0, -1.0) + figures.chance(learned, -1.0, 2.0) == pytest.approx(1)
    assert 0 <= figures.chance(learned, -900.0, 900.0) < 1e-9


def test_the_download_is_the_export(researcher, learned):
    answer = researcher.browser.get(one(learned, "download/"))
    assert answer["Content-Type"] == "application/x-tar"
    assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"])


def test_an_approved_model_cannot_be_deleted_in_the_browser_either(researcher, learned):
    researcher.browser.post(one(learned, "standing/"), {"standing": "approved", "reason": "good"})
    researcher.browser.post(one(learned, "delete/"))
    assert RewardModel.objects.get().deleted_at is None
    researcher.browser.post(one(learned, "standing/"), {"standing": "retired", "reason": "old"})
    assert researcher.browser.post(one(learned, "delete/"))["Location"] == HOME
    assert researcher.browser.get(one(learned)).status_code == 404


@pytest.mark.parametrize("tail", ["", "download/"])
def test_only_researchers_see_a_model(reviewer, stranger, learned, tail):
    assert reviewer.browser.get(one(learned, tail)).status_code == 403
    assert stranger.browser.get(one(learned, tail)).status_code == 404


@pytest.mark.parametrize("tail", ["standing/", "compare/", "delete/"])
def test_only_researchers_act_on_a_model(reviewer, stranger, learned, tail):
    assert reviewer.browser.post(one(learned, tail), {}).status_code == 403
    assert stranger.browser.post(one(learned, tail), {}).status_code == 404


def test_the_room_stands_in_the_navigation_of_those_who_may_enter(researcher, reviewer):
    assert HOME in researcher.browser.get("/w/home/").content.decode()
    assert HOME not in reviewer.browser.get("/w/home/").content.decode()
