"""Whether a reward model still follows people: a look by a job, the flag, and who may ask."""

import itertools
import re
from datetime import timedelta

import numpy as np
import pytest
from django.utils.timezone import now

from annotation.agreement.contests import Contests
from annotation.models import Project
from rewardmodels.learning import held_out
from rewardmodels.learning.held_out import HeldOut
from rewardmodels.models import RewardModel, TrackingReport
from rewardmodels.tracking import asking, running
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
        for place, words, source in zip(
            task.places.select_related("response").order_by("position"), texts, sources, strict=True
        ):
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
    assert report.figures["now"]["agreement"] < 0.1  # of so small a model that one of 24 may lie on the other side
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


def test_the_flags_of_a_workspace_are_found_by_one_query(researcher, wish, project, django_assert_num_queries):
    named = [researcher.api.post(f"{API}/", {**wish, "name": name}).json()["id"] for name in ("one", "other")]
    models = [RewardModel.objects.get(pk=pk) for pk in named]
    for model in models:
        for is_flagged, minutes in ((True, 0), (model == models[0], 1)):
            TrackingReport.objects.create(
                reward_model=model, project=project.pk, as_of=now() + timedelta(minutes=minutes), judgments=1,
                is_flagged=is_flagged, figures={},
            )  # fmt: skip
    with django_assert_num_queries(1):
        assert asking.flagged(researcher.scope) == {models[0].pk}
    with django_assert_num_queries(1):
        assert len(asking.newest(models[0])) == 1
    Project.objects.filter(pk=project.pk).update(deleted_at=now())
    assert asking.flagged(researcher.scope) == set()


def test_now_as_then_a_conversation_counts_once_however_many_prompts_it_has(monkeypatch, tmp_path):
    """Twenty times right in one conversation of twenty prompts, and wrong in another: half right on either side."""
    cluster, right = np.repeat([0, 1], [20, 1]), np.repeat([1, -1], [20, 1])
    zeros, margin = np.zeros(21, np.int64), np.ones(21)
    found = HeldOut(np.arange(21), cluster, zeros, margin * right, np.full(21, 0.7), margin)
    monkeypatch.setattr(running.places, "folder_of", lambda pk: tmp_path)
    held_out.write(tmp_path, {"test": found})
    contests = Contests(np.arange(21), cluster, zeros, zeros, zeros + 1, right, zeros, margin)
    now_ = running.shortfall(running.Sides(contests, margin, margin, right != 0))
    then = running.before(RewardModel(calibration={}))
    assert (now_.agreement, now_.value) == pytest.approx((0.5, then.value))
    assert then.agreement == pytest.approx(0.5)


def test_two_projects_of_one_name_are_told_apart_in_the_choice(researcher, model, project):
    Project.objects.create(workspace=project.workspace, name=project.name, kinds=["pairwise"], status="open")
    html = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    choice = html.partition('id="tracked-project"')[2].partition("</select>")[0]
    named = re.findall(r">([^<]+)</option>", choice)
    assert len([one for one in named if one.startswith(f"{project.name} (begun ")]) == 2
