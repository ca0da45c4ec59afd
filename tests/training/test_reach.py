"""How far a threshold is from anything that was seen: in samples of the reference, in means of other runs."""

import pytest

from tests.training.test_api import begin
from training.models import RunAlarm
from training.references import reach
from training.references.reach import Came, Mean
from training.sheets.parts import prefix_of

SAMPLES = [-1.0, 0.0, 1.0]
SEEN = Came(Mean(-2.0, "Lower"), Mean(3.0, "Higher"))


@pytest.mark.parametrize(
    ("role", "threshold", "values", "seen", "state"),
    [
        ("at_least", 0.5, SAMPLES, None, "within_reach"),
        ("at_least", 1.0, SAMPLES, None, "within_reach"),
        ("at_least", 2.0, SAMPLES, SEEN, "beyond_reference"),
        ("at_least", 4.0, SAMPLES, SEEN, "unseen"),
        ("at_least", 2.0, SAMPLES, None, "unseen"),
        ("at_most", -1.5, SAMPLES, SEEN, "beyond_reference"),
        ("at_most", -2.5, SAMPLES, SEEN, "unseen"),
        ("equal", 0.3, SAMPLES, None, "within_reach"),
        ("equal", 2.9, SAMPLES, SEEN, "beyond_reference"),
        ("equal", -3.0, SAMPLES, SEEN, "unseen"),
        ("at_least", 2.0, [], SEEN, "within_reach"),
        ("at_least", 4.0, [], SEEN, "unseen"),
        ("at_least", 4.0, [], None, "unknown"),
    ],
)
def test_a_threshold_is_as_far_as_anything_that_was_seen(role, threshold, values, seen, state):
    assert reach.state(role, threshold, values, seen) == state


def measured(researcher, asked, name, *values):
    """A run that has brought its component's mean to these."""
    run = begin(researcher, asked, name=name)
    for step, value in enumerate(values, start=1):
        run.job.measurements.create(attempt=1, step=step, name="reward/courtesy", value=value)
    run.job.measurements.create(attempt=1, step=1, name="reward/other", value=99.0)
    return run


def held(asked, role, threshold):
    part = {**asked["components"][0], "bounds": [{"role": role, "threshold": threshold}]}
    return {**asked, "components": [part]}


def test_a_run_says_how_near_others_came_and_its_own_alarm_before_that(researcher, asked, finished_look):
    finished_look(asked, SAMPLES)
    measured(researcher, asked, "Far", 0.5, 7.25, 3.0)
    run = begin(researcher, held(asked, "at_least", 7.0))
    shown = researcher.api.get(f"/api/v1/runs/{run.pk}/").json()
    assert shown["components"][0]["bounds"][0]["state"] == "beyond_reference"
    assert "The run “Far” has come as far: to a mean of 7.25." in shown["warnings"][0]
    out = begin(researcher, held(asked, "at_least", 8.0))
    shown = researcher.api.get(f"/api/v1/runs/{out.pk}/").json()
    assert shown["components"][0]["bounds"][0]["state"] == "unseen"
    assert "Out of reach" in shown["warnings"][0]
    assert "nearest came “Far” with 7.25" in researcher.browser.get(f"/w/home/runs/{out.pk}/").content.decode()
    RunAlarm.objects.create(run=out, name="not_reached/courtesy/at_least", step=9, text="It is not reached.")
    shown = researcher.api.get(f"/api/v1/runs/{out.pk}/").json()
    assert shown["components"][0]["bounds"][0]["state"] == "not_reached"


def test_the_form_says_it_before_a_run_is_begun(researcher, asked, finished_look):
    measured(researcher, asked, "Far", 7.25)
    model = asked["components"][0]["reward_model"]
    typed = {f"{prefix_of(model)}-at_least": "8", "part": "look", "look": str(finished_look(asked, SAMPLES).pk)}
    page = researcher.browser.get("/w/home/runs/new/", typed, headers={"HX-Request": "true"}).content.decode()
    assert "no run has brought the mean of Courtesy to 8; nearest came “Far” with 7.25" in page
    near = {**typed, f"{prefix_of(model)}-at_least": "0.5"}
    page = researcher.browser.get("/w/home/runs/new/", near, headers={"HX-Request": "true"}).content.decode()
    assert "Out of reach" not in page
