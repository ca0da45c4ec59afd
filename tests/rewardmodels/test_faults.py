"""What goes wrong, on purpose: a sentence at the field or in the job's error, nothing half-written, and on we go."""

import html
import shutil

import torch
from safetensors.torch import load_file, save_file

from jobs.models import Job
from jobs.work import folder_of
from rewardmodels import figures, places
from rewardmodels.batches import results
from rewardmodels.models import RewardModel
from tests.lm.tiny import save_decoder
from tests.rewardmodels.conftest import comparison, rows

API = "/api/v1/reward-models/"


def start(member, wish, **changes):
    answer = member.api.post(API, {**wish, **changes})
    assert answer.status_code == 202, answer.json()
    return RewardModel.objects.get(pk=answer.json()["id"])


def learn(member, wish, finish_jobs, **changes):
    """The model and its job, after the work."""
    model = start(member, wish, **changes)
    (job,) = finish_jobs()
    model.refresh_from_db()
    return model, job


def nothing_is_left(model):
    assert not model.is_trained
    assert not places.folder_of(model.pk).exists()
    assert not list(places.shards().glob("*"))


def page(member, model):
    return member.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()


def test_one_annotator_is_enough_to_learn(researcher, wish, freeze, finish_jobs):
    alone = freeze([{**row, "annotator": "a-only"} for row in rows()])
    model, job = learn(researcher, wish, finish_jobs, snapshot=str(alone.pk))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert model.details["annotators"] == 1


def test_people_who_contradict_each_other_set_a_ceiling_that_is_told(researcher, wish, freeze, finish_jobs):
    turned = [{**row, "annotator": "a-9", "answer": {"preferred": "bad"}} for row in rows()]
    model, job = learn(researcher, wish, finish_jobs, snapshot=str(freeze([*rows(), *turned]).pk))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert model.metrics["test"]["agreement"]["ceiling"] == 0.5
    verdict = figures.verdict(model)
    assert verdict is not None
    assert str(verdict[1]) in html.unescape(page(researcher, model))


def long_rows():
    return [
        {**row, "responses": [{**part, "text": part["text"] + " and so on" * 40} for part in row["responses"]]}
        for row in rows()
    ]


def test_answers_longer_than_the_limit_are_cut_and_counted(researcher, wish, freeze, finish_jobs):
    model, job = learn(researcher, wish, finish_jobs, snapshot=str(freeze(long_rows()).pk))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert model.details["losses"]["responses_cut"] == 80
    assert "80 their own end to the limit of tokens" in " ".join(page(researcher, model).split())


def test_where_all_is_too_long_and_dropped_nothing_is_learned(researcher, wish, freeze, finish_jobs):
    settings = {**wish["settings"], "too_long": "drop"}
    model, job = learn(researcher, wish, finish_jobs, snapshot=str(freeze(long_rows()).pk), settings=settings)
    assert job.state == Job.State.FAILED
    assert "holds no comparison of two answers" in job.error
    nothing_is_left(model)


def test_a_length_beyond_what_the_backbone_reads_is_told_with_its_limit(researcher, wish, finish_jobs):
    model, job = learn(researcher, wish, finish_jobs, settings={**wish["settings"], "max_length": 4_096})
    assert job.state == Job.State.FAILED
    assert "reads at most 64 tokens" in job.error
    nothing_is_left(model)


def test_a_backbone_without_pad_token_and_template_gets_both(researcher, wish, finish_jobs, tmp_path):
    bare = save_decoder(tmp_path / "models" / "bare", pad_token=None)
    model, job = learn(researcher, wish, finish_jobs, backbone=str(bare))
    assert job.state == Job.State.SUCCEEDED, job.error
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(places.folder_of(model.pk))
    assert tokenizer.pad_token_id not in {None, tokenizer.eos_token_id}
    assert "Assistant:" in tokenizer.chat_template


def test_a_backbone_whose_weights_are_no_numbers_is_named(researcher, wish, backbone, finish_jobs):
    weights = f"{backbone}/model.safetensors"
    broken = {name: torch.full_like(tensor, float("nan")) for name, tensor in load_file(weights).items()}
    save_file(broken, weights, metadata={"format": "pt"})
    model, job = learn(researcher, wish, finish_jobs)
    assert job.state == Job.State.FAILED
    assert "not numbers" in job.error
    nothing_is_left(model)


def test_a_loss_that_becomes_no_number_ends_the_job_with_its_step(researcher, wish, finish_jobs, monkeypatch):
    from jobs.work import Work

    report = Work.report
    monkeypatch.setattr(Work, "report", lambda self, step, _values: report(self, step, {"loss": float("nan")}))
    model, job = learn(researcher, wish, finish_jobs)
    assert job.state == Job.State.FAILED
    assert "loss became nan at step" in job.error
    nothing_is_left(model)


def test_a_damaged_checkpoint_is_left_aside_and_learning_begins_again(researcher, wish, learned, finish_jobs):
    model = start(researcher, wish)
    folder = folder_of(model.job_id)
    folder.mkdir(parents=True)
    (folder / "fit.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00garbage!")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    model.refresh_from_db()
    assert model.sha256 == learned.sha256


def test_a_disk_that_is_full_keeps_no_scores(researcher, learned, finish_jobs, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rewardmodels.batches.running.write", full)
    body = {"records": [{"prompt": "hello", "response": "please"}]}
    assert researcher.api.post(f"{API}{learned.pk}/batches/", body).status_code == 202
    (job,) = finish_jobs()
    assert "disk is full" in job.error
    assert not list(results.root().glob("*/*"))


def test_weights_that_are_gone_are_told_by_the_job_that_scores(researcher, learned, finish_jobs):
    shutil.rmtree(places.folder_of(learned.pk))
    body = {"records": [{"prompt": "hello", "response": "please"}]}
    assert researcher.api.post(f"{API}{learned.pk}/batches/", body).status_code == 202
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "checksums" in job.error


def test_a_hub_that_cannot_be_reached_is_said_at_the_field_of_the_form(researcher, wish, settings, monkeypatch):
    settings.ALLOW_HUB = True
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("lm.hub.constants.ENDPOINT", "http://127.0.0.1:9")
    answer = researcher.api.post(API, {**wish, "backbone": "owner/no-such-model"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "backbone"
    assert "cannot be reached" in answer.json()["detail"]
    assert not RewardModel.objects.exists()


def test_after_a_job_that_failed_the_next_one_is_done(researcher, wish, freeze, finish_jobs):
    ties = freeze([comparison(n, "train", preferred=None) for n in range(20)])
    start(researcher, wish, snapshot=str(ties.pk))
    good = start(researcher, wish)
    assert [job.state for job in finish_jobs()] == [Job.State.FAILED, Job.State.SUCCEEDED]
    good.refresh_from_db()
    assert good.is_trained
