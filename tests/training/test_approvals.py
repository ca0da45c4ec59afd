"""An approval that is withdrawn stops the run that relies on it, and what it kept stays."""

import pytest

from api.refusals import Conflict, Invalid
from rewardmodels import registry
from rewardmodels.models import TrackingReport
from rewardmodels.tracking import asking as tracking
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.rounds.test_campaigns import campaign, made, small, states_of
from tests.training.test_runs import begin, held
from tests.training.test_searches import SMALL, WORLD
from tests.training.test_searches import begin as search
from training import approvals, runs
from training.models import Run, RunComponent
from training.rounds import chain, standing

__all__ = ["backbone", "campaign", "held", "learned", "small", "snapshot", "wish"]


def withdraw(member, why="It stopped tracking"):
    model = RunComponent.objects.get().reward_model
    registry.change_standing(scope=member.scope, model=model, standing="candidate", reason=why)
    return model


def is_approved():
    return RunComponent.objects.get().reward_model.standing == "approved"


def test_a_run_under_way_stops_at_the_next_step_and_keeps_its_checkpoints(researcher, held, finish_jobs, monkeypatch):
    run = begin(researcher, held, settings={**held["settings"], "keep_every": 1})
    stood, asked = approvals.must_stand, []

    def withdrawn_meanwhile(found):
        asked.append(found)
        if Run.objects.get().checkpoints.count() == 1 and is_approved():
            withdraw(researcher)
        stood(found)

    monkeypatch.setattr(approvals, "must_stand", withdrawn_meanwhile)
    (job,) = finish_jobs()
    assert job.state == "failed"
    assert job.error.startswith("The approval of the reward model “") and "It stopped tracking." in job.error
    kept = list(run.checkpoints.values_list("step", flat=True))
    assert len(kept) == 1 and kept[0] < run.steps
    monkeypatch.setattr(approvals, "must_stand", stood)
    registry.change_standing(
        scope=researcher.scope, model=run.components.get().reward_model, standing="approved", reason="It was nothing."
    )
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/").status_code in (200, 202)
    (job,) = finish_jobs()
    assert (job.state, job.error) == ("succeeded", "")


def test_a_run_that_waits_says_that_its_reward_model_is_not_approved_any_more(researcher, asked, finish_jobs):
    run = begin(researcher, asked)
    assert approvals.withdrawn(run) == ""
    withdraw(researcher, "It stopped tracking")
    page = researcher.browser.get(f"/w/{run.workspace.slug}/runs/{run.pk}/").content.decode()
    assert "was withdrawn: It stopped tracking." in page
    (job,) = finish_jobs()
    assert job.state == "failed" and "was withdrawn" in job.error


def test_a_run_that_takes_candidates_stops_only_where_one_is_retired(researcher, asked):
    run = begin(researcher, asked, allow_candidate=True)
    model = withdraw(researcher)
    assert approvals.withdrawn(run) == ""
    model.refresh_from_db()
    registry.change_standing(scope=researcher.scope, model=model, standing="retired", reason="Nobody uses it.")
    assert "Nobody uses it." in approvals.withdrawn(run)


def stopping(member, model):
    page = member.browser.get(f"/w/home/reward-models/{model.pk}/")
    return [(one.name, one.takes_candidates) for one in page.context["going"]]


def test_whoever_withdraws_an_approval_reads_first_which_runs_stop(researcher, asked, finish_jobs):
    run = begin(researcher, asked, name="Kinder")
    careless = begin(researcher, asked, name="Careless", allow_candidate=True)
    model = RunComponent.objects.filter(run=run).get().reward_model
    assert stopping(researcher, model) == [("Kinder", False), ("Careless", True)]
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/").content.decode()
    assert page.index(f"/runs/{run.pk}/") < page.index(f"/runs/{careless.pk}/") < page.index("only once it is retired")
    for done in (run, careless):
        researcher.api.post(f"/api/v1/jobs/{done.job_id}/cancel/")
    assert stopping(researcher, model) == []


def test_the_searches_that_stop_with_an_approval_are_named_too(researcher, asked, reward):
    model, other = reward("Warmth"), reward("Clarity")
    wish = {name: asked[name] for name in ("policy", "algorithm", "settings", "seed")}
    wish |= {"prompts": WORLD, "wanted": WORLD, "search": SMALL, "components": [{"reward_model": str(model.pk)}]}
    job = search(researcher, wish)
    page = researcher.browser.get(f"/w/home/reward-models/{model.pk}/")
    assert [one.url for one in page.context["going"]] == [f"/w/home/runs/thresholds/search/{job.pk}/"]
    assert stopping(researcher, other) == []


def test_the_campaign_says_it_and_tries_no_run_again_before_the_next_approval(researcher, campaign, reward):
    model = reward()
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    made(campaign, "reward_model", model.pk)
    made(campaign, "approval", model.pk)
    begun = chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    withdraw(researcher)
    begun.job.state, begun.job.error = "failed", "The approval was withdrawn."
    begun.job.attempt = 1
    begun.job.started_at = begun.job.seen_at = begun.job.finished_at = begun.begun_at
    begun.job.save()
    (stood,) = standing.of(campaign)
    assert stood.next == "approval"
    assert "The approval was withdrawn: It stopped tracking." in stood.steps[4].trouble
    with pytest.raises(Conflict, match="A person approves it"):
        chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    chain.begin(scope=researcher.scope, campaign=campaign, name="approval", said={"reason": "It was the questions."})
    chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    assert states_of(campaign)["run"] == chain.RUNNING


@pytest.fixture
def flag(monkeypatch):
    """`flag(model)`: people have stopped agreeing with it."""

    def put(model):
        monkeypatch.setattr(tracking, "flag", lambda found: TrackingReport() if found.pk == model.pk else None)

    return put


def test_a_campaign_asks_why_a_flagged_reward_model_is_used(researcher, campaign, reward, flag):
    model = reward()
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    made(campaign, "reward_model", model.pk)
    made(campaign, "approval", model.pk)
    flag(model)
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    assert "Why a flagged model may take part" in researcher.browser.get(address).content.decode()
    answer = researcher.browser.post(f"{address}step/", {"step": "run", "round": "1"})
    assert answer.status_code == 422 and not Run.objects.exists()
    with pytest.raises(Invalid, match="say why it may take part"):
        chain.begin(scope=researcher.scope, campaign=campaign, name="run")
    sent = {"step": "run", "round": "1", "why_flagged": "Only to see how far."}
    assert researcher.browser.post(f"{address}step/", sent).status_code == 302
    assert Run.objects.get().why_flagged == "Only to see how far."


def test_a_check_by_a_flagged_reward_model_needs_a_reason_as_a_component_does(researcher, asked, reward, flag):
    model = reward("Watcher")
    flag(model)
    checked = {**asked, "prompts": {"records": [f"hello {n}" for n in range(12)]}}
    checked["checks"] = {"every": 1, "held_out": 0.5, "golds": [f"model:{model.pk}"]}
    with pytest.raises(Invalid) as refused:
        runs.begin(scope=researcher.scope, wish=runs.Wish(**checked))
    assert [name for name, _message in refused.value.errors] == ["why_flagged"]
    run = runs.begin(scope=researcher.scope, wish=runs.Wish(**checked, why_flagged="To see it fail."))
    assert run.golds.get().reward_model == model
