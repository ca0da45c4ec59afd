"""The pages of reward models, as member, as too-low role and as stranger."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import pytest
from django.template.loader import render_to_string

from api import methods
from rewardmodels import figures, registry, tables
from rewardmodels.learning.settings.fields import setting
from rewardmodels.learning.settings.kinds import KINDS
from rewardmodels.models import RewardModel
from rewardmodels.opinions import Opinion
from tests.rewardmodels.conftest import comparison, rows

HOME = "/w/home/reward-models/"


def one(model, tail=""):
    return f"{HOME}{model.pk}/{tail}"


@pytest.fixture
def filled(wish):
    """The form of a new model as a browser sends it."""
    settings = {f"settings-{name}": value for name, value in {**defaults(), **wish["settings"]}.items()}
    asked = {name: wish[name] for name in ("name", "kind", "snapshot", "backbone")}
    return {**asked, "seed": "1", **settings}


def defaults():
    from rewardmodels.learning.settings.kinds import BradleyTerry

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
    assert "Waiting for a worker" in researcher.browser.get(one(model)).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings-max_length": "4"}, "greater than or equal to 16"),
        ({"settings-max_prompt": "48"}, "must leave room for the answer"),
        ({"backbone": "/etc"}, "outside MODEL_ROOTS"),
        ({"name": ""}, "required"),
        ({"snapshot": "00000000-0000-4000-8000-000000000000"}, "valid choice"),
        ({"kind": "astrology"}, "valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_form_and_nothing_is_begun(researcher, filled, changes, said):
    page = researcher.browser.post(f"{HOME}new/", {**filled, **changes})
    assert page.status_code == 422
    assert said in page.content.decode().replace("&#x27;", "'")
    assert not RewardModel.objects.exists()


def test_every_kind_is_explained_with_what_the_snapshot_holds_for_it(researcher, snapshot):
    page = researcher.browser.get(f"{HOME}new/")
    assert len(page.context["sheet"].lessons) == len(KINDS)
    for kind in KINDS.values():
        assert kind.title in page.content.decode()
        assert (kind.__doc__ or "") in page.content.decode()
    assert "24 in this snapshot" in page.content.decode()


def test_a_snapshot_that_teaches_a_kind_nothing_says_so_before_and_at_the_field(researcher, filled, freeze):
    empty = freeze([{**row, "split": "test"} for row in rows(10)])
    asked = {"snapshot": str(empty.pk), "kind": "bradley_terry", "part": "rest"}
    fragment = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"})
    assert "training split of this snapshot is empty" in fragment.content.decode()
    answer = researcher.browser.post(f"{HOME}new/", {**filled, "snapshot": str(empty.pk)})
    assert answer.status_code == 422
    assert "training split of this snapshot is empty" in str(answer.context["sheet"].wish.errors["snapshot"])


@pytest.fixture
def other_kind(monkeypatch):
    """A kind that shares a setting with Bradley–Terry and has one of its own."""

    @dataclass(frozen=True)
    class Other:
        """Learns otherwise."""

        title: ClassVar[str] = "Other"
        evidence: ClassVar[tuple[str, ...]] = ("binary",)
        max_length: int = setting(64, "Length", "In tokens.", minimum=8, maximum=99_999)
        bold: bool = setting(True, "Bold", "Or not.", group="main")

    known = {**methods._methods["reward_model_kinds"], "other": methods.Method("other", "Other", "Otherwise.", Other)}
    monkeypatch.setitem(methods._methods, "reward_model_kinds", known)


def test_a_new_kind_stands_in_the_form_without_a_change_to_any_page(researcher, snapshot, other_kind):
    page = researcher.browser.get(f"{HOME}new/", {"kind": "other"}).content.decode()
    assert "Otherwise." in page
    assert 'name="settings-bold"' in page
    assert (
        page.index('name="settings-bold"') < page.index("Advanced settings") < page.index('name="settings-max_length"')
    )
    assert "none of what this kind learns from" in page


def test_switching_the_kind_loses_nothing_that_was_typed(researcher, snapshot, other_kind):
    form = {"kind": "other", "part": "kind", "name": "Mine", "shown": "max_length weight_decay side_bias head"}
    typed = {
        "settings-max_length": "77",
        "settings-weight_decay": "oops",
        "settings-head": "pooler",
    }  # side_bias is off
    there = researcher.browser.get(f"{HOME}new/", {**form, **typed}, headers={"HX-Request": "true"})
    sheet = there.context["sheet"]
    assert sheet.settings["max_length"].value() == "77"
    assert ("settings-weight_decay", "oops") in sheet.kept
    back = {
        **dict(sheet.kept),
        "kind": "bradley_terry",
        "part": "kind",
        "shown": sheet.shown,
        "settings-max_length": "78",
    }
    again = researcher.browser.get(f"{HOME}new/", back, headers={"HX-Request": "true"}).context["sheet"]
    values = {name: again.settings[name].value() for name in ("max_length", "weight_decay", "side_bias", "head")}
    assert values == {"max_length": "78", "weight_decay": "oops", "side_bias": False, "head": "pooler"}
    assert ("settings-bold", "False") in again.kept


def test_a_kind_whose_answer_was_overtaken_by_the_next_change_comes_with_that(researcher, snapshot, other_kind):
    form = {"kind": "other", "part": "rest", "shown": "max_length weight_decay side_bias head"}
    there = researcher.browser.get(f"{HOME}new/", form, headers={"HX-Request": "true"})
    assert 'id="settings" hx-swap-oob="true"' in there.content.decode()
    stands = {**form, "shown": there.context["sheet"].shown}
    again = researcher.browser.get(f"{HOME}new/", stands, headers={"HX-Request": "true"})
    assert 'id="settings"' not in again.content.decode()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bradley_terry"])
def test_every_kind_can_be_chosen_after_the_first_and_sent_as_it_stands(researcher, snapshot, kind):
    first = researcher.browser.get(f"{HOME}new/").context["sheet"]
    stood = {f"settings-{name}": first.settings[name].value() for name in first.settings.fields}
    asked = {name: value for name, value in stood.items() if value not in (None, False)}
    asked |= {f"settings-{name}": "" for name in first.settings.fields if stood[f"settings-{name}"] is None}
    form = {**asked, "kind": kind, "part": "kind", "shown": first.shown}
    sheet = researcher.browser.get(f"{HOME}new/", form, headers={"HX-Request": "true"}).context["sheet"]
    lacking = [
        name for name, one in sheet.settings.fields.items() if one.required and sheet.settings[name].value() == ""
    ]
    assert lacking == []


def test_a_form_can_begin_as_another_model_did(researcher, learned):
    sheet = researcher.browser.get(f"{HOME}new/", {"like": str(learned.pk)}).context["sheet"]
    assert sheet.wish["name"].value() == learned.name
    assert sheet.wish["seed"].value() == "1"
    assert sheet.settings["max_length"].value() == "48"
    assert sheet.settings["weight_decay"].value() == "0.5"


def test_while_it_learns_the_page_follows_and_then_loads_its_figures(researcher, filled, finish_jobs):
    researcher.browser.post(f"{HOME}new/", filled)
    model = RewardModel.objects.get()
    page = researcher.browser.get(one(model)).content.decode()
    assert one(model, "status/") in page
    assert "Stop learning" in page
    assert "HX-Refresh" not in researcher.browser.get(one(model, "status/")).headers
    finish_jobs()
    assert researcher.browser.get(one(model, "status/"))["HX-Refresh"] == "true"


def test_learning_is_stopped_and_tried_again_from_the_models_page(researcher, filled, finish_jobs):
    researcher.browser.post(f"{HOME}new/", filled)
    model = RewardModel.objects.get()
    assert researcher.browser.post(one(model, "cancel/"))["Location"] == one(model)
    assert "Try again" in researcher.browser.get(one(model)).content.decode()
    researcher.browser.post(one(model, "retry/"))
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    refused = researcher.browser.post(one(model, "retry/"), follow=True)
    assert "Only a job that failed" in refused.content.decode()


def test_why_learning_failed_stands_on_the_models_page(researcher, filled, freeze, finish_jobs):
    ties = freeze([comparison(n, "train", preferred=None) for n in range(20)])
    researcher.browser.post(f"{HOME}new/", {**filled, "snapshot": str(ties.pk)})
    finish_jobs()
    page = researcher.browser.get(one(RewardModel.objects.get())).content.decode()
    assert "All 20 comparisons in the training split are ties" in page


def test_the_list_is_filtered_by_standing_kind_and_state(researcher, learned):
    def found(**wanted):
        return list(researcher.browser.get(HOME, wanted).context["table"].page)

    assert found(standing="candidate", kind="bradley_terry", state="succeeded") == [learned]
    assert found(standing="approved") == []
    assert found(state="failed") == []
    assert found(search=learned.name[1:].upper()) == [learned]
    assert found(search="another") == []
    assert found(state="astray") == []


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


def asked(member, body):
    """The page's answer once every model has been loaded."""
    for _ in range(400):
        page = member.browser.post(f"{HOME}ask/", body)
        if not page.context.get("is_coming"):
            return page
        assert "being loaded" in page.content.decode()
        assert "load delay:2s" in page.content.decode()
    raise AssertionError("never loaded")


