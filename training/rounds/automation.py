"""What begins by itself: the next step of a campaign under a rule, in the name of whoever set the rule, once."""

from collections import Counter
from math import comb
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Membership
from accounts.roles import Role
from accounts.scope import Scope
from annotation.models import Project
from annotation.snapshots import filters
from api.refusals import Refusal
from rewardmodels.models import RewardModel
from training.models import Campaign, Round, RoundStep
from training.rounds import campaigns, chain, rules, standing
from training.rounds.making import STEPS
from training.rounds.settings import CampaignRules


def waits_for(one: Round, name: str, found: CampaignRules) -> str:
    """Why the rule of a step whose turn has come does not begin it yet; nothing where it does."""
    begun = campaigns.steps_of(one)
    if name == "snapshot":
        return labels(begun.get("tasks"), found) or agreement(begun.get("tasks"), found)
    return calibration(begun["reward_model"], found) if name == "run" else ""


def labels(tasks: RoundStep | None, found: CampaignRules) -> str:
    counts = standing.labelled(tasks)
    if counts is None:
        return _("nobody has been asked anything in this round")
    there, wanted = counts
    least = -(-wanted * found.judgments // 100)
    if there >= least:
        return ""
    return _("{there} of at least {least} labels are there").format(there=there, least=least)


def agreement(tasks: RoundStep | None, found: CampaignRules) -> str:
    if found.agreement is None or tasks is None:
        return ""
    share = agreed(tasks)
    if share is None:
        return _("no pair has two labels yet, so agreement is unknown")
    if share >= found.agreement:
        return ""
    return _("agreement is {share:.2f} and was to be {least:.2f} at least").format(share=share, least=found.agreement)


def agreed(tasks: RoundStep) -> float | None:
    """The share of pairs of votes on one task of the round that say the same; a tie is something to say too."""
    project = Project.objects.filter(pk=tasks.subject_id).first()
    if project is None:
        return None
    votes: dict[Any, Counter[Any]] = {}
    counting = filters.select(project, {}).filter(judgment__assignment__task__in=standing.brought(tasks))
    for task, preferred in counting.values_list("judgment__assignment__task", "preferred"):
        votes.setdefault(task, Counter())[preferred] += 1
    pairs = sum(comb(said.total(), 2) for said in votes.values())
    same = sum(comb(count, 2) for said in votes.values() for count in said.values())
    return same / pairs if pairs else None


def calibration(learned: RoundStep, found: CampaignRules) -> str:
    if found.calibration is None:
        return ""
    model = RewardModel.objects.filter(pk=learned.subject_id).first()
    error = model.metrics.get("test", {}).get("ece") if model else None
    if error is None:
        return _("the reward model’s calibration error is unknown: it has no test pairs to measure it on")
    if error <= found.calibration:
        return ""
    return _("the calibration error is {error:.2f} and was to be {most:.2f} at most").format(
        error=error, most=found.calibration
    )


def go_on() -> int:
    """The sweeper's chore: how many steps it began."""
    ruled = Campaign.objects.filter(deleted_at=None, halted="", workspace__deleted_at=None).exclude(rules={})
    return sum(advance(pk) is not None for pk in ruled.values_list("pk", flat=True))


@transaction.atomic
def advance(pk: Any) -> RoundStep | None:
    """Begin the next step where its rule says so. Under the campaign's lock: who comes second finds it begun."""
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=pk)
    if campaign.halted or campaign.deleted_at is not None:
        return None
    found, present = rules.of(campaign), campaign.rounds.order_by("-number").first()
    assert present is not None  # a campaign is made with its first round
    present.campaign = campaign
    states = chain.states(present)
    broken = next((name for name, state in states.items() if state == chain.FAILED), None)
    if broken is not None:
        if found.steps:
            halt(campaign, broken, chain.trouble(campaigns.steps_of(present)[broken]))
        return None
    due = next((name for name, state in states.items() if state == chain.READY), None)
    if due is None or due not in found.steps or waits_for(present, due, found):
        return None
    return begin(campaign, present, due)


def begin(campaign: Campaign, present: Round, name: str) -> RoundStep | None:
    scope = scope_of(campaign)
    if scope is None:
        why = _("whoever set the rules may not begin it any more; somebody who may has to set them again.")
        halt(campaign, name, why)
        return None
    try:
        with transaction.atomic():
            return chain.begin(scope=scope, campaign=campaign, name=name, number=present.number)
    except Refusal as refusal:
        halt(campaign, name, refusal.message)
    except Http404:
        halt(campaign, name, _("what it needs was deleted."))
    return None


def halt(campaign: Campaign, name: str, why: str) -> None:
    """Nothing begins by itself any more until a person has seen this."""
    said = _("“{step}” stopped what begins by itself: {why}").format(step=STEPS[name].title, why=why)
    Campaign.objects.filter(pk=campaign.pk).update(halted=said)


def scope_of(campaign: Campaign) -> Scope | None:
    """As far as the person who set the rules may still begin steps."""
    held = Membership.objects.filter(
        workspace=campaign.workspace, person=campaign.ruled_by_id, person__is_active=True
    ).select_related("person")
    found = held.first()
    if found is None or not access.may(Role(found.role), "campaign.change"):
        return None
    return Scope(found.person, campaign.workspace, Role(found.role))
