"""Having figures computed: by whom, once however often it is asked, and by itself when enough judgments came."""

import itertools
from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation.models import AnnotatorFigure, QualityReport, SetAside, TaskFigure
from annotation.quality import computing
from annotation.tasks import compute_quality
from jobs import claims
from jobs.child import open_work
from jobs.models import Job
from jobs.work import LostClaim

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(project):
    return f"/api/v1/projects/{project.pk}/quality/"


@pytest.fixture
def some(add_task, judge, people):
    """`some(5)`: that many tasks, each judged by the same two people alike."""
    one, two = people(2)

    names = itertools.count()

    def act(count):
        for number in range(count):
            task = add_task(f"p{next(names)}")
            judge(task, one, "first")
            judge(task, two, "first" if number % 2 else "second")

    return act


def test_before_anything_was_computed_there_is_no_content_and_it_says_why(reviewer, researcher, address):
    assert (reviewer.api.get(address).status_code, reviewer.api.get(address)["X-Reason"]) == (204, "never")
    researcher.api.post(address)
    assert reviewer.api.get(address)["X-Reason"] == "computing"


def test_a_researcher_has_it_computed_and_a_reviewer_reads_it(researcher, reviewer, address, some, finish_jobs):
    some(6)
    answer = researcher.api.post(address)
    assert answer.status_code == 202
    assert answer.json()["job"]["kind"] == "annotation.quality"
    (job,) = finish_jobs()
    assert (job.state, job.queue) == ("succeeded", "short")
    body = reviewer.api.get(address).json()
    assert body["id"] == job.result["id"]
    assert body["agreement"]["pairwise"]["measure"] == "alpha_nominal"
    assert body["agreement"]["pairwise"]["low"] <= body["agreement"]["pairwise"]["value"]
    assert [person["count"] for person in body["annotators"]] == [6, 6]
    assert set(body["annotators"][0]) >= {"median_seconds", "gold_accuracy", "reliability", "self_consistency"}
    assert body["counts"]["tasks_with_two_votes"] == 6


def test_annotators_and_disputed_tasks_come_by_pages(researcher, reviewer, address, some, finish_jobs):
    some(6)
    researcher.api.post(address)
    finish_jobs()
    first = reviewer.api.get(f"{address}annotators/?limit=1").json()
    assert len(first["results"]) == 1 and first["next"]
    tasks = reviewer.api.get(f"{address}tasks/?limit=4").json()
    rest = reviewer.api.get(tasks["next"]).json()
    places = [task["place"] for task in tasks["results"] + rest["results"]]
    assert places == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("role, read, compute", [("annotator", 403, 403), ("reviewer", 204, 403)])
def test_roles_too_low_are_refused(member, address, role, read, compute):
    actor = member(role)
    assert actor.api.get(address).status_code == read
    assert actor.api.post(address).status_code == compute


def test_strangers_find_nothing(stranger, address):
    for path in (address, f"{address}annotators/", f"{address}tasks/"):
        assert stranger.api.get(path).status_code == 404
    assert stranger.api.post(address).status_code == 404


def test_asked_twice_it_is_computed_once(researcher, address):
    jobs = {researcher.api.post(address).json()["job"]["id"] for _ in range(3)}
    assert len(jobs) == 1 and Job.objects.count() == 1


def test_a_cancelled_computation_does_not_stand_in_the_way(researcher, address):
    first = researcher.api.post(address).json()["job"]["id"]
    researcher.api.post(f"/api/v1/jobs/{first}/cancel/")
    assert researcher.api.post(address).json()["job"]["id"] != first


def test_a_job_delivered_twice_keeps_one_report(researcher, address, some):
    some(4)
    job = Job.objects.get(pk=researcher.api.post(address).json()["job"]["id"])
    claim = claims.take(job.pk, worker="test")
    _kind, work, _notes = open_work(claim)
    first, second = compute_quality(work), compute_quality(work)
    assert first["id"] == second["id"]
    assert QualityReport.objects.count() == 1
    assert (TaskFigure.objects.count(), AnnotatorFigure.objects.count()) == (4, 2)


