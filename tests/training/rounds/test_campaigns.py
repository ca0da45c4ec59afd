"""A campaign: the whole way round once, each step once and in order, and what a verdict rests on."""

from dataclasses import replace

import pytest

from annotation.imports import direct
from annotation.models import Judgment, Project, Response, Snapshot
from api.refusals import Conflict, Invalid
from jobs.models import Job
from rewardmodels import registry
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone
from training import prompts
from training.models import Campaign, Round, RoundStep, Run
from training.rounds import answers, campaigns, chain, making, sampling, standing, verdicts
from training.rounds.campaigns import Wish

__all__ = ["backbone"]
ASKED = {"records": [f"hello {number}" for number in range(25)]}


@pytest.fixture
def small(policy, backbone):
    """Settings that are made within a second a step."""
    return {
        "backbone": backbone, "asked": 16, "compared": 5, "steps": 2, "step_prompts": 2, "samples": 2,
        "max_new_tokens": 6, "max_prompt": 24, "reward_length": 48,
    }  # fmt: skip


@pytest.fixture
def campaign(researcher, policy, small):
    return campaigns.create(scope=researcher.scope, wish=Wish("Kinder", policy, ASKED, small))


@pytest.fixture
def step(researcher, campaign, finish_jobs):
    """`step("samples")`: begun, and its job done."""

    def begin(name, **said):
        found = chain.begin(scope=researcher.scope, campaign=campaign, name=name, said=said)
        assert [job.error for job in finish_jobs() if job.state != "succeeded"] == []
        return found

    return begin


def label(member, project):
    """Everything that is open, the longer answer always preferred."""
    count = 0
    while (answer := member.api.post(f"/api/v1/projects/{project.pk}/next/", {})).status_code == 200:
        offer = answer.json()
        preferred = max(offer["responses"], key=lambda part: (len(part["text"]), part["text"]))["id"]
        body = {"answer": {"preferred": preferred}, "duration_ms": 3_600}
        sent = member.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body)
        assert sent.status_code == 201, sent.json()
        count += 1
    return count


def states_of(campaign):
    return chain.states(campaign.rounds.order_by("-number").first())


def test_it_goes_round_once_and_begins_again_with_the_policy_that_won(researcher, annotator, campaign, step):
    step("samples")
    step("tasks")
    asked = label(annotator, campaign.project)
    assert asked > 5
    step("snapshot")
    step("reward_model")
    step("approval", reason="It will do.")
    step("run")
    step("answers")
    step("comparison")
    compared = label(annotator, campaign.verdicts)
    (stood,) = standing.of(campaign)
    assert stood.verdict.won + stood.verdict.lost == compared > 0
    assert stood.cost.judgments == asked + compared
    assert stood.cost.annotator_hours == pytest.approx((asked + compared) * 0.001)
    assert stood.next == "verdict"
    step("verdict", keeps="new", reason="People like it.")
    run = Run.objects.get()
    assert campaign.rounds.get(number=2).policy == f"run:{run.pk}@{run.best_step}"
    assert states_of(campaign)["samples"] == chain.READY
    assert Snapshot.objects.get().project == campaign.project
    assert run.components.get().reward_model.snapshot == Snapshot.objects.get()
    assert run.prompts_sha256 == campaign.learned_sha256
    sources = set(Response.objects.filter(prompt__project=campaign.verdicts).values_list("source", flat=True))
    assert sources == {f"campaign {campaign.pk} round 1 new", f"campaign {campaign.pk} round 1 old"}


def test_a_step_begun_twice_runs_once(researcher, campaign):
    begun = [chain.begin(scope=researcher.scope, campaign=campaign, name="samples") for _twice in range(2)]
    assert begun[0].pk == begun[1].pk
    assert Job.objects.filter(kind="training.samples").count() == 1


def test_a_step_waits_for_the_one_before_it(researcher, campaign):
    with pytest.raises(Conflict, match="First this has to be done: The policy answers"):
        chain.begin(scope=researcher.scope, campaign=campaign, name="tasks")
    assert not RoundStep.objects.exists()
    assert set(states_of(campaign).values()) == {chain.READY, chain.WAITING}


def test_a_step_that_failed_goes_on_with_the_same_job(researcher, campaign):
    begun = chain.begin(scope=researcher.scope, campaign=campaign, name="samples")
    Job.objects.filter(pk=begun.job_id).update(state="cancelled", finished_at=begun.begun_at)
    assert states_of(campaign)["samples"] == chain.FAILED
    again = chain.begin(scope=researcher.scope, campaign=campaign, name="samples")
    assert again.job_id == begun.job_id
    assert states_of(campaign)["samples"] == chain.RUNNING


def made(campaign, name, subject):
    return RoundStep.objects.create(round=campaign.rounds.get(number=1), name=name, subject_id=subject)


