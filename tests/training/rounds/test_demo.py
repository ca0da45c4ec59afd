"""The demo: begun once, gone on with wherever it stopped, giving way to what people ask for."""

from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from annotation import projects
from annotation.models import Assignment, Gold, Judgment, Project, Snapshot, Task
from api.refusals import Conflict
from jobs import launch
from jobs.models import Job
from training.learning.studies import registry
from training.models import DemoStep, Study
from training.rounds.demo import collecting, findings, going, learning, questions, requests, steps
from training.rounds.demo.collecting import Begun
from training.rounds.demo.steps import Step

LIGHT = {name: step for name, step in steps.STEPS.items() if name.startswith(("pairs.", "mixed.")) or name == "known"}


@pytest.fixture
def few(monkeypatch):
    """Twelve requests of the data set in place of all."""
    chosen = requests.all_of_them()[::10][:12]
    monkeypatch.setattr(requests, "all_of_them", lambda: chosen)


@pytest.fixture
def chain(monkeypatch, researcher):
    """`chain(Step(…), …)` in place of the demo's steps; the names of those that were begun, in order."""
    begun = []

    def noted(step):
        def begin(scope, made):
            begun.append(step.name)
            return step.begin(scope, made)

        return Step(step.name, step.title, begin, step.needs, step.is_heavy)

    def put(*found):
        monkeypatch.setattr(going, "STEPS", {step.name: noted(step) for step in found})
        return begun

    return put


def at_once(scope, made):
    return Begun(uuid4())


def by_a_job(scope, made):
    job = launch.start("training.run", scope=scope, arguments={})
    return Begun(job.pk, job)


def refused(scope, made):
    raise Conflict("Not today.")


def job_of(name):
    return DemoStep.objects.get(name=name).job


def end(name, state):
    Job.objects.filter(pk=job_of(name).pk).update(
        state=state, attempt=1, started_at="2026-01-01T00:00Z", finished_at="2026-01-01T00:00Z",
        seen_at="2026-01-01T00:00Z", result={} if state == "succeeded" else None,
        error="" if state != "failed" else "It broke.",
    )  # fmt: skip


def test_a_step_begins_when_those_that_it_needs_are_done(chain, researcher):
    begun = chain(Step("a", "A", by_a_job), Step("b", "B", at_once, ("a",)))
    going.advance(researcher.scope)
    going.advance(researcher.scope)
    assert begun == ["a"]
    end("a", "succeeded")
    going.advance(researcher.scope)
    assert begun == ["a", "b"]


def test_a_second_time_changes_nothing(chain, researcher):
    begun = chain(Step("a", "A", at_once), Step("b", "B", by_a_job))
    for _again in range(3):
        going.advance(researcher.scope)
    assert begun == ["a", "b"]
    assert DemoStep.objects.count() == 2 and Job.objects.count() == 1


def test_of_what_computes_long_one_is_under_way_at_a_time(chain, researcher):
    begun = chain(Step("a", "A", by_a_job, is_heavy=True), Step("b", "B", by_a_job, is_heavy=True))
    going.advance(researcher.scope)
    assert begun == ["a"]
    end("a", "succeeded")
    going.advance(researcher.scope)
    assert begun == ["a", "b"]


def test_a_step_that_is_refused_says_why_and_leaves_nothing_half_done(chain, researcher):
    def half(scope, made):
        projects.create(scope=scope, wish=projects.Wish(name="Half", kinds=["pairwise"]))
        return refused(scope, made)

    chain(Step("a", "A", half), Step("b", "B", at_once, ("a",)))
    going.advance(researcher.scope)
    assert DemoStep.objects.get().error == "Not today."
    assert not Project.objects.exists()
    assert going.is_over(going.states(researcher.scope.workspace))


def test_what_failed_is_tried_again_when_it_is_asked_for(chain, researcher):
    begun = chain(Step("a", "A", by_a_job), Step("b", "B", refused))
    going.advance(researcher.scope)
    end("a", "failed")
    going.try_again(researcher.scope)
    going.advance(researcher.scope)
    assert job_of("a").state == "queued"
    assert begun == ["a", "b", "b"]