def test_two_answers_are_compared_in_the_browser(researcher, learned, scorer):
    body = {"models": [str(learned.pk)], "prompt": "hello", "first": "please thank you", "second": "no no no"}
    page = asked(researcher, body)
    assert page.status_code == 200
    assert "Chance that the first is preferred" in page.content.decode()
    (opinion,) = page.context["opinions"]
    first, second = opinion.scores
    assert first["reward"] > second["reward"]
    assert opinion.chance > 0.5


def test_a_model_that_cannot_answer_is_no_hindrance_to_the_others(researcher, learned, scorer):
    broken = RewardModel.objects.get(pk=learned.pk)
    broken.pk, broken.name, broken._state.adding = None, "Broken", True
    broken.id = uuid4()
    broken.save()
    body = {"models": [str(broken.pk), str(learned.pk)], "prompt": "hello", "first": "please", "second": ""}
    opinions = {one.model.name: one for one in asked(researcher, body).context["opinions"]}
    assert "differs" in opinions["Broken"].trouble
    assert len(opinions["Courtesy"].scores) == 1
    assert opinions["Courtesy"].chance is None


def test_what_moved_the_scores_most_stands_first(learned):
    scores = [{"components": {"polite": 1.0, "short": 0.2}}, {"components": {"polite": 0.9, "short": -0.5}}]
    parts = Opinion(learned, scores).parts
    assert [(part.name, round(part.moved, 3)) for part in parts] == [("short", 0.7), ("polite", 0.1)]


