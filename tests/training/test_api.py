"""Runs over the API, as member, as too-low role and as stranger; bad input on purpose."""

import json
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from audit.models import Entry
from rewardmodels.models import TrackingReport
from training import places
from training.models import Checkpoint, Run, RunBound, RunComponent

LIST = "/api/v1/runs/"


def begin(member, asked, **changes):
    answer = member.api.post(LIST, {**asked, **changes})
    assert answer.status_code == 202, answer.json()
    return Run.objects.get(pk=answer.json()["id"])


def changed(asked, **fields):
    """With the first component changed."""
    return {**asked, "components": [{**asked["components"][0], **fields}]}


def test_what_can_be_run_is_listed_with_its_settings(annotator):
    found = {one["name"]: one for one in annotator.api.get("/api/v1/methods/").json()["algorithms"]}
    assert found["rloo"]["schema"]["properties"]["samples"]["default"] == 4


def test_a_run_is_accepted_with_its_job_frozen_prompts_and_components(researcher, asked):
    answer = researcher.api.post(LIST, asked)
    assert answer.status_code == 202, answer.json()
    assert answer.json()["job"]["queue"] == "gpu"
    run = Run.objects.get(pk=answer.json()["id"])
    assert run.prompts == {"records": 3}
    kept = places.prompts(run.prompts_sha256).read_text().splitlines()
    assert sorted(json.loads(line)[0]["content"] for line in kept) == ["hello 1", "hello 2", "hello 3"]
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert shown["prompts"]["count"] == 3
    (part,) = shown["components"]
    assert (part["name"], part["weight"], part["unit"]) == ("courtesy", 1.0, "logit")
    assert part["bounds"] == [{"role": "at_most", "threshold": 2.5, "quantile": None, "state": "unknown"}]
    assert part["judgments"]["pairwise"]["train"] == 6
    assert shown["kl"] == {"role": "penalty", "coefficient": 0.1}
    assert Entry.objects.filter(action="run.created", object_id=str(run.pk)).exists()


def test_the_order_in_which_prompts_come_and_doublets_change_nothing(researcher, asked):
    one = begin(researcher, asked)
    other = begin(researcher, asked, prompts={"records": ["hello 3", "hello 2", "hello 1", "hello 2"]})
    assert one.prompts_sha256 == other.prompts_sha256


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"algorithm": "alchemy"}, 422, "algorithm"),
        ({"policy": "/etc"}, 422, "policy"),
        ({"policy": "builtin:nothing"}, 422, "policy"),
        ({"policy": f"run:{uuid4()}"}, 422, "policy"),
        ({"policy": "run:seven"}, 422, "policy"),
        ({"policy": f"model:{uuid4()}"}, 422, "policy"),
        ({"prompts": {"records": ["only one"]}}, 422, "prompts"),
        ({"prompts": {"records": ["twice", "twice"]}}, 422, "prompts"),
        ({"prompts": {"records": ["hello", " "]}}, 422, "prompts.records.1"),
        ({"prompts": {"records": ["hello", {"prompt": 7}]}}, 422, "prompts.records.1"),
        ({"prompts": {"records": [f"hello {n}" for n in range(1_001)]}}, 422, "prompts.records"),
        ({"prompts": {"records": []}}, 422, "prompts.records"),
        ({"prompts": {"snapshot": str(uuid4())}}, 422, "prompts.snapshot"),
        ({"prompts": {"snapshot": "seven"}}, 422, "prompts.snapshot"),
        ({"prompts": {"project": str(uuid4())}}, 422, "prompts.project"),
        ({"prompts": {"project": str(uuid4()), "records": ["a"]}}, 422, "prompts"),
        ({"prompts": {"project": str(uuid4()), "split": "test"}}, 422, "prompts"),
        ({"prompts": "elsewhere"}, 422, "prompts"),
        ({"components": []}, 422, "components"),
        ({"kl": {"role": "at_most"}}, 422, "kl.target"),
        ({"kl": {"role": "penalty", "target": -1.0}}, 422, "kl.target"),
        ({"kl": {"role": "sideways"}}, 400, "kl.role"),
        ({"settings": {"samples": 1}}, 422, "settings.samples"),
        ({"settings": {"colour": "red"}}, 422, "settings.colour"),
        ({"steps": 0}, 400, "steps"),
        ({"seed": -1}, 400, "seed"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_at_its_field(researcher, asked, changes, status, field):
    refused(researcher, {**asked, **changes}, status, field)


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"reward_model": str(uuid4())}, 422, "components.0.reward_model"),
        ({"weight": None, "bounds": []}, 422, "components.0.weight"),
        ({"weight": 0}, 422, "components.0.weight"),
        ({"weight": 1e300}, 422, "components.0.weight"),
        ({"weight": None}, 422, "components"),
        ({"bounds": [{"role": "below", "threshold": 1}]}, 400, "components.0.bounds.0.role"),
        ({"bounds": [{"role": "equal"}]}, 400, "components.0.bounds.0.threshold"),
        ({"bounds": [{"role": "equal", "threshold": "inf"}]}, 400, "components.0.bounds.0.threshold"),
        (
            {"bounds": [{"role": "at_least", "threshold": 2}, {"role": "at_most", "threshold": 1}]},
            422,
            "components.0.bounds",
        ),
        ({"unit": "EUR"}, 422, "components.0.unit"),
    ],
)
def test_a_component_that_makes_no_sense_is_refused_at_its_field(researcher, asked, fields, status, field):
    """Without a weight nothing is raised, as the KL is only a bound here."""
    refused(researcher, {**changed(asked, **fields), "kl": {"role": "at_most", "target": 3.0}}, status, field)