def test_it_stops_computing_for_what_a_person_asks_and_goes_on_later(chain, researcher):
    chain(Step("a", "A", by_a_job, is_heavy=True), Step("b", "B", by_a_job, is_heavy=True))
    going.go_on() or going.advance(researcher.scope)
    wanted = launch.start("training.run", scope=researcher.scope, arguments={})
    going.go_on()
    assert job_of("a").state == "cancelled" and not DemoStep.objects.get().is_broken
    Job.objects.filter(pk=wanted.pk).delete()
    going.go_on()
    assert job_of("a").state == "queued" and not DemoStep.objects.get().gives_way


def test_what_a_person_cancelled_stays_cancelled(chain, researcher):
    chain(Step("a", "A", by_a_job, is_heavy=True))
    going.advance(researcher.scope)
    launch.cancel(job_of("a"), researcher.scope)
    going.go_on()
    assert job_of("a").state == "cancelled"


def test_the_sweeper_leaves_workspaces_alone_in_which_nobody_began_a_demo(chain, researcher):
    begun = chain(Step("a", "A", at_once))
    assert going.go_on() == 0 and begun == []


def test_projects_are_open_with_judgments_that_say_they_are_simulated(few, monkeypatch, researcher, finish_jobs):
    monkeypatch.setattr(going, "STEPS", LIGHT)
    monkeypatch.setattr(collecting, "KNOWN", 3)
    for _turn in range(12):
        going.advance(researcher.scope)
        assert [job.error for job in finish_jobs() if job.state != "succeeded"] == []
    begun = going.states(researcher.scope.workspace)
    assert {name: step.error for name, step in begun.items() if not step.is_done} == {}
    assert set(begun) == set(LIGHT)
    assert set(Assignment.objects.values_list("annotator__origin", flat=True)) == {"simulated"}
    assert Task.objects.filter(open_places__gt=0).exists() and Gold.objects.count() == 3
    assert Judgment.objects.count() > 100
    assert {tuple(sorted(found.counts)) for found in Snapshot.objects.all()} == {
        ("pairwise",), ("binary", "cardinal", "pairwise", "ranking", "rating"),
    }  # fmt: skip


def test_no_record_tells_how_good_an_answer_is():
    for question in questions.every_kind():
        assert all(set(part) == {"id", "text", "source"} for part in question.record()["responses"])
        assert set(question.record()["metadata"]) == {"domain"}


def test_two_at_once_begin_a_step_once(chain, researcher):
    begun = chain(Step("a", "A", at_once))
    step = next(iter(going.STEPS.values()))
    with transaction.atomic():
        assert going.begin(researcher.scope, step) is not None
        assert going.begin(researcher.scope, step) is None
    assert begun == ["a"]


def test_the_study_is_made_once_with_its_curves_and_told_in_a_line(monkeypatch, researcher, finish_jobs):
    smoke = registry.find("ensembles").tiers["smoke"]
    monkeypatch.setattr(learning, "STUDIED", {name: getattr(smoke, name) for name in learning.STUDIED})
    monkeypatch.setattr(going, "STEPS", {"study": steps.STEPS["study"]})
    for _turn in range(3):
        going.advance(researcher.scope)
        assert [job.error for job in finish_jobs() if job.state != "succeeded"] == []
    study = Study.objects.get()
    assert study.is_over and study.job.state == "succeeded" and going.is_complete(researcher.scope.workspace)
    assert all(curve["mean"] for chart in study.result["charts"] for curve in chart["curves"])
    (line,) = findings.lines(researcher.scope.workspace)
    assert "22 curves" in line and "coins gained at n = " in line


def test_without_a_workspace_the_command_says_how_to_make_one(db):
    with pytest.raises(CommandError, match="demo_people"):
        call_command("demo")
    call_command("demo", if_new=True, begin=True)
    assert not DemoStep.objects.exists()


def test_a_workspace_that_is_used_is_not_filled_by_itself(chain, researcher):
    begun = chain(Step("a", "A", at_once))
    projects.create(scope=researcher.scope, wish=projects.Wish(name="Mine", kinds=["pairwise"]))
    call_command("demo", workspace=researcher.scope.workspace.slug, begin=True, if_new=True)
    assert begun == []
    call_command("demo", workspace=researcher.scope.workspace.slug, begin=True)
    assert begun == ["a"]