def test_a_missing_answer_is_said_at_the_field(researcher, learned):
    answer = researcher.browser.post(f"{HOME}ask/", {"models": [str(learned.pk)], "prompt": "hello"})
    assert answer.status_code == 422
    assert "first" in answer.context["form"].errors


def test_what_is_missing_is_said_on_the_page_beside_what_was_pasted(researcher, learned):
    body = {"prompt": "hello", "first": "please"}
    answer = researcher.browser.post(f"{HOME}ask/", body, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Models: This field is required." in answer.content.decode()


def test_models_are_offered_with_their_standing(researcher, learned):
    for address in (f"{HOME}ask/", f"{HOME}compare/"):
        form = researcher.browser.get(address).context["form"]
        assert "Courtesy (candidate)" in str(form)


def test_a_negative_figure_has_a_minus_in_tables_as_in_plots(learned):
    assert tables.ranged(-0.1, [-0.25, 0.05], "+.2f") == "−0.10 [−0.25, +0.05]"
    found = {"one": 0.5, "other": 0.75, "gain": -0.25, "interval": [-0.5, -0.125], "is_clear": True}
    row = render_to_string("rewardmodels/_comparison_row.html", {"found": found, "label": "Accuracy"})
    assert "−0.250 [−0.500–−0.125]" in row


def test_models_of_others_cannot_be_asked(stranger, learned):
    body = {"models": [str(learned.pk)], "prompt": "hello", "first": "please"}
    assert "models" in stranger.browser.post("/w/elsewhere/reward-models/ask/", body).context["form"].errors


def test_the_approved_models_are_chosen_where_nothing_is_said(researcher, learned):
    assert researcher.browser.get(f"{HOME}ask/").context["form"]["models"].value() == []
    researcher.browser.post(one(learned, "standing/"), {"standing": "approved", "reason": "It beats chance."})
    assert researcher.browser.get(f"{HOME}ask/").context["form"]["models"].value() == [learned.pk]


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
    asked = researcher.browser.get(f"/w/home/deleted/reward_model/{learned.pk}/").content.decode()
    assert "retire it first" in asked
    assert "button-danger" not in asked
    answer = researcher.browser.post(f"/w/home/deleted/reward_model/{learned.pk}/")
    assert "retire it first" in answer.content.decode()
    assert RewardModel.objects.get().deleted_at is None
    researcher.browser.post(one(learned, "standing/"), {"standing": "retired", "reason": "old"})
    assert "button-danger" in researcher.browser.get(f"/w/home/deleted/reward_model/{learned.pk}/").content.decode()
    assert researcher.browser.post(f"/w/home/deleted/reward_model/{learned.pk}/")["Location"] == HOME
    assert researcher.browser.get(one(learned)).status_code == 404


@pytest.mark.parametrize("tail", ["", "download/"])
def test_only_researchers_see_a_model(reviewer, stranger, learned, tail):
    assert reviewer.browser.get(one(learned, tail)).status_code == 403
    assert stranger.browser.get(one(learned, tail)).status_code == 404


@pytest.mark.parametrize("tail", ["standing/", "cancel/", "retry/"])
def test_only_researchers_act_on_a_model(reviewer, stranger, learned, tail):
    assert reviewer.browser.post(one(learned, tail), {}).status_code == 403
    assert stranger.browser.post(one(learned, tail), {}).status_code == 404


def test_the_room_stands_in_the_navigation_of_those_who_may_enter(researcher, reviewer):
    assert HOME in researcher.browser.get("/w/home/").content.decode()
    assert HOME not in reviewer.browser.get("/w/home/").content.decode()


def test_home_leads_to_the_models_that_wait_for_a_verdict(researcher, reviewer, learned):
    words = "Reward models to approve"
    assert words in researcher.browser.get("/w/home/").content.decode()
    assert words not in reviewer.browser.get("/w/home/").content.decode()
    registry.change_standing(scope=researcher.scope, model=learned, standing="approved", reason="It ranks well.")
    assert words not in researcher.browser.get("/w/home/").content.decode()
