"""Thresholds searched within one run: asked for, followed, cancelled and resumed, taken over as bounds."""

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_runs import Stopped
from training.learning.thresholds.leading import Led
from training.searches import metrics, pictures
from training.sheets.parts import prefix_of

__all__ = ["backbone", "learned", "snapshot", "wish"]
LIST, HOME, WORLD = "/api/v1/threshold-searches/", "/w/home/runs/thresholds/search/", "builtin:textworld"
SMALL = {"budget": 200, "share": 0.2, "looked": 16, "last": 2, "most": 3, "held_out": 0.01}


@pytest.fixture
def sought(asked, reward):
    """What a person sends to search the threshold of one reward model for the text world's truth."""
    names = ("policy", "algorithm", "settings", "seed")
    part = {"reward_model": str(reward("Warmth").pk)}
    return {name: asked[name] for name in names} | {
        "prompts": WORLD,
        "components": [part],
        "wanted": WORLD,
        "search": SMALL,
    }


@pytest.fixture
def real(sought, learned):
    """The same of a reward model that was really learned."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    return {**sought, "components": [{"reward_model": str(learned.pk)}]}


def begin(member, sought, **changes):
    answer = member.api.post(LIST, {**sought, **changes})
    assert answer.status_code == 202, answer.json()
    return Job.objects.get(pk=answer.json()["id"])


def test_a_search_is_stopped_resumed_followed_and_its_thresholds_are_taken_over(
    researcher, real, finish_jobs, monkeypatch
):
    job = begin(researcher, real)
    assert begin(researcher, real).pk == job.pk
    come, count = Led.run, 0

    def dying(self):
        nonlocal count
        count += 1
        if count == 2:
            raise Stopped
        return come(self)

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Led, "run", dying)
        finish_jobs()
    shown = researcher.api.get(f"{LIST}{job.pk}/").json()
    assert [one["number"] for one in shown["proposals"]] == [0]
    first = shown["proposals"][0]
    Job.objects.filter(pk=job.pk).update(state="cancelled", finished_at=job.created_at)
    assert "Resume" in researcher.browser.get(f"{HOME}{job.pk}/").content.decode()
    assert researcher.browser.post(f"{HOME}{job.pk}/retry/")["Location"] == f"{HOME}{job.pk}/"
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{job.pk}/").json()
    assert shown["proposals"][0] == first
    assert [one["number"] for one in shown["proposals"]] == list(range(len(shown["proposals"])))
    assert first["begin"] is None
    result = shown["result"]
    best = shown["proposals"][result["best"]]
    (found,) = result["components"]
    assert found["threshold"] in (best["thresholds"]["courtesy"], best["means"]["courtesy"])
    assert result["again"]["gain"] == pytest.approx(result["again"]["value"] - result["again"]["reference"])
    page = researcher.browser.get(f"{HOME}{job.pk}/")
    said = page.content.decode()
    assert "Run again from the reference" in said
    is_noise = result["again"]["gain"] <= 2 * result["again"]["gain_error"]
    assert ("That gain is not beyond noise" in said) == is_noise
    assert said.count("<tr") >= len(shown["proposals"])
    sheet = researcher.browser.get(page.context["bounds"]).context["sheet"]
    (held,) = (part for part in sheet.parts if part.thresholds)
    assert held.thresholds == [("equal", pytest.approx(found["threshold"], rel=1e-5))]
    assert sheet.wish["kl_role"].value() == "objective"
    assert sheet.wish["policy"].value() == real["policy"]
    assert sheet.settings["controller"].value() == "pid"
    assert sheet.settings["max_new_tokens"].value() == "6"


def test_a_reward_model_may_be_what_is_to_be_highest(researcher, real, reward, learned, finish_jobs):
    import shutil

    from rewardmodels import places

    gold = reward("Elder", sha256=learned.sha256)
    shutil.copytree(places.folder_of(learned.pk), places.folder_of(gold.pk))
    job = begin(researcher, real, wanted=f"model:{gold.pk}", components=[{**real["components"][0], "step": -0.5}])
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    proposals = researcher.api.get(f"{LIST}{job.pk}/").json()["proposals"]
    for one in proposals:
        assert one["value"] == pytest.approx(one["means"]["courtesy"])  # its weights are the component's
    assert proposals[1]["thresholds"]["courtesy"] == pytest.approx(proposals[0]["thresholds"]["courtesy"] - 0.5)


def test_a_count_may_be_what_is_to_be_highest_or_lowest(researcher, real, finish_jobs):
    from training.searches import running

    job = begin(researcher, real, wanted="code:-words")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{job.pk}/").json()
    assert max(one["value"] for one in shown["proposals"]) <= 0
    assert shown["result"]["reference"]["value"] < 0
    assert "minus words" in researcher.browser.get(f"{HOME}{job.pk}/").content.decode()
    asked = ({"role": "user", "content": "Where do otters sleep?"},)
    count = running.counted(metrics.ALL["code:overlap"])
    assert count([(asked, "Otters sleep afloat."), (asked, "No.")]) == [pytest.approx(2 / 3), 0.0]


def test_an_approval_that_is_withdrawn_stops_the_search_with_a_sentence(researcher, real, learned, finish_jobs):
    begin(researcher, real)
    RewardModel.objects.filter(pk=learned.pk).update(standing="candidate")
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "The approval of the reward model “Courtesy” was withdrawn" in job.error


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"components": []}, "components", "Choose 1 to 4 reward models"),
        ({"algorithm": "dpo"}, "algorithm", "choose one of rloo, reinforce, grpo, ppo"),
        ({"wanted": "model:nobody"}, "wanted", "Write model:<id>"),
        ({"wanted": "code:wit"}, "wanted", "stands one of length, words"),
        ({"prompts": {"records": ["a", "b", "c", "d", "e", "f"]}}, "wanted", "knows what answers to its own prompts"),
        ({"search": {**SMALL, "budget": 100}}, "search.budget", "allow 160 answers in all"),
        ({"search": {**SMALL, "share": 0.4}}, "search.share", "a smaller share"),
        ({"search": {**SMALL, "looked": 4}}, "search.looked", "8"),
        ({"settings": {"samples": 1}}, "settings.samples", "at least 2 are needed"),
        ({"policy": "run:nobody"}, "policy", "is no name"),
    ],
)
def test_what_makes_no_search_is_refused_at_its_field(researcher, sought, changes, field, said):
    answer = researcher.api.post(LIST, {**sought, **changes})
    assert answer.status_code == 422, answer.json()
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert said in error["message"]


def test_what_is_held_cannot_be_what_is_to_be_highest_and_a_first_step_goes_somewhere(researcher, sought, reward):
    part, gold = sought["components"][0], reward("Gold")
    few = {"records": ["hello 1", "hello 2", "hello 3"]}
    for changes, field, said in (
        ({"wanted": f"model:{part['reward_model']}"}, "wanted", "“Warmth” is held at the threshold"),
        ({"components": [{**part, "step": 0.0}]}, "components.0.step", "cannot be 0"),
        ({"components": [part, part]}, "components.1.reward_model", "is a component already"),
        ({"components": [{**part, "unit": "coins"}]}, "components.0.unit", "logit"),
        ({"wanted": f"model:{gold.pk}", "prompts": few}, "search.held_out", "two are needed of each"),
    ):
        answer = researcher.api.post(LIST, {**sought, **changes})
        assert answer.status_code == 422, (field, answer.json())
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert said in error["message"]


def filled(sought, part, **changes):
    """The form as a browser sends it."""
    plain = {name: sought[name] for name in ("policy", "algorithm", "wanted", "seed", "prompts")}
    plain |= {f"settings-{name}": value for name, value in sought["settings"].items()}
    return {**plain, **{f"search-{name}": value for name, value in SMALL.items()}, f"{part}-use": "on", **changes}


def test_the_form_begins_a_search_and_says_what_is_wrong_where_it_is(researcher, sought):
    part = prefix_of(sought["components"][0]["reward_model"])
    page = researcher.browser.get(HOME)
    first = page.context["sheet"]
    sent = {f"settings-{one.name}": one.initial for one in first.settings if one.initial is not None}
    sent |= {f"search-{one.name}": one.initial for one in first.search if one.initial is not None}
    given = filled(sought, part)
    wrong = researcher.browser.post(HOME, {**sent, **given, "search-budget": 100, f"{part}-step": 0})
    assert wrong.status_code == 422
    assert "cannot be 0" in str(wrong.context["sheet"].taken[0].form.errors["step"])
    wrong = researcher.browser.post(HOME, {**sent, **given, "search-budget": 100})
    assert "allow 160 answers in all" in str(wrong.context["sheet"].search.errors["budget"])
    nobody = {name: value for name, value in {**sent, **given}.items() if not name.endswith("-use")}
    assert "Choose 1 to 4" in researcher.browser.post(HOME, nobody).content.decode()
    answer = researcher.browser.post(HOME, {**sent, **given})
    job = Job.objects.get(kind="training.threshold_search")
    assert answer["Location"] == f"{HOME}{job.pk}/"
    assert job.arguments["settings"]["controller"] == "pid"
    assert job.arguments["search"]["budget"] == 200
    assert "Waiting for a worker" in researcher.browser.get(answer["Location"]).content.decode()
    assert job.created_at.strftime("%Y") in researcher.browser.get(HOME).content.decode()
    assert researcher.browser.post(f"{HOME}{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_another_algorithm_brings_its_own_settings_and_keeps_what_was_typed(researcher, sought):
    asked = {"algorithm": "ppo", "settings-max_new_tokens": "7"}
    answer = researcher.browser.post(HOME, asked, headers={"HX-Request": "true"})
    sheet = answer.context["sheet"]
    assert "critic_width" in sheet.settings.fields
    assert sheet.settings["max_new_tokens"].value() == "7"
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(("gain", "is_noise"), [(1.0, True), (1.01, False), (-3.0, True)])
def test_a_gain_counts_beyond_two_standard_errors(gain, is_noise):
    assert pictures.is_noise(Job(result={"again": {"gain": gain, "gain_error": 0.5}})) == is_noise


def test_methods_tell_what_a_search_takes(researcher):
    method, people = researcher.api.get("/api/v1/methods/").json()["searches"]
    assert method["name"] == "nelder_mead"
    assert method["schema"]["properties"]["budget"]["default"] == 20_000
    assert people["name"] == "people"
    assert people["schema"]["properties"]["questions"]["default"] == 40


def test_quotes_within_quotes_are_single():
    assert metrics.ALL["code:second_person"].aim == "more of “says ‘you’”"
