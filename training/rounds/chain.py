"""Beginning the next step of a campaign: once, in order, and again where it failed."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.snapshots import freezing
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels.models import RewardModel
from training import approvals
from training.models import Campaign, Round, RoundStep
from training.rounds import campaigns
from training.rounds.making import DELETED, STEPS, Task

WAITING, READY, RUNNING, FAILED, DONE = "waiting", "ready", "running", "failed", "done"


def state(step: RoundStep) -> str:
    """How a step that was begun stands, read from what it made."""
    if step.name == "approval":
        is_approved = RewardModel.objects.filter(pk=step.subject_id, standing="approved", deleted_at=None).exists()
        return DONE if is_approved else READY
    if step.job is None or step.job.state == Job.State.SUCCEEDED:
        return FAILED if brought_nothing(step) else DONE
    return FAILED if step.job.state in (Job.State.FAILED, Job.State.CANCELLED) else RUNNING


def withdrawn(step: RoundStep) -> str:
    """Of an approval that was given in this round and does not stand any more, what happened; else nothing."""
    if step.name != "approval" or state(step) == DONE:
        return ""
    model = RewardModel.objects.filter(pk=step.subject_id, deleted_at=None).first()
    if model is None:
        return _("The reward model was deleted: what comes after its approval waits.")
    last = model.standing_changes.select_related("person").first()
    said = _("The approval was withdrawn: {reason} What comes after it waits, and a run under way stops.")
    return said.format(reason=approvals.sentence(last.reason) if last else "")


def brought_nothing(step: RoundStep) -> bool:
    """An import may succeed with every line refused; then nobody is asked anything."""
    if step.name not in ("tasks", "comparison") or step.job is None or step.job.state != Job.State.SUCCEEDED:
        return False
    counts = step.job.result or {}
    return not counts.get("tasks") and not counts.get("duplicates")


def lacks(one: Round, name: str) -> str:
    """Why a step whose turn has come cannot be begun all the same; nothing where it can."""
    project = one.campaign.project
    if name != "snapshot":
        return ""
    return str(DELETED) if project is None or project.deleted_at is not None else freezing.lacks(project)


def trouble(step: RoundStep) -> str:
    """Why a step that failed did, in a sentence."""
    if brought_nothing(step):
        return _("None of the sampled answers could be brought in; its job tells why, line by line.")
    return (step.job.error if step.job else "") or _("Its job was cancelled.")


def states(one: Round) -> dict[str, str]:
    """Of every step, in order: nothing comes before what it needs."""
    begun, found = campaigns.steps_of(one), dict[str, str]()
    for name, step in STEPS.items():
        is_due = not step.needs or found[step.needs] == DONE
        found[name] = state(begun[name]) if name in begun else READY
        if not is_due and found[name] == READY:
            found[name] = WAITING
    return found


@transaction.atomic
def begin(
    *, scope: Scope, campaign: Campaign, name: str, number: int | None = None, said: Mapping[str, str] | None = None
) -> RoundStep:
    """The step of the present round, begun now; one that is there is answered as it is, one that failed waits again.

    With a number it is of that round: a page that was loaded before the next round began begins nothing in that one.
    """
    if name not in STEPS:
        raise Invalid(_("There is no step “{name}”.").format(name=name), field="step")
    campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("project", "verdicts")
        .get(pk=campaign.pk, workspace=scope.workspace, deleted_at=None)
    )
    present = campaign.rounds.order_by("-number").first()
    assert present is not None  # a campaign is made with its first round
    if number is not None and number != present.number:
        return of_round(campaign, number, name)
    present.campaign = campaign
    found = states(present)
    begun = campaigns.steps_of(present)
    needs = STEPS[name].needs
    if found[name] == WAITING or (found[name] == FAILED and needs and found[needs] != DONE):
        before = STEPS[needs].title
        raise Conflict(_("First this has to be done: {step}.").format(step=before), field="step")
    if found[name] == FAILED and not brought_nothing(begun[name]):
        launch.retry(job_of(begun[name]), scope)
    elif found[name] in (READY, FAILED):
        return make(scope, present, name, said or {}, {key: step.subject_id for key, step in begun.items()})
    return begun[name]


def of_round(campaign: Campaign, number: int, name: str) -> RoundStep:
    found = RoundStep.objects.filter(round__campaign=campaign, round__number=number, name=name).first()
    if found is None:
        raise Conflict(_("Round {n} is not the present one any more.").format(n=number), field="round")
    return found


def job_of(step: RoundStep) -> Job:
    assert step.job is not None  # only a job fails
    return step.job


def make(scope: Scope, present: Round, name: str, said: Mapping[str, str], made: Mapping[str, UUID]) -> RoundStep:
    found = STEPS[name].make(Task(scope, present, made, said))
    kept = {key: said[key].strip() for key in STEPS[name].says if key in said}
    step, _is_new = RoundStep.objects.update_or_create(
        round=present,
        name=name,
        defaults={"subject_id": found.subject, "job": found.job, "said": kept, "begun_by": scope.person},
    )
    scope.record("campaign.step", "campaign", present.campaign_id, round=present.number, step=name)
    return step
