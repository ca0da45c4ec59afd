"""The pages of long work, and the fragments that stop asking when it is over."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import override

from jobs import child, claims, curves, display, kinds, launch, subjects, tellers
from jobs.models import Job, Measurement, Worker
from web import cards

POLLS = "hx-trigger"


@pytest.fixture
def running(start):
    """A job that has counted to two of four and goes on."""
    job = start("trial.count", steps=4)
    claim = claims.take(job.pk, worker="w")
    assert claim is not None
    _kind, work, notes = child.open_work(claim)
    for step in (1, 2):
        work.report(step, {"loss/train": 1 / step, "loss/validation": 2 / step, "accuracy": 0.5})
        work.progress(step / 4, "Counting")
        work.log(f"step {step}")
    notes.flush()
    return Job.objects.get(pk=job.pk)


def address(name: str, job: Job, **query: str) -> str:
    base = reverse(name, kwargs={"slug": "home", "pk": job.pk})
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def test_the_list_tells_state_and_progress(running, start, researcher):
    start("trial.refuse")
    page = researcher.browser.get("/w/home/jobs/").content.decode()
    assert "Count" in page
    assert 'value="50"' in page
    assert "Waiting for a worker" in page


@pytest.mark.parametrize(
    ("query", "seen"), [("state=running", 1), ("state=failed", 0), ("kind=trial.count", 1), ("state=asleep", 0)]
)
def test_the_list_is_filtered(running, researcher, query, seen):
    page = researcher.browser.get(f"/w/home/jobs/?{query}").content.decode()
    assert page.count(f"/jobs/{running.pk}/") == seen


def test_an_empty_list_says_what_will_stand_there(researcher):
    assert "No job yet" in researcher.browser.get("/w/home/jobs/").content.decode()


def test_a_running_job_shows_bar_phase_curves_and_log_and_keeps_asking(running, researcher):
    page = researcher.browser.get(address("job", running)).content.decode()
    for said in ("Counting", 'value="50"', "step 2", "loss", "validation", "Cancel this job?"):
        assert said in page
    assert page.count(POLLS) == 3


def test_a_job_that_is_over_asks_nothing_more(start, finish_jobs, researcher):
    job = start("trial.count", steps=2)
    finish_jobs()
    page = researcher.browser.get(address("job", job)).content.decode()
    assert POLLS not in page
    assert "Its result, as programs read it" in page
    assert "Attempts" not in page, "one attempt is told by the state alone"
    for name in ("job-status", "job-log", "job-charts"):
        assert POLLS not in researcher.browser.get(address(name, job)).content.decode()
    assert researcher.browser.get(address("job-chart", job, group="loss")).json()["done"] is True


def test_a_failed_job_says_why_and_offers_another_try(start, finish_jobs, researcher):
    job = start("trial.refuse")
    finish_jobs()
    page = researcher.browser.get(address("job", job)).content.decode()
    assert "There are no judgments yet: label something first." in page
    assert "Try again" in page
    assert "Cancel this job?" not in page


def test_the_buttons_come_along_only_when_the_state_has_changed(running, researcher):
    same = researcher.browser.get(address("job-status", running, state="running")).content.decode()
    turned = researcher.browser.get(address("job-status", running, state="queued")).content.decode()
    assert "job-actions" not in same
    assert "job-actions" in turned


def test_the_log_is_told_from_where_one_stopped(running, researcher):
    first, second = running.lines.order_by("pk")
    later = researcher.browser.get(address("job-log", running, after=str(first.pk))).content.decode()
    assert "step 2" in later
    assert "step 1" not in later
    assert researcher.browser.get(address("job-log", running, after=str(second.pk))).status_code == 204


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30])
def test_a_place_in_the_log_that_makes_no_sense_is_the_beginning(running, researcher, after):
    assert researcher.browser.get(address("job-log", running, after=after)).status_code == 200


def test_curves_are_drawn_anew_only_when_a_name_has_come(running, researcher):
    known = curves.print_of(curves.names(running))
    assert researcher.browser.get(address("job-charts", running, known=known)).status_code == 204
    Measurement.objects.create(job=running, attempt=1, step=2, name="reward", value=1)
    assert "reward" in researcher.browser.get(address("job-charts", running, known=known)).content.decode()


def test_names_before_a_slash_share_a_chart(running, researcher):
    drawn = researcher.browser.get(address("job-chart", running, group="loss")).json()
    assert drawn["x"] == [1, 2]
    assert {row["label"]: row["values"] for row in drawn["series"]} == {"train": [1, 0.5], "validation": [2, 1]}


def test_a_long_curve_is_thinned_and_keeps_its_end(start):
    job = start("trial.count")
    rows = [Measurement(job=job, attempt=1, step=step, name="loss", value=step) for step in range(1, 2_502)]
    Measurement.objects.bulk_create(rows)
    points = curves.thinned(job, {"loss": len(rows)})["loss"]
    assert len(points) == 834
    assert points[-1] == (2_501, 2_501)


def test_curves_of_all_names_are_read_together(start, django_assert_num_queries):
    job = start("trial.count")
    long = [Measurement(job=job, attempt=1, step=step, name=name, value=step) for step in range(1_500) for name in "ab"]
    Measurement.objects.bulk_create([*long, *(Measurement(job=job, attempt=1, step=1, name=n, value=1) for n in "cd")])
    with django_assert_num_queries(2):  # one for those that are thinned alike, one for those that are whole
        points = curves.thinned(job, {"a": 1_500, "b": 1_500, "c": 1, "d": 1})
    assert [len(points[name]) for name in "abcd"] == [750, 750, 1, 1]
    assert points["a"][-1] == points["b"][-1] == (1_499, 1_499)


def test_a_list_of_many_jobs_costs_no_more_queries_than_one(start, researcher):
    counts = []
    for more in (1, 4):
        for _each in range(more):
            start("trial.count")
        with CaptureQueriesContext(connection) as asked:
            researcher.browser.get("/w/home/jobs/")
        counts.append(sum('"jobs_' in query["sql"] for query in asked))
    assert counts[0] == counts[1]


def test_cancel_and_retry_work_by_button(start, researcher):
    job = start("trial.count")
    for name, state in (("job-cancel", "cancelled"), ("job-retry", "queued")):
        answer = researcher.browser.post(address(name, job))
        assert (answer.status_code, answer.headers["Location"]) == (302, address("job", job))
        job.refresh_from_db()
        assert job.state == state
    answer = researcher.browser.post(address("job-retry", job), follow=True)
    assert "Only a job that failed or was cancelled can be tried again." in answer.content.decode()


PAGES = ["job", "job-status", "job-log", "job-charts", "job-chart"]


@pytest.mark.parametrize("name", [*PAGES, "job-cancel", "job-retry"])
def test_pages_are_for_researchers_of_the_workspace(running, reviewer, stranger, client, name):
    def ask(browser) -> int:
        return (browser.get if name in PAGES else browser.post)(address(name, running)).status_code

    assert ask(reviewer.browser) == 403
    assert ask(stranger.browser) == 404
    assert ask(client) == 302
    running.refresh_from_db()
    assert running.cancel_requested_at is None


def test_a_job_of_another_workspace_is_not_found_in_mine(running, stranger):
    there = reverse("job", kwargs={"slug": "elsewhere", "pk": running.pk})
    assert stranger.browser.get(there).status_code == 404


def test_words_from_a_log_are_never_markup(start, researcher):
    job = start("trial.count")
    claim = claims.take(job.pk, worker="w")
    _kind, work, notes = child.open_work(claim)
    work.log("<script>alert(1)</script>")
    work.progress(0.1, "<b>bold</b>")
    work.report(1, {"</script><b>": 1.0})
    notes.flush()
    page = researcher.browser.get(address("job", job)).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>" not in page


def test_a_job_that_nobody_serves_says_so(start, researcher):
    job = start("trial.hang")
    assert "No worker serves the queue" in researcher.browser.get(address("job", job)).content.decode()
    Worker.objects.create(name="w@here", queues="cpu", slots=1)
    assert "No worker serves the queue" not in researcher.browser.get(address("job", job)).content.decode()


def test_a_job_leads_to_what_it_is_about(researcher, monkeypatch):
    monkeypatch.setattr(subjects, "_subjects", {})
    subjects.register("project", label="Project", url=lambda slug, pk: f"/w/{slug}/projects/{pk}/")
    subject = uuid4()
    job = launch.start("trial.count", scope=researcher.scope, arguments={}, subject=("project", subject))
    assert f"/w/home/projects/{subject}/" in researcher.browser.get(address("job", job)).content.decode()


def test_a_job_about_nothing_leads_to_what_it_made(start, researcher, monkeypatch):
    monkeypatch.setattr(tellers, "_tellers", {})
    told = tellers.Teller(lambda job, slug: [("Steps", 7)], ("Count", lambda slug, pk: f"/w/{slug}/counts/{pk}/"))
    tellers.register("trial.count", told)
    job = start("trial.count")
    page = researcher.browser.get(address("job", job)).content.decode()
    assert f"/w/home/counts/{job.pk}/" in page and "<dt>Steps</dt><dd>7</dd>" in page
    assert f"/w/home/counts/{job.pk}/" in researcher.browser.get("/w/home/jobs/").content.decode()


def test_curves_bear_the_words_of_the_app_that_measured_them(running, researcher, monkeypatch):
    monkeypatch.setattr(tellers, "_tellers", {})
    words = {"loss": "How wrong", "loss/train": "where it learns"}
    tellers.register(
        "trial.count", tellers.Teller(title=lambda one: words.get(one, one), line=lambda one: words.get(one, one))
    )
    page = researcher.browser.get(address("job", running)).content.decode()
    assert "How wrong" in page and "where it learns" in page and "loss/validation" in page
    drawn = researcher.browser.get(address("job-chart", running, group="loss")).json()
    assert [one["label"] for one in drawn["series"]] == ["where it learns", "loss/validation"]


def test_a_job_that_stops_tells_no_time_that_is_left(running):
    running.pace, running.progressed_at, running.cancel_requested_at = 0.001, now(), now()
    assert display.left(running) == ""
    running.cancel_requested_at = None
    assert display.left(running) != ""


def test_jobs_of_one_kind_are_told_apart_by_what_they_are_about(researcher, monkeypatch):
    asked = []

    def names(ids):
        asked.append(ids)
        return dict.fromkeys(ids, "Warmth < 3")

    monkeypatch.setattr(subjects, "_subjects", {})
    subjects.register("run", label="Run", url=lambda slug, pk: f"/w/{slug}/runs/{pk}/", names=names)
    jobs = [
        launch.start("trial.count", scope=researcher.scope, arguments={}, subject=("run", uuid4()))
        for _turn in range(2)
    ]
    assert researcher.browser.get("/w/home/jobs/").content.decode().count("Warmth &lt; 3") == 2
    assert asked == [{job.subject_id for job in jobs}]  # at once, however many there are
    page = researcher.browser.get(address("job", jobs[0])).content.decode()
    assert "Warmth &lt; 3</title>" not in page and "· Warmth &lt; 3 ·" in page  # in the title of the tab


@pytest.mark.parametrize(
    ("pace", "since", "words"),
    [
        (None, 0, ""),
        (0.1, 0, "less than a minute left"),
        (0.5 / 60, 0, "about 1 minute left"),
        (0.5 / 600, 60, "about 9 minutes left"),
        (0.5 / 7_200, 0, "about 2 hours left"),
        (0.5 / (3 * 86_400), 0, "about 3 days left"),
        (0.1, 60, ""),
    ],
)
def test_what_is_left_is_said_as_people_say_it(pace, since, words):
    at = now() - timedelta(seconds=since)
    assert display.left(Job(state="running", progress=0.5, pace=pace, progressed_at=at)) == words


def test_a_fragment_of_somebody_who_was_signed_out_sends_the_page_to_sign_in(running, client):
    page = address("job", running)
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    answer = client.get(address("job-status", running), headers=headers)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["HX-Redirect"] == f"/accounts/login/?next={page}"


def test_home_tells_what_is_under_way_and_what_failed_lately(start, researcher, annotator):
    running, failed, old = (start("trial.count") for _turn in range(3))
    assert "Long work" not in researcher.browser.get("/w/home/").content.decode()
    Job.objects.filter(pk=running.pk).update(state="running", started_at=now(), seen_at=now(), attempt=1)
    for job, at in ((failed, now()), (old, now() - timedelta(days=2))):
        Job.objects.filter(pk=job.pk).update(state="failed", finished_at=at, error="Broken.")
    told = {str(card.title): (card.figure, card.url) for card in cards.offered(researcher.scope)}
    assert told["Long work under way"] == ("1", "/w/home/jobs/?state=running")
    assert told["Long work that failed since yesterday"] == ("1", "/w/home/jobs/?state=failed")
    assert "Long work" not in annotator.browser.get("/w/home/").content.decode()


def test_a_kind_of_job_is_called_in_the_language_of_whoever_reads(monkeypatch):
    monkeypatch.setitem(kinds._kinds, "trial.copy", replace(kinds.find("trial.count"), label="Freeze a snapshot"))
    assert kinds.label("trial.copy") == "Freeze a snapshot"
    with override("zh-hans"):
        assert kinds.label("trial.copy") == "冻结快照"
