"""Whether a reward model still follows people: a look by a job, the flag, and who may ask."""

import itertools
from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation.models import Project
from rewardmodels.models import RewardModel, TrackingReport
from rewardmodels.tracking import asking
from tests.annotation.conftest import add_task, project
from tests.annotation.quality.conftest import judge, people
from tests.rewardmodels.conftest import rows

__all__ = ["add_task", "judge", "people", "project"]
API = "/api/v1/reward-models"


@pytest.fixture
def model(researcher, wish, freeze, finish_jobs):
    """Of a snapshot with thirty comparisons held back."""
    frozen = [{**row, "split": "test" if number % 2 else "train"} for number, row in enumerate(rows(60))]
    made = researcher.api.post(f"{API}/", {**wish, "snapshot": str(freeze(frozen).pk)})
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    return RewardModel.objects.get(pk=made.json()["id"])


@pytest.fixture
def said(add_task, judge, people):
    """`said("first")`: one more prompt on which the new model thanks, the old one refuses, and somebody says this."""
    (one,) = people(1)
    numbers = itertools.count()

    def act(answer, text="", sources=("new", "old")):
        number = next(numbers)
        task = add_task(text or f"greetings {number} {number * 7919 % 1000}")
        texts = (f"please thank you {number}", f"no no no {number}")
        for place, words, source in zip(task.places.select_related("response"), texts, sources, strict=True):
            place.response.text, place.response.source = words, source
            place.response.save()
        judge(task, one, answer)

    return act


def look(member, model, project, finish_jobs):
    answer = member.api.post(f"{API}/{model.pk}/track/", {"project": str(project.pk)})
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    return TrackingReport.objects.get(job=job)


def test_a_model_that_people_agree_with_is_not_flagged(researcher, model, project, said, finish_jobs):
    for _ in range(24):
        said("first")
    report = look(researcher, model, project, finish_jobs)
    (pair,) = report.figures["pairs"]
    assert (pair["first"], pair["second"], pair["verdicts"]) == ("new", "old", 24)
    assert pair["people"]["value"] == 1
    assert pair["predicted"]["value"] > 0.5
    assert pair["difference"]["value"] > 0
    assert (report.is_flagged, asking.flag(model)) == (False, None)
    html = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert "It still follows people" in html


def test_a_model_that_people_stopped_agreeing_with_is_flagged_until_a_later_look(
    researcher, model, project, said, finish_jobs
):
    for _ in range(24):
        said("second")
    report = look(researcher, model, project, finish_jobs)
    assert report.is_flagged
    assert report.figures["now"]["agreement"] == 0
    assert report.figures["then"]["agreement"] > 0.9
    assert asking.flag(model) == report
    assert asking.flagged(researcher.scope) == {model.pk}
    shown = researcher.api.get(f"{API}/{model.pk}/").json()["tracking"]
    assert [(one["project"], one["is_flagged"]) for one in shown] == [(str(project.pk), True)]
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert "It has lost touch with people" in page
    TrackingReport.objects.create(
        reward_model=model, project=project.pk, as_of=now() + timedelta(minutes=1), judgments=1, figures=report.figures
    )
    assert asking.flag(model) is None


def test_conversations_that_it_learned_from_are_left_out(researcher, model, project, said, finish_jobs):
    said("second", text="hello 0")
    said("first", text="hello there")
    report = look(researcher, model, project, finish_jobs)
    assert report.judgments == 1
    assert report.figures["tracking"]["z"] is None
    html = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert "Too little to say whether it still follows people" in html


def test_answers_without_a_named_model_say_nothing(researcher, model, project, said, finish_jobs):
    said("first", sources=("", ""))
    assert look(researcher, model, project, finish_jobs).figures["pairs"] == []


def test_what_it_foretold_stands_beside_what_people_said(researcher, reviewer, model, project, said, finish_jobs):
    said("first")
    look(researcher, model, project, finish_jobs)
    researcher.api.post(f"/api/v1/projects/{project.pk}/comparison/")
    finish_jobs()
    address = f"/w/home/projects/{project.pk}/models/"
    assert f"/reward-models/{model.pk}/#tracking" in researcher.browser.get(address).content.decode()
    assert "#tracking" not in reviewer.browser.get(address).content.decode()


def test_a_flag_goes_with_its_project(model, project):
    TrackingReport.objects.create(
        reward_model=model, project=project.pk, as_of=now(), judgments=1, is_flagged=True, figures={}
    )
    assert asking.flag(model) is not None
    Project.objects.filter(pk=project.pk).update(deleted_at=now())
    assert asking.flag(model) is None


def test_looks_that_make_no_sense_are_refused(researcher, stranger, wish, project):
    waiting = researcher.api.post(f"{API}/", wish).json()["id"]
    asked = {"project": str(project.pk)}
    assert researcher.api.post(f"{API}/{waiting}/track/", asked).status_code == 409
    assert stranger.api.post(f"{API}/{waiting}/track/", asked).status_code == 404
    RewardModel.objects.filter(pk=waiting).update(trained_at=now(), sha256="a" * 64, unit="logit")
    unknown = researcher.api.post(f"{API}/{waiting}/track/", {"project": waiting})
    assert unknown.status_code == 422 or unknown.status_code == 400
    assert unknown.json()["errors"][0]["field"] == "project"
    one, again = (researcher.api.post(f"{API}/{waiting}/track/", asked).json()["job"]["id"] for _ in range(2))
    assert one == again
