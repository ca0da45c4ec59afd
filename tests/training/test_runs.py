"""Runs as jobs: what they leave, how they stop and go on, what ends them with a sentence."""

import io
import tarfile

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from training import places
from training.models import Run

__all__ = ["backbone", "learned", "snapshot", "wish"]
LIST = "/api/v1/runs/"


@pytest.fixture
def held(asked, learned):
    """A wish for a run against a reward model that was really learned."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    part = {"reward_model": str(learned.pk), "weight": 1.0, "bounds": [{"role": "at_most", "threshold": 50.0}]}
    return {**asked, "components": [part]}


def begin(member, asked, **changes):
    answer = member.api.post(LIST, {**asked, **changes})
    assert answer.status_code == 202, answer.json()
    return Run.objects.get(pk=answer.json()["id"])


class Stopped(BaseException):
    """Nobody's exception: as if the process had been killed."""


def stop_at(monkeypatch, step, error):
    """The run comes to an end when it reports this step."""
    from jobs.work import Work

    told = Work.report

    def report(self, at, values):
        told(self, at, values)
        if at == step:
            raise error

    monkeypatch.setattr(Work, "report", report)


def test_a_run_is_measured_cancelled_resumed_exported_and_opened(researcher, held, finish_jobs, monkeypatch, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from jobs.work import Cancelled

    run = begin(researcher, held, steps=4, settings={**held["settings"], "keep_every": 2})
    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr("jobs.notes.INTERVAL", 3_600.0)  # nothing is written but what a kept state stands on
        stop_at(patch, 3, Cancelled())
        finish_jobs()
    Job.objects.filter(pk=run.job_id).update(state="cancelled", finished_at=run.created_at)
    address = f"{LIST}{run.pk}/"
    kept = [one["step"] for one in researcher.api.get(f"{address}checkpoints/").json()["results"]]
    assert kept == [2]
    assert researcher.api.post(f"/api/v1/jobs/{run.job_id}/retry/").status_code == 200
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(address).json()
    assert (shown["ended"], shown["last_step"], shown["best_step"]) == ("completed", 4, 4)
    assert shown["components"][0]["bounds"][0]["quantile"] == 1.0
    measured = researcher.api.get(f"{address}measurements/").json()["results"]
    assert {one["step"] for one in measured if one["name"] == "reward/courtesy"} == {1, 2, 3, 4}
    assert {"kl", "multiplier/courtesy/at_most", "length"} <= {one["name"] for one in measured}
    (sample, *_rest) = researcher.api.get(f"{address}samples/", {"step": 4}).json()["results"]
    assert sample["prompt"][0]["content"].startswith("hello")
    assert set(sample["rewards"]) == {"courtesy"}
    answer = researcher.api.get(f"{address}export/", {"checkpoint": 4})
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "export", filter="data")
    folder = tmp_path / "export" / "kinder-4"
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() < 200_000
    assert AutoTokenizer.from_pretrained(folder).chat_template is None
    card = (folder / "README.md").read_text()
    assert run.prompts_sha256 in card
    assert run.components.get().reward_model.snapshot.sha256 in card
    assert researcher.api.get(f"{address}export/", {"checkpoint": 3}).status_code == 422


def test_a_run_goes_on_from_a_checkpoint_of_another(researcher, held, finish_jobs):
    first = begin(researcher, held, steps=2)
    finish_jobs()
    second = begin(researcher, held, steps=1, policy=f"run:{first.pk}")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    card = (places.checkpoint(second.pk, 1) / "README.md").read_text()
    assert f"run:{first.pk}@2" in card


def test_an_adapter_is_kept_for_peft_and_pushed_on_from(researcher, held, finish_jobs):
    settings = {**held["settings"], "mode": "lora", "rank": 2}
    first = begin(researcher, held, steps=1, settings=settings)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert first.checkpoints.get().is_adapter
    begin(researcher, held, steps=1, policy=f"run:{first.pk}@1")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error


def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(researcher, held, finish_jobs, monkeypatch):
    whole = begin(researcher, held)
    finish_jobs()
    killed = begin(researcher, held)
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, 2, Stopped())
        finish_jobs()
    Job.objects.filter(pk=killed.job_id).update(state="queued")
    finish_jobs()
    weights = [(places.checkpoint(run.pk, 3) / "model.safetensors").read_bytes() for run in (whole, killed)]
    assert weights[0] == weights[1]


def test_a_look_scores_what_the_policy_says(researcher, held, finish_jobs):
    model = held["components"][0]["reward_model"]
    wish = {"policy": held["policy"], "prompts": held["prompts"], "reward_models": [model], "samples": 16}
    answer = researcher.api.post("/api/v1/references/", {**wish, "max_new_tokens": 6, "max_prompt": 24})
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    result = researcher.api.get(f"/api/v1/references/{answer.json()['id']}/").json()["result"]
    values = result["rewards"][model]["values"]
    assert result["samples"] == len(values) == 16
    assert values == sorted(values)
    run = begin(researcher, held)
    assert run.details["reference"] == {"courtesy": values}  # nothing is sampled twice


def test_a_full_disk_leaves_the_last_checkpoint_and_says_so(researcher, held, finish_jobs, monkeypatch):
    from training import keeping

    run = begin(researcher, held, steps=4, settings={**held["settings"], "keep_every": 2})
    copy = keeping.linked

    def full(source, target):
        if "4" in source.parts:
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(keeping, "linked", full)
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "disk is full" in job.error
    assert [one.step for one in run.checkpoints.all()] == [2]
    assert places.checkpoint(run.pk, 2).is_dir()
    assert not places.checkpoint(run.pk, 4).exists()


def test_what_can_be_foreseen_ends_the_job_with_a_sentence(researcher, held, finish_jobs):
    run = begin(researcher, held)
    places.prompts(run.prompts_sha256).unlink()
    (job,) = finish_jobs()
    assert "frozen prompts of this run are missing" in job.error
    begin(researcher, held, settings={**held["settings"], "max_prompt": 4_000})
    (job,) = finish_jobs()
    assert "can read" in job.error or "reads 64 tokens" in job.error
    begin(researcher, held, policy="builtin:minilm")
    (job,) = finish_jobs()
    assert "causal model" in job.error