def test_an_attempt_that_lost_its_job_writes_nothing(researcher, address, some):
    some(4)
    job = Job.objects.get(pk=researcher.api.post(address).json()["job"]["id"])
    _kind, work, _notes = open_work(claims.take(job.pk, worker="test"))
    Job.objects.filter(pk=job.pk).update(attempt=2)
    with pytest.raises(LostClaim):
        compute_quality(work)
    assert not QualityReport.objects.exists() and not TaskFigure.objects.exists()


def test_a_second_report_keeps_the_first_and_replaces_the_figures(researcher, address, some, finish_jobs):
    for count in (3, 2):
        some(count)
        researcher.api.post(address)
        finish_jobs()
    assert sorted(QualityReport.objects.values_list("judgments", flat=True)) == [6, 10]
    assert TaskFigure.objects.count() == 5
    assert AnnotatorFigure.objects.values_list("judgments", flat=True).distinct().get() == 5


def test_it_computes_by_itself_once_enough_judgments_came(some, project, finish_jobs):
    some(9)
    assert computing.refresh_due() == 0
    some(1)
    assert computing.refresh_due() == 1
    (job,) = finish_jobs()
    assert (job.state, job.created_by) == ("succeeded", None)
    assert computing.refresh_due() == 0


def test_after_a_report_a_tenth_more_is_enough(some, project, computed):
    some(15)
    report = computed()
    QualityReport.objects.filter(pk=report.pk).update(as_of=now() - timedelta(days=2), judgments=200)
    some(4)
    assert computing.is_due(project)
    QualityReport.objects.filter(pk=report.pk).update(judgments=1_000)
    assert not computing.is_due(project)


def test_soon_after_a_report_it_waits(some, project, computed):
    some(15)
    QualityReport.objects.filter(pk=computed().pk).update(as_of=now() - timedelta(minutes=9))
    project.judgments.update(created_at=now())
    assert not computing.is_due(project)
    QualityReport.objects.update(as_of=now() - timedelta(minutes=11))
    assert computing.is_due(project)


def test_a_project_may_turn_it_off(some, project):
    project.settings = {"quality_auto": False}
    project.save()
    some(12)
    assert computing.refresh_due() == 0


def test_work_that_was_set_aside_makes_the_figures_due(some, project, computed, people):
    some(3)
    QualityReport.objects.filter(pk=computed().pk).update(as_of=now() - timedelta(minutes=11))
    project.judgments.update(created_at=now() - timedelta(hours=1))
    assert not computing.is_due(project)
    annotator = project.judgments.first().assignment.annotator
    SetAside.objects.create(project=project, annotator=annotator, reason="A test.", judgments=3, places=3)
    assert computing.is_due(project)


def test_past_reports_tell_how_agreement_went(researcher, reviewer, stranger, address, some, finish_jobs):
    for count in (3, 2):
        some(count)
        researcher.api.post(address)
        finish_jobs()
    found = reviewer.api.get(f"{address}reports/").json()["results"]
    assert [report["judgments"] for report in found] == [10, 6]
    assert all(report["agreement"]["pairwise"]["measure"] == "alpha_nominal" for report in found)
    assert stranger.api.get(f"{address}reports/").status_code == 404


def test_the_page_leads_from_its_figures_to_the_tasks_under_them(reviewer, project, some, computed):
    some(6)
    computed()
    page = f"/w/home/projects/{project.pk}"
    said = reviewer.browser.get(f"{page}/quality/").content.decode()
    listed = f"{page}/tasks/?order=disputed"
    assert f'href="{listed}"' in said
    there = reviewer.browser.get(listed).context
    assert there["by_dispute"] and len(there["rows"]) == 6