def test_an_approval_withdrawn_stops_what_comes_after_it(researcher, campaign, reward):
    model = reward()
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    made(campaign, "reward_model", model.pk)
    made(campaign, "approval", model.pk)
    assert states_of(campaign)["run"] == chain.READY
    registry.change_standing(scope=researcher.scope, model=model, standing="retired", reason="It stopped tracking.")
    found = states_of(campaign)
    assert (found["approval"], found["run"]) == (chain.READY, chain.WAITING)
    with pytest.raises(Conflict):
        chain.begin(scope=researcher.scope, campaign=campaign, name="run")


def test_a_page_of_an_earlier_round_begins_nothing_in_the_present_one(researcher, campaign, policy):
    first = made(campaign, "samples", campaign.pk)
    Round.objects.create(campaign=campaign, number=2, policy=policy)
    begun = chain.begin(scope=researcher.scope, campaign=campaign, name="samples", number=1)
    assert begun.pk == first.pk and not Job.objects.exists()
    with pytest.raises(Conflict, match="Round 1 is not the present one"):
        chain.begin(scope=researcher.scope, campaign=campaign, name="tasks", number=1)


def test_a_fifth_of_the_prompts_is_held_out_of_the_runs(campaign):
    learned, held_out = prompts.listed(campaign.learned_sha256), prompts.listed(campaign.held_out_sha256)
    texts = [[prompt[0]["content"] for prompt in part] for part in (learned, held_out)]
    assert (len(texts[0]), len(texts[1])) == (20, 5)
    assert not set(texts[0]) & set(texts[1])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompts": {"records": ["a", "b", "c"]}}, "prompts"),
        ({"policy": "run:nothing"}, "policy"),
        ({"settings": {"kind": "binary"}}, "settings.kind"),
        ({"settings": {"reward_kind": "cardinal"}}, "settings.reward_kind"),
        ({"settings": {"backbone": "/nowhere"}}, "settings.backbone"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_nothing_is_made(researcher, policy, change, field):
    with pytest.raises(Invalid) as refused:
        campaigns.create(
            scope=researcher.scope, wish=Wish(**{"name": "Kinder", "policy": policy, "prompts": ASKED, **change})
        )
    assert [name for name, _message in refused.value.errors] == [field]
    assert not Campaign.objects.exists() and not Project.objects.exists()


def test_a_project_that_was_deleted_is_named(researcher, campaign, step):
    step("samples")
    Project.objects.filter(pk=campaign.project_id).update(deleted_at=campaign.created_at)
    with pytest.raises(Conflict, match="was deleted"):
        chain.begin(scope=researcher.scope, campaign=campaign, name="tasks")


def compare(campaign, number, new, old):
    """What a round asks about one prompt that is held out."""
    one, _ = Round.objects.get_or_create(campaign=campaign, number=number, defaults={"policy": "builtin:textworld"})
    sources = (making.source_of(one, which) for which in (making.NEW, making.OLD))
    responses = [{"text": text, "source": source} for text, source in zip((new, old), sources, strict=True)]
    direct.store(campaign.verdicts, "pairwise", [{"prompt": "hello", "responses": responses}])
    return one


def test_a_verdict_is_about_its_own_round_though_all_ask_about_the_same_prompts(annotator, campaign):
    first = compare(campaign, 1, "longer, and new", "old")
    assert label(annotator, campaign.verdicts) == 1
    second = compare(campaign, 2, "new", "old again, and longer")
    assert verdicts.of(second).count == 0
    assert label(annotator, campaign.verdicts) == 1
    assert [(found.won, found.lost, found.ties) for found in map(verdicts.of, (first, second))] == [
        (1, 0, 0),
        (0, 1, 0),
    ]


def test_an_answer_that_an_earlier_round_gave_word_for_word_still_counts_for_its_own_side(annotator, campaign):
    first = compare(campaign, 1, "longer, and new", "old")
    assert label(annotator, campaign.verdicts) == 1
    second = compare(campaign, 2, "newer", "longer, and new")
    assert label(annotator, campaign.verdicts) == 1
    assert [(found.won, found.lost, found.ties) for found in map(verdicts.of, (first, second))] == [
        (1, 0, 0),
        (0, 1, 0),
    ]


def test_by_program_a_campaign_is_begun_and_taken_further(researcher, policy, small):
    made = researcher.api.post(
        "/api/v1/campaigns/", {"name": "Kinder", "policy": policy, "prompts": ASKED, "settings": small}
    )
    assert made.status_code == 201, made.json()
    address = f"/api/v1/campaigns/{made.json()['id']}/"
    answer = researcher.api.post(f"{address}steps/", {"step": "samples"})
    assert answer.status_code == 200 and answer.json()["state"] == "running"
    assert researcher.api.post(f"{address}steps/", {"step": "run"}).status_code == 409
    assert researcher.api.post(f"{address}steps/", {"step": "dance"}).status_code == 400
    (present,) = researcher.api.get(address).json()["rounds"]
    assert (present["number"], present["policy"], present["next"]) == (1, policy, "")
    assert researcher.api.delete(address).status_code == 204
    assert researcher.api.get(address).status_code == 404
    assert RoundStep.objects.count() == 1


def test_the_page_has_a_button_for_the_next_step_alone(researcher, campaign):
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    page = researcher.browser.get(address).content.decode()
    assert "Sample answers" in page and "Ask people" not in page
    assert researcher.browser.post(f"{address}step/", {"step": "samples", "round": "1"}).status_code == 302
    assert "Sample answers" not in researcher.browser.get(address).content.decode()


def test_the_page_counts_labels_while_people_can_give_them_and_then_rests(researcher, annotator, campaign, step):
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"

    def heard():
        answer = researcher.browser.get(f"{address}?part=heard", headers={"HX-Request": "true"})
        return answer.content.decode()

    assert "every 10s" not in researcher.browser.get(address).content.decode()
    step("samples")
    step("tasks")
    _there, wanted = standing.latest(campaign).steps[1].labelled
    assert "every 10s" in researcher.browser.get(address).content.decode()
    assert f"0 of {wanted} labels" in heard() and "<form" not in heard()
    assert "People label" in heard() and standing.latest(campaign).is_early
    assert f"/projects/{campaign.project_id}/label/" in heard()
    assert "disabled" in heard() and "before there is anything to freeze" in heard()
    early = researcher.browser.post(f"{address}step/", {"step": "snapshot", "round": "1"}, follow=True)
    assert "people have to label before there is anything to freeze" in early.content.decode()
    Project.objects.filter(pk=campaign.project_id).update(status="paused")
    assert "every 10s" not in heard()
    Project.objects.filter(pk=campaign.project_id).update(status="open")
    assert "every 10s" in heard()
    assert label(annotator, campaign.project) == wanted
    assert "Freeze the judgments" in heard() and "disabled" not in heard()
    assert f"{wanted} of {wanted} labels" in heard() and "every 10s" not in heard()
    assert "People label" not in heard() and not standing.latest(campaign).is_early
    assert f"/projects/{campaign.project_id}/label/" not in heard()
    assert f'<dd class="number">{wanted}</dd>' in heard()


def test_in_a_round_that_is_over_nobody_is_said_to_label():
    asked = standing.Stood("tasks", making.STEPS["tasks"], chain.DONE, None, "", labelled=(19, 20))
    assert asked.shown == "labelling"
    assert replace(asked, is_past=True).shown == chain.DONE


def test_an_approval_without_a_reason_is_asked_for_one(researcher, campaign, reward):
    for name in ("samples", "tasks", "snapshot"):
        made(campaign, name, campaign.pk)
    model = reward(standing="candidate")
    made(campaign, "reward_model", model.pk)
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/{campaign.pk}/"
    answer = researcher.browser.post(f"{address}step/", {"step": "approval", "round": "1", "reason": " "})
    assert answer.status_code == 422 and "required" in answer.content.decode()
    assert RewardModel.objects.get().standing == "candidate"


def test_the_form_begins_one(researcher, policy, small):
    address = f"/w/{researcher.scope.workspace.slug}/campaigns/new/"
    assert researcher.browser.get(address).status_code == 200
    lines = "\n".join(ASKED["records"])
    wish = {"name": "Kinder", "policy": policy, "prompts": "records", "records": lines, **settings_of(small)}
    answer = researcher.browser.post(address, wish)
    assert answer.status_code == 302, answer.content.decode()
    answer = researcher.browser.post(address, {**wish, "reward_kind": "cardinal"})
    assert answer.status_code == 422 and "one of these is learned" in answer.content.decode()
    assert Campaign.objects.get().settings["asked"] == 16 and not Judgment.objects.exists()


def settings_of(small):
    from training.rounds.settings import CampaignSettings

    return vars(CampaignSettings(**small))


def test_an_answer_that_no_database_keeps_is_made_legible():
    kept = sampling.record([{"role": "user", "content": "hello"}], [{"source": "a"}, {"source": "b"}], ["x\x00y", "z"])
    assert [part["text"] for part in kept["responses"]] == ["x�y", "z"]


def test_a_step_that_brought_nothing_to_judge_has_failed_and_can_be_tried_again(
    researcher, campaign, step, monkeypatch
):
    step("samples")
    records = answers.records_of
    monkeypatch.setattr(answers, "records_of", lambda job: [{"prompt": "hello", "responses": ["a\x00", "b"]}])
    step("tasks")
    (stood,) = standing.of(campaign)
    assert stood.next == "tasks" and "could be brought in" in stood.steps[1].trouble
    monkeypatch.setattr(answers, "records_of", records)
    step("tasks")
    assert states_of(campaign)["tasks"] == chain.DONE
    assert Response.objects.filter(prompt__project=campaign.project).exists()
