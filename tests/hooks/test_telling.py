"""What happens becomes deliveries, in the transaction of the deed."""

from pathlib import Path

import pytest
from django.db import transaction

from accounts.deletion import kinds
from annotation import projects
from hooks import telling
from hooks.events import DEEDS
from hooks.models import Delivery, Webhook
from jobs import launch
from jobs.models import Job

pytestmark = pytest.mark.django_db


def make_project(member):
    return projects.create(scope=member.scope, wish=projects.Wish(name="Secret name", kinds=["binary"]))


def test_a_deed_is_told_with_ids_and_no_names(webhook, researcher):
    project = make_project(researcher)
    told = Delivery.objects.get(event="project.created")
    assert told.webhook == webhook
    assert told.body["type"] == "project.created"
    assert told.body["data"]["object"] == {"kind": "project", "id": str(project.pk)}
    assert told.body["data"]["actor"] == str(researcher.person.pk)
    assert "Secret name" not in str(told.body)


def test_what_was_undone_is_never_told(webhook, researcher):
    with pytest.raises(RuntimeError), transaction.atomic():
        make_project(researcher)
        raise RuntimeError
    assert not Delivery.objects.exists()


def test_others_hear_nothing(webhook, stranger, researcher):
    make_project(stranger)  # another workspace
    Webhook.objects.update(events=["job.failed"])
    make_project(researcher)  # another event
    Webhook.objects.update(events=["project.created"], is_active=False)
    make_project(researcher)  # switched off
    assert not Delivery.objects.exists()


def test_the_end_of_a_job_is_told_once(webhook, researcher):
    job = Job.objects.create(workspace=researcher.membership.workspace, kind="annotation.import", queue="short")
    launch.cancel(job, researcher.scope)
    launch.cancel(job, researcher.scope)
    told = Delivery.objects.get()
    assert told.event == "job.cancelled"
    assert told.body["data"]["object"]["id"] == str(job.pk)
    assert told.body["data"]["details"]["job_kind"] == "annotation.import"


def test_every_event_has_a_deed_that_the_product_records():
    root = Path(telling.__file__).parents[2]
    folders = [root / "annotation", root / "rewardmodels", root / "platform/accounts", root / "platform/jobs"]
    code = "".join(path.read_text() for folder in folders for path in folder.rglob("*.py"))
    deleted = {f"{kind.name}.deleted" for kind in kinds.known()}  # recorded by one rule for all kinds
    assert [name for name in DEEDS if f'"{name}"' not in code and name not in deleted] == []
