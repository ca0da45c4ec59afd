"""Folders of jobs go when nobody can need them any more, and not a day before."""

import os
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now

from jobs import pruning
from jobs.models import Job

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "jobs"


@pytest.fixture
def folder(workspace, root):
    """`folder("failed", 3 * DAY)`: the folder of a job that ended so long ago."""

    def make(state, ago=timedelta(0)):
        over = state in Job.OVER
        job = Job.objects.create(
            workspace=workspace,
            kind="trial.count",
            queue="short",
            state=state,
            attempt=1,
            error="It broke." if state == "failed" else "",
            result={} if state == "succeeded" else None,
            started_at=now() - ago,
            seen_at=now() - ago,
            finished_at=now() - ago if over else None,
        )
        (root / str(job.pk)).mkdir(parents=True)
        (root / str(job.pk) / "checkpoint").write_text("weights")
        return root / str(job.pk)

    return make


@pytest.mark.parametrize(("state", "days"), [("succeeded", 31), ("failed", 31), ("cancelled", 31)])
def test_the_folder_of_a_job_that_ended_long_ago_goes(folder, state, days):
    found = folder(state, days * DAY)
    assert pruning.drop_folders() == 1
    assert not found.exists()


@pytest.mark.parametrize(
    ("state", "days"), [("succeeded", 29), ("failed", 29), ("cancelled", 29), ("running", 400), ("queued", 400)]
)
def test_the_folder_of_a_job_that_may_go_on_stays(folder, state, days):
    found = folder(state, days * DAY)
    assert pruning.drop_folders() == 0
    assert (found / "checkpoint").read_text() == "weights"


@pytest.mark.parametrize(("age", "goes"), [(0, False), (2 * 86_400, True)])
def test_a_folder_that_no_job_knows_goes_after_a_day(root, age, goes):
    found = root / str(uuid4())
    found.mkdir(parents=True)
    os.utime(found, (time.time() - age,) * 2)
    pruning.drop_folders()
    assert found.exists() is not goes


def test_what_is_no_folder_of_a_job_is_left_alone(root):
    (root / "notes").mkdir(parents=True)
    os.utime(root / "notes", (0, 0))
    assert pruning.drop_folders() == 0
    assert (root / "notes").is_dir()


def test_without_any_folder_nothing_happens():
    assert pruning.drop_folders() == 0


@pytest.mark.parametrize(
    ("state", "days", "stays"), [("succeeded", 89, True), ("failed", 91, False), ("running", 400, True)]
)
def test_what_a_job_said_goes_ninety_days_after_its_end(folder, state, days, stays):
    job = Job.objects.get(pk=folder(state, days * DAY).name)
    job.lines.create(attempt=1, text="one"), job.lines.create(attempt=1, text="two")
    assert pruning.drop_logs() == (0 if stays else 2)
    assert job.lines.exists() is stays
    assert Job.objects.filter(pk=job.pk, state=state).exists()


def test_a_great_many_lines_go_over_several_turns(folder, monkeypatch):
    monkeypatch.setattr(pruning, "MOST_LINES", 2)
    job = Job.objects.get(pk=folder("succeeded", 100 * DAY).name)
    for number in range(3):
        job.lines.create(attempt=1, text=str(number))
    assert [pruning.drop_logs() for _turn in range(3)] == [2, 1, 0]
