"""Learning as a job: what it leaves, what it refuses, how it goes on."""

import os

import pytest
from safetensors.torch import load_file

from jobs.models import Job, Measurement
from rewardmodels import places
from rewardmodels.learning import folder
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import comparison, rows

LIST = "/api/v1/reward-models/"


def start(member, wish, **changes):
    answer = member.api.post(LIST, {**wish, **changes})
    assert answer.status_code == 202, answer.json()
    return RewardModel.objects.get(pk=answer.json()["id"])


def test_a_model_is_learned_with_figures_a_hash_and_a_folder(learned):
    assert learned.is_trained
    assert learned.unit == "logit"
    assert learned.metrics["test"]["accuracy"] == 1
    assert learned.calibration["n"] == 8
    folder.verify(places.folder_of(learned.pk), learned.sha256)
    assert learned.job.result["sha256"] == learned.sha256
    assert learned.job.result["metrics"]["test"]["accuracy"] == 1


def test_measurements_follow_the_fit(learned):
    measured = Measurement.objects.filter(job=learned.job, name="loss").order_by("step")
    losses = list(measured.values_list("value", flat=True))
    assert len(losses) > 2
    assert losses[-1] < losses[0]


def test_the_same_snapshot_and_seed_give_the_same_hash(researcher, wish, learned, finish_jobs):
    again = start(researcher, wish)
    finish_jobs()
    again.refresh_from_db()
    assert again.sha256 == learned.sha256


@pytest.mark.parametrize(
    ("frozen", "said"),
    [
        ([comparison(n, "train", preferred=None) for n in range(20)], "ties"),
        ([comparison(n, "train") for n in range(4)], "4 decided"),
        ([{**comparison(n, "train"), "shown_order": ["good", "bad"]} for n in range(20)], "shown first"),
    ],
    ids=["all ties", "too few", "one-sided"],
)
def test_a_snapshot_that_holds_nothing_to_learn_ends_the_job_with_a_sentence(
    researcher, wish, freeze, finish_jobs, frozen, said
):
    model = start(researcher, wish, snapshot=str(freeze(frozen).pk))
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert said in job.error
    model.refresh_from_db()
    assert not model.is_trained
    assert not places.folder_of(model.pk).exists()


def test_a_damaged_snapshot_ends_the_job_with_a_sentence(researcher, wish, snapshot, finish_jobs):
    from annotation.snapshots import files

    files.place(snapshot.files["train"]["sha256"]).write_bytes(b"other bytes")
    start(researcher, wish)
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "missing or was changed" in job.error


def test_a_backbone_that_vanished_ends_the_job_with_a_sentence(researcher, wish, backbone, finish_jobs):
    start(researcher, wish)
    os.rename(backbone, backbone + "-gone")
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "config.json" in job.error


def test_a_full_disk_leaves_nothing_and_says_so(researcher, wish, finish_jobs, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rewardmodels.learning.folder.save_file", full)
    model = start(researcher, wish)
    (job,) = finish_jobs()
    assert "disk is full" in job.error
    assert not places.folder_of(model.pk).exists()
    assert not list(places.shards().glob("*"))


def test_too_little_memory_is_a_sentence(researcher, wish, finish_jobs, monkeypatch):
    def starved(*_args, **_kwargs):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory")

    monkeypatch.setattr("lm.encoding.parts", starved)
    start(researcher, wish)
    (job,) = finish_jobs()
    assert "not enough memory" in job.error


class Killed(BaseException):
    """The worker's process is gone."""


def test_a_killed_fit_goes_on_to_the_same_weights(researcher, wish, learned, finish_jobs, monkeypatch):
    from jobs.work import Work

    report = Work.report

    def die(self, step, values):
        report(self, step, values)
        if step == 5:
            raise Killed

    monkeypatch.setattr("rewardmodels.fits.STEPS_BETWEEN_CHECKPOINTS", 2)
    monkeypatch.setattr(Work, "report", die)
    model = start(researcher, {**wish, "name": "Killed"})
    with pytest.raises(Killed):
        finish_jobs()
    monkeypatch.setattr(Work, "report", report)
    Job.objects.filter(pk=model.job_id).update(state="queued", started_at=None)
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    assert job.lines.filter(text="Going on behind step 4.").exists()
    one = load_file(places.folder_of(learned.pk) / folder.HEAD)
    other = load_file(places.folder_of(model.pk) / folder.HEAD)
    assert all((one[name] == other[name]).all() for name in one)


def test_a_model_deleted_while_it_waits_is_not_learned(researcher, wish, finish_jobs):
    model = start(researcher, wish)
    assert researcher.api.delete(f"{LIST}{model.pk}/").status_code == 204
    assert finish_jobs() == []
    model.refresh_from_db()
    assert model.job.state == Job.State.CANCELLED
    assert not model.is_trained


def test_rows_of_this_file_are_what_the_reader_takes(freeze):
    from annotation.snapshots import reading

    assert [row.kind for row in reading.read(freeze(rows(5)))] == ["pairwise"] * 5


def worth(number, split):
    """A row in which courtesy is worth money, in euros."""
    row = comparison(number, split)
    return {**row, "kind": "cardinal", "currency": "EUR", "answer": {**row["answer"], "amount": f"{2 + number % 2}.50"}}


def test_a_reward_in_money_goes_the_whole_way_through_the_product(researcher, wish, freeze, finish_jobs, scorer):
    from tests.rewardmodels.asking import score

    names = ("train", "train", "train", "validation", "test")
    frozen = freeze([worth(number, names[number % 5]) for number in range(40)])
    model = start(researcher, wish, kind="cardinal", snapshot=str(frozen.pk))
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    shown = researcher.api.get(f"{LIST}{model.pk}/").json()
    assert shown["unit"].startswith("EUR (guidelines 1")
    assert {"n", "accuracy", "log_loss", "kinds"} <= set(shown["metrics"]["test"])
    assert shown["metrics"]["test"]["kinds"]["amounts"]["n"] == 8
    items = [{"prompt": "hello 1", "response": f"{text} 1"} for text in ("please thank you", "no no no")]
    answer = score(researcher.api, model.pk, items).json()
    assert answer["unit"] == shown["unit"]
    assert 1 < answer["scores"][0]["reward"] - answer["scores"][1]["reward"] < 6
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert "EUR (guidelines 1" in page


def test_amounts_in_two_currencies_end_the_job_with_a_sentence(researcher, wish, freeze, finish_jobs):
    frozen = freeze([{**worth(number, "train"), "currency": ("EUR", "USD")[number % 2]} for number in range(20)])
    start(researcher, wish, kind="joint", snapshot=str(frozen.pk))
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "in EUR and USD" in job.error
