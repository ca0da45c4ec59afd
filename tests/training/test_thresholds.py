"""Thresholds found from runs that went too far: chosen, found by a job, drawn, and taken over as bounds."""

import numpy as np
import pytest
from django.utils.timezone import now

from jobs.models import Job
from tests.training.test_api import begin

LIST, HOME, WORLD = "/api/v1/proxy-points/", "/w/home/runs/", "builtin:textworld"
TOP = {"warmth": 3.0, "depth": 1.5}


def truth(means):
    return 9.0 - 1.5 * (means["warmth"] - TOP["warmth"]) ** 2 - 0.8 * (means["depth"] - TOP["depth"]) ** 2


@pytest.fixture
def rewards(reward):
    return {name.lower(): reward(name) for name in ("Warmth", "Depth")}


@pytest.fixture
def pushed(researcher, asked, rewards):
    """`pushed("warmth", ends)`: a run by one component, checked by the other and the truth; it went straight."""

    def make(by, ends, looks=8, **changes):
        other = next(name for name in rewards if name != by)
        checks = {"every": 1, "held_out": 0.01, "golds": [WORLD, f"model:{rewards[other].pk}"]}
        part = {"reward_model": str(rewards[by].pk), "weight": 1.0}
        wish = {**asked, "name": by, "prompts": WORLD, "components": [part], "checks": checks, **changes}
        run = begin(researcher, wish)
        for step, share in enumerate(np.linspace(0, 1, looks)):
            means = {name: 2.0 + share * (ends[name] - 2.0) for name in rewards}
            values = {f"held_out/{by}": means[by], f"check/{other}": means[other], "check/truth": truth(means)}
            for name, value in values.items():
                run.job.measurements.create(attempt=1, step=step, name=name, value=value)
        Job.objects.filter(pk=run.job_id).update(state="cancelled", finished_at=now())
        return run

    return make


@pytest.fixture
def too_far(pushed):
    ends = [("warmth", 4.2, 1.2), ("warmth", 4.0, 1.4), ("depth", 2.4, 0.4), ("depth", 2.6, 0.6), ("depth", 3.4, 1.0)]
    return [pushed(by, {"warmth": warmth, "depth": depth}) for by, warmth, depth in ends]


def test_runs_that_went_too_far_give_a_proxy_point_that_bounds_can_take_over(researcher, too_far, rewards, finish_jobs):
    asked = {"runs": [str(run.pk) for run in too_far], "wanted": WORLD}
    first, again = (researcher.api.post(LIST, asked) for _ in range(2))
    assert first.status_code == 202, first.json()
    assert again.json()["id"] == first.json()["id"]
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    result = researcher.api.get(f"{LIST}{job.pk}/").json()["result"]
    found = {one["title"].lower(): one for one in result["components"]}
    assert set(found) == {"warmth", "depth"}
    for name, one in found.items():
        assert one["threshold"] == pytest.approx(TOP[name], abs=0.3), name
        assert one["low"] <= one["threshold"] <= one["high"]
        assert one["cut"][0][0] < one["threshold"] < one["cut"][-1][0]
    assert result["looks"] == 40
    page = researcher.browser.get(f"{HOME}thresholds/{job.pk}/")
    sheet = researcher.browser.get(page.context["bounds"]).context["sheet"]
    held = {part.model.name.lower(): part.thresholds for part in sheet.parts if part.thresholds}
    assert held == {name: [("equal", pytest.approx(found[name]["threshold"], rel=1e-5))] for name in rewards}
    assert sheet.wish["kl_role"].value() == "objective"
    assert sheet.wish["policy"].value() == too_far[0].policy


def test_the_page_chooses_runs_and_leads_to_what_is_found(researcher, too_far):
    page = researcher.browser.get(f"{HOME}thresholds/").content.decode()
    assert "What is truly wanted" in page
    sent = {"runs": [str(run.pk) for run in too_far], "wanted": WORLD}
    answer = researcher.browser.post(f"{HOME}thresholds/", sent)
    job = Job.objects.get(kind="training.proxy_point")
    assert answer["Location"] == f"{HOME}thresholds/{job.pk}/"
    assert "Waiting for a worker" in researcher.browser.get(answer["Location"]).content.decode()


def test_what_gives_no_surface_is_refused_at_its_field(researcher, pushed, rewards, reward):
    ends = {"warmth": 3.0, "depth": 3.0}
    short, other = pushed("warmth", ends, looks=3), reward("Brevity")
    for wanted, runs, field, said in (
        (WORLD, [str(short.pk)], "runs", "3 looks together"),
        (f"model:{other.pk}", [str(short.pk)], "wanted", "Not every one"),
        (WORLD, ["00000000-0000-4000-8000-000000000000"], "runs", "Choose runs"),
    ):
        answer = researcher.api.post(LIST, {"runs": runs, "wanted": wanted})
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == field
        assert said in error["message"]


def test_runs_that_do_not_measure_the_same_share_nothing(researcher, asked, pushed, rewards):
    alone = {"every": 1, "held_out": 0.01, "golds": [WORLD]}
    one = pushed("warmth", {"warmth": 3.0, "depth": 2.0}, checks=alone)
    other = pushed("depth", {"warmth": 2.0, "depth": 3.0}, checks=alone)
    answer = researcher.api.post(LIST, {"runs": [str(one.pk), str(other.pk)], "wanted": WORLD})
    assert answer.status_code == 422
    assert "share 0 reward models" in answer.json()["errors"][0]["message"]
