"""Rules of a campaign: what begins by itself, when, in whose name, and what stops it."""

import pytest
from django.db import IntegrityError, transaction

from annotation.models import Project
from api.refusals import Invalid
from jobs.models import Job
from tests.conftest import make_member
from tests.rewardmodels.conftest import backbone
from tests.training.rounds.test_campaigns import campaign, label, made, small, states_of, step
from training.models import Campaign, RoundStep, Run
from training.rounds import automation, campaigns, chain, rules, standing, telling
from training.rounds.campaigns import Wish

__all__ = ["backbone", "campaign", "small", "step"]


def rule(member, campaign, **wished):
    return rules.change(scope=member.scope, campaign=campaign, wished=wished)


def told(campaign):
    campaign.refresh_from_db()
    return telling.of(campaign, standing.of(campaign)[0])


def test_a_step_under_a_rule_begins_once_however_often_the_sweeper_looks(researcher, campaign):
    rule(researcher, campaign, samples=True)
    assert automation.go_on() == 1
    assert automation.go_on() == 0
    begun = RoundStep.objects.get()
    assert (begun.name, begun.begun_by) == ("samples", researcher.person)
    assert Job.objects.count() == 1


def test_without_rules_nothing_begins(researcher, campaign):
    assert automation.go_on() == 0
    rule(researcher, campaign, tasks=True)
    assert automation.go_on() == 0 and not RoundStep.objects.exists()
    assert told(campaign) == {"tasks": "Begins by itself when the step before it is done."}


def test_judgments_are_frozen_once_enough_labels_are_there(researcher, annotator, campaign, step, finish_jobs):
    step("samples")
    step("tasks")
    rule(researcher, campaign, snapshot=True, judgments=100)
    assert automation.go_on() == 0
    assert "Not yet: 0 of at least" in told(campaign)["snapshot"]
    label(annotator, campaign.project)
    assert told(campaign)["snapshot"] == "Begins by itself within seconds."
    assert automation.go_on() == 1
    assert states_of(campaign)["snapshot"] == chain.RUNNING


def test_agreement_is_the_share_of_pairs_of_people_who_said_the_same(
    researcher, member, policy, small, finish_jobs, annotator
):
    wish = Wish("Kinder", policy, {"records": [f"hello {n}" for n in range(8)]}, {**small, "overlap": 3, "asked": 2})
    campaign = campaigns.create(scope=researcher.scope, wish=wish)
    for name in ("samples", "tasks"):
        chain.begin(scope=researcher.scope, campaign=campaign, name=name)
        finish_jobs()
    rule(researcher, campaign, snapshot=True, agreement=0.5)
    others = [make_member(campaign.workspace, "annotator", f"{name}@home.example") for name in "bc"]
    label(annotator, campaign.project)
    tasks = RoundStep.objects.get(name="tasks")
    assert automation.agreed(tasks) is None
    contrary(others[0], campaign.project)
    label(others[1], campaign.project)
    assert automation.agreed(tasks) == pytest.approx(1 / 3)  # of three pairs of votes on each task, one agrees
    assert automation.go_on() == 0
    assert "agreement is 0.33 and was to be 0.50 at least" in told(campaign)["snapshot"]
    rule(researcher, campaign, snapshot=True, agreement=0.3)
    assert automation.go_on() == 1


def contrary(member, project):
    """The shorter answer is always preferred."""
    while (answer := member.api.post(f"/api/v1/projects/{project.pk}/next/", {})).status_code == 200:
        offer = answer.json()
        preferred = min(offer["responses"], key=lambda part: (len(part["text"]), part["text"]))["id"]
        body = {"answer": {"preferred": preferred}, "duration_ms": 3_600}
        assert member.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body).status_code == 201