def refused(member, wish, status, field):
    answer = member.api.post(LIST, wish)
    assert answer.status_code == status, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    fields = [error["field"] for error in answer.json()["errors"]]
    assert any(one.startswith(field) for one in fields), answer.json()
    assert not Run.objects.exists()


def test_a_candidate_takes_part_only_where_that_is_allowed(researcher, asked, reward):
    model = reward("New", standing="candidate")
    refused(researcher, changed(asked, reward_model=str(model.pk)), 422, "components.0.reward_model")
    run = begin(researcher, changed(asked, reward_model=str(model.pk)), allow_candidate=True)
    assert run.components.get().reward_model == model


def test_a_model_that_lost_touch_takes_part_only_with_a_written_reason_that_stays_with_the_run(
    researcher, asked, reward
):
    model = reward("Adrift")
    TrackingReport.objects.create(
        reward_model=model, project=model.snapshot.project_id, as_of=now(), judgments=40, is_flagged=True, figures={}
    )
    wish = changed(asked, reward_model=str(model.pk))
    refused(researcher, wish, 422, "why_flagged")
    refused(researcher, {**wish, "why_flagged": "  "}, 422, "why_flagged")
    run = begin(researcher, wish, why_flagged=" The failing case of a study. ")
    assert researcher.api.get(f"{LIST}{run.pk}/").json()["why_flagged"] == "The failing case of a study."
    assert "The failing case of a study." in researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()


def test_the_form_asks_for_a_reason_only_where_a_model_carries_a_flag(researcher, reward):
    model = reward()
    form = "/w/home/runs/new/"
    assert "why_flagged" not in researcher.browser.get(form).content.decode()
    TrackingReport.objects.create(
        reward_model=model, project=model.snapshot.project_id, as_of=now(), judgments=40, is_flagged=True, figures={}
    )
    assert 'name="why_flagged"' in researcher.browser.get(form).content.decode()


@pytest.mark.parametrize("fields", [{"standing": "retired"}, {"trained_at": None, "sha256": "", "unit": ""}])
def test_what_is_retired_or_untrained_never_takes_part(researcher, asked, reward, fields):
    model = reward("Old", **{"standing": "candidate", **fields})
    wish = {**changed(asked, reward_model=str(model.pk)), "allow_candidate": True}
    refused(researcher, wish, 422, "components.0.reward_model")


def test_another_workspaces_model_prompts_and_run_do_not_exist(researcher, stranger, asked, reward, freeze):
    theirs = reward("Theirs", workspace=stranger.membership.workspace)
    refused(researcher, changed(asked, reward_model=str(theirs.pk)), 422, "components.0.reward_model")
    run = begin(researcher, asked)
    assert stranger.api.get(f"{LIST}{run.pk}/").status_code == 404
    snapshot = str(run.components.get().reward_model.snapshot_id)
    mine = {**changed(asked, reward_model=str(theirs.pk)), "prompts": {"snapshot": snapshot}}
    answer = stranger.api.post(LIST, mine)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in {"prompts.snapshot", "policy"}


def test_a_reward_model_is_one_component(researcher, asked):
    twice = {**asked, "components": asked["components"] * 2}
    refused(researcher, twice, 422, "components.1.reward_model")


def test_prompts_of_a_snapshot_are_each_taken_once_from_the_split(researcher, asked, reward):
    snapshot = reward("Other").snapshot
    run = begin(researcher, asked, prompts={"snapshot": str(snapshot.pk), "split": "train"})
    assert run.prompts_count == 6
    assert run.prompts == {"snapshot": str(snapshot.pk), "split": "train"}
    asked = {**asked, "prompts": {"snapshot": str(snapshot.pk), "split": "exam"}}
    assert researcher.api.post(LIST, asked).json()["errors"][0]["field"] == "prompts.split"


