"""Runs that learn from frozen judgments themselves: asked for, refused, learned, opened."""

from uuid import uuid4

import pytest

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
    assert {"loss", "margin", "held_out/loss"} <= {one["name"] for one in measured}
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    assert "The snapshot" in page
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
