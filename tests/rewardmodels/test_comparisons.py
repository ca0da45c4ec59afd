"""Two models side by side: by a job, for the same weights once, with a sentence where they cannot be compared."""

from uuid import uuid4

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import rows

API = "/api/v1/reward-models"
HOME = "/w/home/reward-models"


def learn(member, wish, finish_jobs, **changes):
    made = member.api.post(f"{API}/", {**wish, **changes})
    assert made.status_code == 202, made.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    return RewardModel.objects.get(pk=made.json()["id"])


@pytest.fixture
def two(researcher, wish, freeze, finish_jobs):
    """Of a snapshot that holds enough back."""
    frozen = [{**row, "split": "test" if number % 2 else "train"} for number, row in enumerate(rows(60))]
    wish = {**wish, "snapshot": str(freeze(frozen).pk)}
    mild = {**wish["settings"], "weight_decay": 50.0}
    return learn(researcher, wish, finish_jobs), learn(researcher, wish, finish_jobs, name="Mild", settings=mild)


def compare(member, one, other):
    return member.api.post(f"{API}/{one.pk}/compare/", {"other": str(other)})


def test_both_are_held_against_the_same_judgments(researcher, two, finish_jobs):
    one, other = two
    answer = compare(researcher, one, other.pk)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    found = job.result
    assert (found["split"], found["n"]) == ("test", 30)
    assert found["accuracy"]["one"] == pytest.approx(one.metrics["test"]["accuracy"])
    assert found["accuracy"]["other"] == pytest.approx(other.metrics["test"]["accuracy"])
    assert found["mcnemar"]["only_one"] + found["mcnemar"]["only_other"] <= 30
    assert found["log_loss"]["gain"] == pytest.approx(found["log_loss"]["other"] - found["log_loss"]["one"])


def test_the_same_two_are_compared_once(researcher, two, finish_jobs):
    one, other = two
    first = compare(researcher, one, other.pk).json()["id"]
    finish_jobs()
    assert compare(researcher, one, other.pk).json()["id"] == first
    assert compare(researcher, other, one.pk).json()["id"] != first


def test_two_models_that_differ_stand_there_at_first(researcher, two):
    form = researcher.browser.get(f"{HOME}/compare/").context["form"]
    assert {form[name].value() for name in ("one", "other")} == {model.pk for model in two}


def test_the_page_leads_from_two_models_to_their_figures(researcher, two, finish_jobs):
    one, other = two
    assert f"?one={one.pk}" in researcher.browser.get(f"{HOME}/{one.pk}/").content.decode()
    page = researcher.browser.get(f"{HOME}/compare/", {"one": str(one.pk)})
    assert page.context["form"]["other"].value() == other.pk
    sent = researcher.browser.post(f"{HOME}/compare/", {"one": str(one.pk), "other": str(other.pk)})
    assert sent.status_code == 302, sent.content.decode()
    assert "every 2s" in researcher.browser.get(sent["Location"]).content.decode()
    finish_jobs()
    told = researcher.browser.get(f"{sent['Location']}status/").content.decode()
    assert "30 judgments of the split test" in told
    assert "every 2s" not in told


def verdict(number):
    """One answer, desirable where it is polite."""
    row = rows(number + 1)[number]
    answer = {"desirable": row["responses"][0]["id"] == "good"}
    split = "test" if number % 3 == 0 else "train"
    return {**row, "kind": "binary", "responses": row["responses"][:1], "answer": answer, "split": split}


def test_models_of_yes_and_no_are_compared_by_what_was_lost_on_them(researcher, wish, freeze, finish_jobs):
    frozen = freeze([verdict(number) for number in range(75)])
    wish = {**wish, "kind": "binary", "snapshot": str(frozen.pk), "settings": {"max_length": 48, "weight_decay": 0.5}}
    one = learn(researcher, wish, finish_jobs)
    mild = {**wish["settings"], "weight_decay": 500.0}
    other = learn(researcher, wish, finish_jobs, name="Mild", settings=mild)
    job = compare(researcher, one, other.pk).json()["id"]
    (done,) = finish_jobs()
    assert done.state == "succeeded", done.error
    told = done.result["kinds"]["verdicts"]
    assert (done.result["split"], told["n"]) == ("test", 25)
    for name, model in (("one", one), ("other", other)):
        figures = model.metrics["test"]["kinds"]["verdicts"]
        assert told["log_loss"][name] == pytest.approx(figures["log_loss"])
    assert told["log_loss"]["gain"] == pytest.approx(told["log_loss"]["other"] - told["log_loss"]["one"])
    page = researcher.browser.get(f"{HOME}/compare/{job}/").content.decode()
    assert "Other kinds of judgment" in page
    assert "Desirable or not" in page
    assert "Accuracy" not in page


@pytest.mark.parametrize("which", ["itself", "nobody"])
def test_a_pair_that_is_none_is_refused_at_its_field(researcher, learned, which):
    answer = compare(researcher, learned, learned.pk if which == "itself" else uuid4())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "other"


def test_models_that_share_nothing_are_told_so(researcher, learned, wish, freeze, finish_jobs):
    other = [{**row, "prompt": [{"role": "user", "content": f"other {n}"}]} for n, row in enumerate(rows(40))]
    stranger_to_it = learn(researcher, wish, finish_jobs, name="Other", snapshot=str(freeze(other).pk))
    compare(researcher, learned, stranger_to_it.pk)
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "share 0 held-out comparisons" in job.error


def test_an_untrained_model_is_compared_with_nothing(researcher, learned, wish):
    made = researcher.api.post(f"{API}/", {**wish, "name": "Later"}).json()["id"]
    assert compare(researcher, learned, made).status_code == 409


def test_strangers_compare_nothing(stranger, learned):
    assert compare(stranger, learned, learned.pk).status_code == 404
