"""The thin thread: twenty pairs in, labelled, frozen, read as files."""

import pytest

from annotation.models import Snapshot, Task
from annotation.snapshots import reading


def pairs(count):
    return [{"prompt": f"Question {n}?", "responses": [f"Good {n}.", f"Bad {n}."]} for n in range(count)]


@pytest.fixture
def labelled(researcher, annotator, finish_jobs):
    """A project of 20 pairs in which one annotator has preferred every good answer."""
    project = researcher.api.post(
        "/api/v1/projects/", {"name": "First", "guidelines": "Be fair.", "kinds": ["pairwise"]}
    )
    assert project.status_code == 201, project.json()
    address = f"/api/v1/projects/{project.json()['id']}"
    started = researcher.api.post(f"{address}/imports/", {"records": pairs(20)})
    assert started.status_code == 202, started.json()
    (job,) = finish_jobs()
    assert job.result == {
        "tasks": 20,
        "prompts": 20,
        "responses": 40,
        "judgments": 0,
        "duplicates": 0,
        "rejected": [],
    }
    while (found := annotator.api.post(f"{address}/next/", {})).status_code == 200:
        task = found.json()
        good = next(part["id"] for part in task["responses"] if part["text"].startswith("Good"))
        body = {"answer": {"preferred": good}, "duration_ms": 900}
        said = annotator.api.post(f"/api/v1/assignments/{task['assignment']}/submit/", body)
        assert said.status_code == 201, said.json()
    assert found.status_code == 204
    assert found["X-Reason"] == "done"
    return address


def freeze(member, address, finish_jobs, **body):
    answer = member.api.post(f"{address}/snapshots/", {"name": "v1", "seed": 7, **body})
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    return Snapshot.objects.get(pk=answer.json()["id"]), job


def test_twenty_pairs_become_a_frozen_snapshot_that_reads_as_rows(researcher, labelled, finish_jobs):
    assert not Task.objects.exclude(open_places=0).exists()
    snapshot, job = freeze(researcher, labelled, finish_jobs)
    assert job.result == {"id": str(snapshot.pk), "sha256": snapshot.sha256, "counts": snapshot.counts}
    rows = list(reading.read(snapshot))
    assert len(rows) == sum(snapshot.counts["pairwise"].values()) == 20
    assert all(row.text_of(row.answer["preferred"]).startswith("Good") for row in rows)
    assert {row.split for row in reading.read(snapshot, "train")} == {"train"}
    assert reading.recompute(snapshot) == snapshot.sha256


def test_the_same_judgments_and_arguments_give_the_same_hash(researcher, labelled, finish_jobs):
    first, _job = freeze(researcher, labelled, finish_jobs)
    again, _job = freeze(researcher, labelled, finish_jobs, name="v2")
    other, _job = freeze(researcher, labelled, finish_jobs, splits={"train": 0.5, "test": 0.5})
    assert first.sha256 == again.sha256 != other.sha256
    assert first.files == again.files


def test_judgments_after_the_freeze_do_not_move_it(researcher, annotator, labelled, finish_jobs):
    before, _job = freeze(researcher, labelled, finish_jobs)
    judgment = annotator.api.get(f"{labelled}/judgments/").json()["results"][0]
    changed = annotator.api.patch(f"/api/v1/judgments/{judgment['id']}/", {"answer": {"preferred": None}})
    assert changed.json()["version"] == 2
    after, _job = freeze(researcher, labelled, finish_jobs)
    assert reading.recompute(before) == before.sha256 != after.sha256
