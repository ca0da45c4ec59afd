"""A deleted project goes for good after 30 days, with its files, and takes nothing of its neighbours."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts.deletion import deleting, purging
from annotation import projects, purge
from annotation.models import JudgmentVersion, Project, Snapshot
from annotation.projects import Wish
from annotation.snapshots import files
from audit.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frozen(researcher, annotator, finish_jobs):
    """A project with one judgment and a snapshot of it."""
    project = projects.create(scope=researcher.scope, wish=Wish(name="One", kinds=["binary"]))
    address = f"/api/v1/projects/{project.pk}"
    records = [{"prompt": "P", "completion": "C", "label": True, "annotator": "x"}]
    researcher.api.post(f"{address}/imports/", {"records": records, "as": "judgments"})
    finish_jobs()
    researcher.api.post(f"{address}/snapshots/", {"name": "s", "splits": {"train": 1.0}})
    finish_jobs()
    return Snapshot.objects.select_related("project").get()


def place(snapshot):
    return files.place(snapshot.files["train"]["sha256"])


def test_it_stays_for_thirty_days_and_then_goes(frozen, researcher):
    path = place(frozen)
    deleting.delete(scope=researcher.scope, kind="project", pk=frozen.project_id)
    assert purging.overdue() == 0
    Project.objects.update(deleted_at=now() - timedelta(days=31))
    assert purging.overdue() == 1
    assert not Project.objects.exists()
    assert not JudgmentVersion.objects.exists()
    assert not path.exists()
    assert Entry.objects.filter(action="project.purged", object_id=str(frozen.project_id)).exists()


def test_a_file_that_another_snapshot_holds_stays(frozen, researcher):
    other = projects.create(scope=researcher.scope, wish=Wish(name="Two", kinds=["binary"]))
    Snapshot.objects.create(
        project=other, name="t", splits={}, files=frozen.files, sha256=frozen.sha256, frozen_at=now()
    )
    purge.remove(frozen.project)
    assert place(frozen).exists()
    assert Project.objects.get() == other
