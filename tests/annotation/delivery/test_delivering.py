"""From a frozen snapshot to where the workspace keeps its data: who may set that up, and who may deliver."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from annotation.delivery import destinations
from annotation.delivery.destinations import Wish
from annotation.models import Destination
from audit.models import Entry
from jobs.models import Job
from tests.annotation.delivery.conftest import ACCESS_KEY, SECRET
from tests.annotation.snapshots.conftest import *  # noqa: F403 - a judged project and its snapshot

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/destinations/"


@pytest.fixture
def frozen(judged, freeze):
    judged("pairwise")
    return freeze()


@pytest.fixture
def deliver(researcher, frozen, finish_jobs):
    """`deliver(destination)`: the job as it ended."""

    def act(destination, **body):
        address = f"/api/v1/snapshots/{frozen.pk}/deliveries/"
        answer = researcher.api.post(address, {"destination": str(destination.pk), **body})
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        return job

    return act


def test_the_archive_lies_in_the_folder_and_the_trail_has_it(deliver, folder, frozen, researcher):
    job = deliver(folder, layout="preference")
    where = Path(job.result["where"])
    assert where.name == f"{frozen.sha256[:12]}-preference-jsonl.gz.zip"
    assert hashlib.sha256(where.read_bytes()).hexdigest() == job.result["sha256"]
    with zipfile.ZipFile(where) as archive:
        assert {"manifest.json", "SHA256SUMS", "card.json"} <= set(archive.namelist())
    made = Entry.objects.get(action="delivery.made")
    assert (made.actor, made.details) == (
        researcher.person.pk,
        {"destination": str(folder.pk), "sha256": job.result["sha256"]},
    )


def test_the_same_bytes_lie_in_the_bucket_and_a_second_delivery_sends_nothing(deliver, folder, bucket, store):
    one, two = deliver(folder), deliver(bucket)
    assert two.result["sha256"] == one.result["sha256"]
    ((held, _told),) = store.objects.values()
    assert hashlib.sha256(held).hexdigest() == one.result["sha256"]
    sent = len(store.calls)
    assert deliver(bucket).state == "succeeded"
    assert [method for method, _path, _query in store.calls[sent:]] == ["HEAD"]


def test_a_job_that_failed_says_why_and_may_be_tried_again(deliver, bucket, store, researcher, finish_jobs):
    store.troubles = [(403, "AccessDenied")] * 3
    job = deliver(bucket)
    assert (job.state, job.error) == ("failed", "The store refused it: AccessDenied – That is AccessDenied.")
    store.troubles = []
    researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/")
    (again,) = finish_jobs()
    assert again.state == "succeeded"


def test_a_destination_that_was_deleted_meanwhile_gets_nothing(researcher, frozen, folder, root, admin, finish_jobs):
    researcher.api.post(f"/api/v1/snapshots/{frozen.pk}/deliveries/", {"destination": str(folder.pk)})
    destinations.delete(scope=admin.scope, destination=folder)
    (job,) = finish_jobs()
    assert (job.state, job.error) == ("failed", "The destination was deleted.")
    assert list(root.iterdir()) == []


def test_a_destination_of_another_workspace_is_none(researcher, frozen, stranger, root):
    other = destinations.create(scope=stranger.scope, wish=Wish("Theirs", "folder", str(root)))
    answer = researcher.api.post(f"/api/v1/snapshots/{frozen.pk}/deliveries/", {"destination": str(other.pk)})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "destination")
    assert researcher.api.get(f"{ADDRESS}{other.pk}/").status_code == 404


def test_admins_set_up_and_nobody_sees_a_secret_again(admin, researcher, reviewer, store, caplog):
    body = {"name": "S", "way": "s3", "address": store.url, "bucket": "lab", "access_key": ACCESS_KEY, "secret": SECRET}
    assert researcher.api.post(ADDRESS, body).status_code == 403
    made = admin.api.post(ADDRESS, body)
    assert made.status_code == 201
    one = f"{ADDRESS}{made.json()['id']}/"
    pages = [
        admin.browser.get("/w/home/destinations/"),
        admin.browser.get(f"/w/home/destinations/{made.json()['id']}/"),
    ]
    for answer in [made, admin.api.get(one), researcher.api.get(one), admin.api.get(ADDRESS), *pages]:
        assert answer.status_code == 200 or answer is made
        assert SECRET not in answer.content.decode()
    assert reviewer.api.get(ADDRESS).status_code == 403
    assert SECRET not in caplog.text
    assert SECRET not in str(list(Entry.objects.values_list("details", flat=True)))


def test_a_secret_stays_where_its_store_stays_and_goes_to_no_other(admin, bucket, store):
    one = f"{ADDRESS}{bucket.pk}/"
    held = bucket.sealed_secret
    assert admin.api.patch(one, {"name": "Renamed", "prefix": "b"}).json()["name"] == "Renamed"
    assert Destination.objects.get().sealed_secret == held
    moved = admin.api.patch(one, {"bucket": "elsewhere"})
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (422, "secret")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "https://other.example"}, "address"),
        ({"address": "ftp://127.0.0.1"}, "address"),
        ({"bucket": "Not A Bucket"}, "bucket"),
        ({"access_key": "a/b"}, "access_key"),
        ({"secret": "short"}, "secret"),
        ({"region": "Frankfurt"}, "region"),
        ({"name": "Bucket"}, "name"),
        ({"prefix": "../x"}, "prefix"),
        ({"way": "folder", "address": "/etc"}, "address"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(admin, bucket, store, change, field):
    body = {"name": "S", "way": "s3", "address": store.url, "bucket": "lab", "access_key": ACCESS_KEY, "secret": SECRET}
    answer = admin.api.post(ADDRESS, {**body, **change})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert Destination.objects.count() == 1


def test_on_the_pages_an_admin_adds_a_folder_tries_it_and_a_researcher_delivers(
    admin, researcher, frozen, root, finish_jobs
):
    body = {"way": "folder", "folder-name": "Shelf", "folder-address": str(root), "folder-prefix": "a"}
    assert researcher.browser.post("/w/home/destinations/", body).status_code == 403
    page = admin.browser.post("/w/home/destinations/", body)["Location"]
    tried = admin.browser.post(f"{page}try/", follow=True).content.decode()
    assert "A small file was written there and taken away again." in tried
    own = f"/w/home/projects/{frozen.project_id}/snapshots/{frozen.pk}/"
    assert "Shelf" in researcher.browser.get(own).content.decode()
    researcher.browser.post(f"{own}deliver/", {"destination": page.split("/")[-2], "layout": "raw", "format": "csv"})
    assert "hx-get" in researcher.browser.get(f"{own}deliveries/").content.decode()
    finish_jobs()
    shown = researcher.browser.get(f"{own}deliveries/").content.decode()
    assert Job.objects.get(kind="annotation.deliver").result["where"] in shown
    assert "hx-get" not in shown


def test_where_the_operator_allows_nothing_the_page_says_so(admin, settings):
    settings.DELIVERY_ROOTS, settings.OUTGOING_HOSTS = [], []
    page = admin.browser.get("/w/home/destinations/").content.decode()
    assert "DELIVERY_ROOTS" in page and "OUTGOING_HOSTS" in page
