"""What a run is checked by: held out prompts, rewards that it does not learn from, and the fall that ends it."""

import shutil
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from jobs.models import Job
from rewardmodels import places as reward_places
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from training import prompts
from training.checks import holding, looking, pictures
from training.models import Run, RunGold
from training.sheets.parts import prefix_of

__all__ = ["backbone", "learned", "snapshot", "wish"]
LIST, HOME = "/api/v1/runs/", "/w/home/runs/"
WORLD = "builtin:textworld"


@pytest.fixture
def held(asked, learned):
    """A wish against a reward model that was really learned, checked by the text world's truth."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    part = {"reward_model": str(learned.pk), "weight": 1.0}
    checks = {"every": 1, "held_out": 0.01, "golds": [WORLD]}
    return {**asked, "prompts": WORLD, "components": [part], "checks": checks}


def begin(member, asked, **changes):
    answer = member.api.post(LIST, {**asked, **changes})
    assert answer.status_code == 202, answer.json()
    return Run.objects.get(pk=answer.json()["id"])


def asked_of(*texts):
    return [[{"role": "user", "content": text}] for text in texts]


def test_prompts_are_held_out_by_conversation_and_seed():
    listed = asked_of(*(f"hello {n}" for n in range(40)))
    longer = [*listed[7], {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Go on."}]
    found = holding.split([*listed, longer], 0.25, seed=3)
    assert sorted(map(str, found.learned + found.held_out)) == sorted(map(str, [*listed, longer]))
    assert 10 <= len(found.held_out) <= 11
    assert (listed[7] in found.held_out) == (longer in found.held_out)
    assert found == holding.split([*listed, longer], 0.25, seed=3)
    assert found != holding.split([*listed, longer], 0.25, seed=4)


def test_two_prompts_are_held_out_at_least_and_one_conversation_cannot_be_divided():
    assert len(holding.split(asked_of("a", "b", "c", "d", "e"), 0.01, seed=0).held_out) == 2
    turns = [[*asked_of("a")[0], {"role": "assistant", "content": str(n)}] for n in range(9)]
    assert not holding.split(turns, 0.2, seed=0).is_possible


def test_a_run_is_checked_on_prompts_that_it_never_learns_from(researcher, held, finish_jobs):
    run = begin(researcher, held, steps=2)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    (gold,) = shown["checks"].pop("golds")
    assert (gold["name"], gold["gold"], gold["unit"]) == ("truth", WORLD, "coins, simulated")
    held_out = shown["checks"]["prompts"]
    assert shown["checks"] == {"every": 1, "held_out": 0.01, "fall": None, "prompts": held_out, "polls": []}
    measured = researcher.api.get(f"{LIST}{run.pk}/measurements/").json()["results"]
    for name in ("check/truth", "check_error/truth", "held_out/courtesy"):
        assert [one["step"] for one in measured if one["name"] == name] == [0, 1, 2], name
    split = holding.split(prompts.listed(run.prompts_sha256), 0.01, run.seed)
    assert len(split.held_out) == held_out
    sampled = researcher.api.get(f"{LIST}{run.pk}/samples/").json()["results"]
    assert all(one["prompt"] in split.learned for one in sampled)
    card = b"".join(researcher.api.get(f"{LIST}{run.pk}/export/").streaming_content).decode(errors="replace")
    assert "Checked every 1 steps on prompts held out by truth" in card
    assert "| check/truth |" in card
    assert "check.truth: builtin:textworld" in card
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert "Check on prompts held out: The text world’s own truth, in coins, simulated" in page
    assert f"every 1 steps on {held_out} prompts held out" in page
    chart = researcher.browser.get(f"{HOME}{run.pk}/chart/", {"panel": "check/truth"}).json()
    assert [one["label"] for one in chart["series"]] == [
        "mean",
        "two standard errors below",
        "two standard errors above",
    ]
    assert chart["threshold"]["value"] == max(chart["series"][0]["values"])


def say(monkeypatch, values):
    """What is truly wanted is worth this, look by look."""
    left = iter(values)
    monkeypatch.setattr(looking, "truth", lambda items: [next(left)] * len(items))


def test_a_check_that_falls_stops_the_run_at_its_best_checkpoint(researcher, held, finish_jobs, monkeypatch):
    say(monkeypatch, [0.0, 1.0, 0.2, 0.1, 0.0])
    run = begin(researcher, held, steps=4, checks={**held["checks"], "fall": 0.5})
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["ended"], shown["best_step"], shown["last_step"]) == ("stopped", 1, 2)
    assert "best after step 1 and has lost 80% of its gain" in shown["why"]
    kept = researcher.api.get(f"{LIST}{run.pk}/checkpoints/").json()["results"]
    assert [(one["step"], one["is_best"]) for one in kept] == [(1, True), (2, False)]
    assert kept[0]["figures"]["check/truth"] == 1.0


def test_no_checkpoint_is_best_where_none_was_better_than_the_beginning(researcher, held, finish_jobs, monkeypatch):
    say(monkeypatch, [1.0, 0.6, 0.2])
    run = begin(researcher, held, steps=2, checks={**held["checks"], "every": 1})
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["best_step"], shown["last_step"]) == (None, 2)
    assert "better than the policy that it began as" in shown["why"]
    kept = researcher.api.get(f"{LIST}{run.pk}/checkpoints/").json()["results"]
    assert [(one["step"], one["is_best"]) for one in kept] == [(2, False)]
    assert "Last checkpoint’s SHA-256" in researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()


def test_a_reward_model_that_is_no_component_checks(researcher, held, learned, finish_jobs):
    gold = RewardModel.objects.get(pk=learned.pk)
    gold.pk, gold.name = uuid4(), "Elder"
    gold.save(force_insert=True)
    shutil.copytree(reward_places.folder_of(learned.pk), reward_places.folder_of(gold.pk))
    checks = {"every": 2, "golds": [f"model:{gold.pk}"], "held_out": 0.01}
    run = begin(researcher, held, steps=1, checks=checks)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    values = dict(job.measurements.filter(step=1).values_list("name", "value"))
    assert values["check/elder"] == pytest.approx(values["held_out/courtesy"])  # its weights are the component's
    assert run.golds.get().reward_sha256 == gold.sha256


@pytest.mark.parametrize(
    ("checks", "status", "field"),
    [
        ({"every": 0}, 400, "checks.every"),
        ({"held_out": 1.0}, 422, "checks.held_out"),
        ({"golds": ["model:seven"]}, 422, "checks.golds.0"),
        ({"golds": [f"model:{uuid4()}"]}, 422, "checks.golds.0"),
        ({"golds": [WORLD]}, 422, "checks.golds.0"),
        ({"golds": [WORLD, WORLD]}, 422, "checks.golds"),
        ({"fall": 0.5}, 422, "checks.fall"),
        ({"every": 5}, 422, "checks.held_out"),
    ],
)
def test_checks_that_make_no_sense_are_refused_at_their_field(researcher, asked, checks, status, field):
    """There are three prompts: two of them cannot be held out."""
    answer = researcher.api.post(LIST, {**asked, "checks": checks})
    assert answer.status_code == status, answer.json()
    assert answer.json()["errors"][0]["field"] == field
    assert not Run.objects.exists()


def test_what_a_run_is_pushed_against_cannot_check_it(researcher, asked, reward):
    component = asked["components"][0]["reward_model"]
    records = {"records": [f"hello {n}" for n in range(9)]}
    answer = researcher.api.post(LIST, {**asked, "prompts": records, "checks": {"golds": [f"model:{component}"]}})
    assert answer.json()["errors"][0]["field"] == "checks.golds.0"
    candidate = reward("Elder", standing="candidate")
    checks = {"golds": [f"model:{candidate.pk}"]}
    answer = researcher.api.post(LIST, {**asked, "prompts": records, "checks": checks})
    assert "only a candidate" in answer.json()["errors"][0]["message"]
    run = begin(researcher, asked, prompts=records, checks=checks, allow_candidate=True)
    assert (run.golds.get().name, run.checks["prompts"]) == ("elder", 2)


def test_the_database_holds_what_a_check_is(researcher, asked, reward):
    records = {"records": [f"hello {n}" for n in range(9)]}
    run = begin(researcher, asked, prompts=records, checks={"golds": [f"model:{reward('Elder').pk}"]})
    for change in ({"builtin": WORLD}, {"reward_sha256": ""}, {"name": ""}, {"unit": ""}, {"reward_model": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RunGold.objects.filter(run=run).update(**change)


def test_checks_are_chosen_in_the_form_and_filled_in_again_for_a_run_like_it(researcher, policy, reward):
    component, gold = reward(), reward("Elder")
    page = researcher.browser.get(f"{HOME}new/")
    assert "Look at prompts held out" in page.content.decode()
    sent = {
        bound.html_name: "" if bound.value() is None else bound.value()
        for form in (page.context["sheet"].wish, page.context["sheet"].settings)
        for bound in form
        if bound.value() is not False
    }
    sent |= {"name": "Kinder", "policy": policy, "prompts": "records", "records": "\n".join(map(str, range(9)))}
    sent |= {f"{prefix_of(component.pk)}-weight": "1", "kl_coefficient": "", "kl_target": "", "algorithm": "rloo"}
    sent |= {"checks-golds": [f"model:{gold.pk}"], "checks-every": "5", "checks-held_out": "0.3", "checks-fall": "0.4"}
    refused = researcher.browser.post(f"{HOME}new/", {**sent, "checks-golds": [f"model:{component.pk}"]})
    assert "is a component of the run" in str(refused.context["sheet"].checks.errors["golds"])
    assert researcher.browser.post(f"{HOME}new/", sent).status_code == 302
    run = Run.objects.get()
    assert run.checks == {"every": 5, "held_out": 0.3, "fall": 0.4, "prompts": 3}
    again = researcher.browser.get(f"{HOME}new/", {"like": str(run.pk)}).context["sheet"].checks
    assert again["golds"].value() == [f"model:{gold.pk}"]
    assert (again["every"].value(), again["fall"].value()) == ("5", "0.4")


def test_the_best_look_is_marked_by_its_step():
    measured = {"check/truth": [(0, 1.0), (5, 3.0), (10, 3.0)], "check_error/truth": [(0, 0.5), (5, 0.25), (10, 0.5)]}
    assert pictures.peak("check/truth", measured) == (("best, after step 5", 3.0),)
    assert pictures.peak("check/truth", {}) == ()
    points = pictures.banded("check/truth", measured)
    assert [value for _step, name, value in points if name == "two standard errors below"] == [0.0, 2.5, 2.0]
