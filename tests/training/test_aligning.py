"""Runs that learn from frozen judgments themselves: asked for, refused, learned, opened."""

from uuid import uuid4

import pytest

from annotation.snapshots import reading
from jobs.models import Job
from tests.rewardmodels.conftest import rows
from tests.training.test_runs import LIST, begin
from training import places
from training.models import Run


@pytest.fixture
def direct(policy, freeze):
    settings = {"mode": "full", "max_length": 48, "batch_size": 8, "learning_rate": 1e-3}
    snapshot = str(freeze(rows(20)).pk)
    return {"name": "Kinder", "policy": policy, "algorithm": "dpo", "snapshot": snapshot, "settings": settings}


def test_a_policy_is_aligned_with_a_snapshot_and_kept_with_its_lineage(researcher, direct, finish_jobs):
    from transformers import AutoModelForCausalLM

    run = begin(researcher, direct)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["ended"], shown["snapshot"], shown["steps"]) == ("completed", direct["snapshot"], None)
    assert shown["details"]["figures"]["held_out/accuracy"] >= 0
    folder = places.checkpoint(run.pk, shown["last_step"])
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() < 200_000
    run.refresh_from_db()
    assert run.snapshot.sha256 in (folder / "README.md").read_text()
    measured = researcher.api.get(f"{LIST}{run.pk}/measurements/").json()["results"]
    assert {"loss", "margin", "held_out/loss", "kl", "kl_error", "length"} <= {one["name"] for one in measured}
    gone = {one["step"]: one["value"] for one in measured if one["name"] == "kl"}
    assert set(gone) == {0, shown["last_step"]}
    assert gone[0] == pytest.approx(0.0, abs=1e-6)
    assert gone[shown["last_step"]] > 0
    samples = researcher.api.get(f"{LIST}{run.pk}/samples/").json()["results"]
    frozen = list(reading.read(run.snapshot, "validation"))
    assert {one["step"] for one in samples} == {shown["last_step"]}
    assert {one["prompt"][0]["content"] for one in samples} <= {row.prompt[0]["content"] for row in frozen}
    assert all({"response", "reference", "kl"} <= set(one) for one in samples)
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    assert "The snapshot" in page
    assert "The reference" in page
    assert "All 2 steps" in page or "steps over 12 judgments" in page


def test_all_losses_can_be_chosen(annotator):
    found = {one["name"] for one in annotator.api.get("/api/v1/methods/").json()["algorithms"]}
    assert {"rloo", "dpo", "ipo", "kto", "odpo", "cardinal_dpo", "simpo", "aot", "lipo", "modpo", "sft"} <= found


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"snapshot": None}, 422, "snapshot"),
        ({"snapshot": str(uuid4())}, 422, "snapshot"),
        ({"steps": 3}, 422, "steps"),
        ({"prompts": "builtin:textworld"}, 422, "prompts"),
        ({"kl": {"role": "penalty"}}, 422, "kl"),
        ({"algorithm": "cardinal_dpo"}, 422, "snapshot"),
        ({"settings": {"beta": -1.0}}, 422, "settings.beta"),
        ({"algorithm": "modpo", "settings": {"others": ["model:seven=0.5"]}}, 422, "settings"),
        ({"algorithm": "modpo", "settings": {"others": [f"model:{uuid4()}=0.5"]}}, 422, "settings"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(researcher, direct, changes, status, field):
    answer = researcher.api.post(LIST, {**direct, **changes})
    assert answer.status_code == status, answer.json()
    assert answer.json()["errors"][0]["field"] == field
    assert not Run.objects.exists()


def test_a_reward_model_that_settings_name_stands_in_the_lineage(researcher, direct, reward):
    model = reward("Brevity")
    run = begin(researcher, {**direct, "algorithm": "modpo", "settings": {"others": [f"model:{model.pk}=0.5"]}})
    part = run.components.get()
    assert (part.reward_model, part.weight) == (model, None)


def test_an_algorithm_that_samples_takes_no_snapshot(researcher, asked, direct):
    answer = researcher.api.post(LIST, {**asked, "snapshot": direct["snapshot"]})
    assert answer.json()["errors"][0]["field"] == "snapshot"
    for missing in ("steps", "prompts"):
        answer = researcher.api.post(LIST, {name: value for name, value in asked.items() if name != missing})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, missing)


def aligned(researcher, direct, finish_jobs, **changes):
    run = begin(researcher, {**direct, **changes})
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    return Run.objects.get(pk=run.pk)


def plain(direct):
    return {name: value for name, value in direct["settings"].items() if name != "beta"}


def test_a_step_after_a_step_has_the_one_before_as_reference_and_the_first_strength_over_lambda(
    researcher, direct, finish_jobs
):
    import json

    settings = {**direct["settings"], "beta": 0.2}
    first = aligned(researcher, direct, finish_jobs, settings=settings)
    second = aligned(researcher, direct, finish_jobs, policy=f"run:{first.pk}", multiplier=4.0)
    assert (second.origin, second.settings["beta"], second.multiplier) == (first, 0.05, 4.0)
    folder = places.checkpoint(second.pk, second.last_step)
    own = json.loads((folder / "direct.json").read_text())
    assert (own["policy"]["name"], own["settings"]["beta"]) == (f"run:{first.pk}@{first.last_step}", 0.05)
    assert f"step.after: run:{first.pk}@{first.last_step} (Kinder)" in (folder / "README.md").read_text()
    third = begin(researcher, {**direct, "policy": f"run:{second.pk}", "multiplier": 2.0})
    assert third.settings["beta"] == pytest.approx(0.1)
    page = researcher.browser.get(f"/w/home/runs/{second.pk}/").content.decode()
    assert "β 0.05 is that of the first step, 0.2, over λ 4" in page
    assert "Merge it with the step before (P-SACPO)" in page
    assert {one["name"] for one in researcher.api.get(f"{LIST}{first.pk}/").json()["made_from"]} == {"Kinder"}


def test_what_is_no_step_after_a_step_is_refused_at_its_field(researcher, direct, asked, finish_jobs):
    first = aligned(researcher, direct, finish_jobs)
    step = {**direct, "policy": f"run:{first.pk}", "multiplier": 2.0}
    wrong = [
        ({**step, "policy": direct["policy"]}, "policy"),
        ({**step, "settings": {**plain(direct), "beta": 0.1}}, "settings.beta"),
        ({**step, "multiplier": 0.0}, "multiplier"),
        ({**step, "multiplier": 1e9}, "multiplier"),
        ({**step, "algorithm": "simpo"}, "algorithm"),
        ({**asked, "multiplier": 2.0}, "multiplier"),
    ]
    for body, field in wrong:
        answer = researcher.api.post(LIST, body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    Run.objects.filter(pk=first.pk).update(algorithm="sft", settings={})
    answer = researcher.api.post(LIST, step)
    assert answer.json()["errors"][0]["field"] == "policy"