def test_the_run_waits_for_a_person_and_for_calibration(researcher, campaign, reward):
    model = reward(standing="candidate", metrics={"test": {"ece": 0.2}})
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    made(campaign, "reward_model", model.pk)
    rule(researcher, campaign, run=True, calibration=0.1)
    assert automation.go_on() == 0
    assert "once a person has approved the reward model" in told(campaign)["run"]
    chain.begin(scope=researcher.scope, campaign=campaign, name="approval", said={"reason": "It will do."})
    assert automation.go_on() == 0
    assert "Not yet: the calibration error is 0.20 and was to be 0.10 at most" in told(campaign)["run"]
    rule(researcher, campaign, run=True, calibration=0.2)
    assert automation.go_on() == 1 and Run.objects.count() == 1


def test_a_step_that_failed_stops_everything_until_a_person_has_looked(researcher, campaign):
    rule(researcher, campaign, samples=True, tasks=True)
    automation.go_on()
    Job.objects.update(state="cancelled", finished_at=campaign.created_at)
    assert automation.go_on() == 0
    campaign.refresh_from_db()
    assert campaign.halted == "“The policy answers” stopped what begins by itself: Its job was cancelled."
    assert told(campaign) == {"tasks": "A rule would begin this, and is stopped."}
    chain.begin(scope=researcher.scope, campaign=campaign, name="samples")
    Job.objects.update(
        state="succeeded",
        attempt=1,
        started_at=campaign.created_at,
        seen_at=campaign.created_at,
        finished_at=campaign.created_at,
        result={},
    )
    assert automation.go_on() == 0
    rule(researcher, campaign, samples=True)
    assert Campaign.objects.get().halted == ""


def test_a_refusal_stops_it_with_the_sentence_that_a_person_would_read(researcher, campaign, step):
    step("samples")
    rule(researcher, campaign, tasks=True)
    Project.objects.filter(pk=campaign.project_id).update(deleted_at=campaign.created_at)
    assert automation.go_on() == 0
    assert "was deleted" in Campaign.objects.get().halted
    assert not RoundStep.objects.filter(name="tasks").exists()


def test_who_may_not_begin_steps_any_more_begins_none_by_a_rule(researcher, campaign):
    rule(researcher, campaign, samples=True)
    researcher.membership.role = "reviewer"
    researcher.membership.save()
    assert automation.go_on() == 0
    assert "somebody who may has to set them again" in Campaign.objects.get().halted
    assert not RoundStep.objects.exists()


def test_rules_that_make_no_sense_are_refused_at_their_field(researcher, campaign):
    for wished, field in (
        ({"agreement": 0.5}, "agreement"),
        ({"judgments": 0}, "judgments"),
        ({"verdict": True}, "verdict"),
    ):
        with pytest.raises(Invalid) as refused:
            rule(researcher, campaign, **wished)
        assert [name for name, _message in refused.value.errors] == [f"rules.{field}"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.update(halted="It stopped.")


def test_by_page_and_by_program_the_same_rules_are_set(researcher, reviewer, campaign):
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    assert researcher.browser.get(f"{address}rules/").status_code == 200
    assert reviewer.browser.get(f"{address}rules/").status_code == 403
    wrong = researcher.browser.post(f"{address}rules/", {"samples": "on", "judgments": "90", "agreement": "0.8"})
    assert wrong.status_code == 422 and "nobody can agree" in wrong.content.decode()
    assert researcher.browser.post(f"{address}rules/", {"samples": "on", "judgments": "90"}).status_code == 302
    page = researcher.browser.get(address).content.decode()
    assert "Begins by itself within seconds." in page
    program = f"/api/v1/campaigns/{campaign.pk}/"
    assert researcher.api.get(program).json()["rules"]["judgments"] == 90
    answer = researcher.api.put(f"{program}rules/", {"rules": {"tasks": True}}, format="json")
    assert answer.status_code == 200 and list(answer.json()["waits"]) == ["tasks"]
    assert researcher.api.put(f"{program}rules/", {"rules": {"tasks": 3}}, format="json").status_code == 422
