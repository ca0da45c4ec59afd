"""Jobs over the API: followed by researchers, within their own workspace."""

from uuid import uuid4

import pytest

from accounts import memberships
from jobs import answers, child, claims, launch
from jobs.models import Job

KEYS = {"id", "kind", "state", "progress", "phase", "eta_s", "attempt", "result", "error", "log"}


def test_a_job_is_followed_by_its_id(start, finish_jobs, researcher):
    job = start("trial.count", steps=2)
    waiting = researcher.api.get(f"/api/v1/jobs/{job.pk}/").json()
    assert waiting.keys() >= KEYS
    assert (waiting["state"], waiting["progress"], waiting["result"], waiting["eta_s"]) == ("queued", 0, None, None)
    finish_jobs()
    done = researcher.api.get(f"/api/v1/jobs/{job.pk}/").json()
    assert (done["state"], done["progress"], done["result"], done["attempt"]) == ("succeeded", 1, {"steps": 2}, 1)
    assert [line["text"] for line in done["log"]] == ["step 1", "step 2"]


def test_the_list_is_filtered_by_state_kind_and_subject(start, finish_jobs, researcher):
    start("trial.refuse")
    finish_jobs()
    subject = uuid4()
    launch.start("trial.count", scope=researcher.scope, arguments={}, subject=("project", subject))

    def kinds(query: str) -> list[str]:
        return [row["kind"] for row in researcher.api.get(f"/api/v1/jobs/?{query}").json()["results"]]

    assert kinds("") == ["trial.count", "trial.refuse"]
    assert kinds("state=failed") == ["trial.refuse"]
    assert kinds("kind=trial.count") == ["trial.count"]
    assert kinds(f"subject={subject}") == ["trial.count"]
    assert kinds(f"subject={uuid4()}") == []


@pytest.mark.parametrize(
    ("address", "field"),
    [("?state=asleep", "state"), ("?subject=7", "subject"), ("?kind=" + "x" * 61, "kind")],
)
def test_a_filter_that_makes_no_sense_is_named(researcher, address, field):
    answer = researcher.api.get(f"/api/v1/jobs/{address}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_measurements_are_read_from_where_one_stopped(start, finish_jobs, researcher):
    job = start("trial.count", steps=3)
    finish_jobs()
    first = researcher.api.get(f"/api/v1/jobs/{job.pk}/measurements/").json()
    assert [(row["step"], row["name"], row["attempt"]) for row in first["results"]] == [
        (1, "loss", 1),
        (2, "loss", 1),
        (3, "loss", 1),
    ]
    second = researcher.api.get(f"/api/v1/jobs/{job.pk}/measurements/?since={first['results'][1]['id']}").json()
    assert [row["step"] for row in second["results"]] == [3]
    assert second["next"] == first["results"][-1]["id"]
    assert researcher.api.get(f"/api/v1/jobs/{job.pk}/measurements/?since={second['next']}").json() == {
        "results": [],
        "next": None,
    }


@pytest.mark.parametrize("since", ["x", "-1", "99999999999999999999"])
def test_since_must_be_an_id(start, researcher, since):
    answer = researcher.api.get(f"/api/v1/jobs/{start('trial.count').pk}/measurements/?since={since}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "since"


def test_a_waiting_job_is_cancelled_and_tried_again(start, researcher):
    job = start("trial.count")
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/cancel/").json()["state"] == "cancelled"
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 200
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/").json()["state"] == "queued"
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 409


def test_a_running_job_is_asked_to_stop(start, researcher):
    job = start("trial.count")
    claims.take(job.pk, worker="w")
    body = researcher.api.post(f"/api/v1/jobs/{job.pk}/cancel/").json()
    assert (body["state"], body["cancel_requested"]) == ("running", True)


def test_what_has_succeeded_is_neither_cancelled_nor_tried_again(start, finish_jobs, researcher):
    job = start("trial.count")
    finish_jobs()
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 409
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 409


@pytest.mark.parametrize("path", ["", "{id}/", "{id}/measurements/", "{id}/cancel/", "{id}/retry/"])
def test_a_reviewer_may_not_and_a_stranger_finds_nothing(start, reviewer, stranger, client, path):
    job = start("trial.count")
    address = f"/api/v1/jobs/{path.format(id=job.pk)}"
    verb = "post" if path.endswith(("cancel/", "retry/")) else "get"
    assert getattr(reviewer.api, verb)(address).status_code == 403
    assert getattr(client, verb)(address).status_code == 401
    found = getattr(stranger.api, verb)(address)
    assert found.status_code == 404 if path else found.json()["results"] == []
    assert Job.objects.get().state == "queued"


def test_cancelling_is_audited(start, researcher):
    from audit.models import Entry

    job = start("trial.count")
    researcher.api.post(f"/api/v1/jobs/{job.pk}/cancel/")
    assert list(Entry.objects.filter(object_id=str(job.pk)).order_by("pk").values_list("action", flat=True)) == [
        "job.started",
        "job.cancelled",
    ]


def test_a_creation_answers_202_with_the_job_to_follow(start):
    job = start("trial.count")
    answer = answers.accepted("an-id", job)
    assert answer.status_code == 202
    assert answer.data["id"] == "an-id"
    assert answer.data["job"].keys() >= KEYS
    assert answer.headers["Location"] == f"/api/v1/jobs/{job.pk}/"


def test_a_job_that_is_tried_again_works_in_the_name_of_who_asked_now(start, finish_jobs, researcher, admin):
    job = start("trial.refuse")
    finish_jobs()
    memberships.remove(scope=admin.scope, membership=researcher.membership)
    assert admin.api.post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 200
    claim = claims.take(job.pk, worker="test")
    _kind, work, _notes = child.open_work(claim)
    assert work.scope().person == admin.person