def test_the_text_world_brings_policy_and_prompts(researcher, asked):
    run = begin(researcher, asked, policy="builtin:textworld", prompts="builtin:textworld")
    assert run.prompts == "builtin:textworld"
    assert 900 < run.prompts_count <= 1_000
    assert "stake" in places.prompts(run.prompts_sha256).read_text()


def test_a_look_puts_thresholds_in_their_places_and_warns_beyond_them(researcher, asked, finished_look):
    finished_look(asked, [0.0, 1.0, 2.0, 3.0])
    run = begin(researcher, asked)
    assert RunBound.objects.get(component__run=run).quantile == 0.75
    assert researcher.api.get(f"{LIST}{run.pk}/").json()["warnings"] == []
    high = begin(researcher, changed(asked, bounds=[{"role": "at_least", "threshold": 3.5}]))
    (said,) = researcher.api.get(f"{LIST}{high.pk}/").json()["warnings"]
    assert "No reference sample reaches 3.5" in said


def test_the_same_look_is_not_taken_twice(researcher, asked):
    models = [part["reward_model"] for part in asked["components"]]
    wish = {"policy": asked["policy"], "prompts": asked["prompts"], "reward_models": models}
    first, again = (researcher.api.post("/api/v1/references/", wish) for _ in range(2))
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert researcher.api.get(f"/api/v1/references/{first.json()['id']}/").json()["state"] == "queued"


def test_a_checkpoint_of_a_run_is_a_policy_by_name(researcher, asked):
    first = begin(researcher, asked)
    assert researcher.api.post(LIST, {**asked, "policy": f"run:{first.pk}"}).status_code == 409
    for step in (2, 4):
        Checkpoint.objects.create(run=first, step=step, sha256="a" * 64, bytes=1, is_best=step == 2)
    second = begin(researcher, asked, policy=f"run:{first.pk}")
    assert (second.policy, second.origin) == (f"run:{first.pk}@2", first)
    assert begin(researcher, asked, policy=f"run:{first.pk}@4").policy == f"run:{first.pk}@4"
    answer = researcher.api.post(LIST, {**asked, "policy": f"run:{first.pk}@3"})
    assert answer.status_code == 422
    assert "it keeps 2, 4" in answer.json()["errors"][0]["message"]


def test_runs_are_listed_and_filtered(researcher, asked, reward):
    run = begin(researcher, asked)
    model = run.components.get().reward_model_id
    assert [one["id"] for one in researcher.api.get(LIST).json()["results"]] == [str(run.pk)]
    assert len(researcher.api.get(LIST, {"reward_model": str(model), "state": "queued"}).json()["results"]) == 1
    assert researcher.api.get(LIST, {"reward_model": str(reward("B").pk)}).json()["results"] == []
    assert researcher.api.get(LIST, {"algorithm": "ppo"}).json()["results"] == []


def test_a_deleted_run_is_gone_and_its_job_stopped(researcher, asked):
    run = begin(researcher, asked)
    assert researcher.api.delete(f"{LIST}{run.pk}/").status_code == 204
    assert researcher.api.get(f"{LIST}{run.pk}/").status_code == 404
    run.job.refresh_from_db()
    assert run.job.state == "cancelled"


def test_the_same_key_begins_one_run(researcher, asked):
    answers = [researcher.api.post(LIST, asked, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"steps": 0},
        {"name": ""},
        {"ending": "completed"},
        {"best_step": 3},
        {"prompts_count": 1},
        {"prompts_sha256": ""},
    ],
)
def test_the_database_holds_what_a_run_is(researcher, asked, fields):
    run = begin(researcher, asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**fields)


def test_the_database_holds_what_a_component_and_a_bound_are(researcher, asked):
    part = begin(researcher, asked).components.get()
    for change in ({"name": ""}, {"weight": float("nan")}, {"reward_sha256": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RunComponent.objects.filter(pk=part.pk).update(**change)
    for change in ({"role": "near"}, {"threshold": float("inf")}, {"quantile": 1.5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RunBound.objects.filter(component=part).update(**change)


def test_a_reviewer_may_neither_read_nor_begin(reviewer, researcher, asked):
    run = begin(researcher, asked)
    assert reviewer.api.get(f"{LIST}{run.pk}/").status_code == 403
    assert reviewer.api.post(LIST, asked).status_code == 403
