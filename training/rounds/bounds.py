"""What the runs of a campaign are held to beside their KL: set by a person, checked as a run's own form checks it."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from api.schemas import build
from jobs.models import Job
from training import components
from training.learning.settings.plan import Bound
from training.models import Campaign, Role
from training.rounds.settings import OWN, CampaignBounds, Held
from training.searches import asking as searches
from training.thresholds import asking as thresholds

FIELD = "bounds"
FROM = f"{FIELD}.thresholds_from"
LATER = "asked when a run begins"  # of a flag: that may be long after the bounds were set
PLACE = re.compile(r"components\.(\d+)")


def of(campaign: Campaign) -> CampaignBounds:
    return build(CampaignBounds, campaign.bounds)


@transaction.atomic
def change(*, scope: Scope, campaign: Campaign, wished: Any) -> CampaignBounds:
    """From now on these hold; a run that has begun keeps those that it was begun with."""
    found = checked(scope, wished)
    Campaign.objects.filter(pk=campaign.pk).update(bounds=asdict(found))
    campaign.refresh_from_db(fields=["bounds"])
    held = [one.reward_model for one in found.components]
    scope.record("campaign.bounds", "campaign", campaign.pk, reward_models=held)
    return found


def checked(scope: Scope, wished: Any) -> CampaignBounds:
    """As they were asked for, with thresholds that were found; Invalid at the field that makes no sense."""
    asked = build(CampaignBounds, wished or {}, FIELD)
    held = with_found(scope, asked)
    own = [place for place, one in enumerate(held) if one.reward_model == OWN]
    others = [place for place, one in enumerate(held) if one.reward_model != OWN]
    if len(own) > 1:
        said = _("“{name}” is a component already; give one component all its bounds.")
        raise Invalid(said.format(name=OWN), field=f"{FIELD}.components.{own[1]}.reward_model")
    try:
        asked_of = [part(held[place], identity(held[place], place)) for place in others]
        parts = components.found(scope=scope, asked=asked_of, allow_candidate=False, why_flagged=LATER)
    except Invalid as refusal:
        raise moved(refusal, others) from None
    first = {"name": components.free_name(OWN, {one.name for one in parts}), "weight": 1.0}
    first |= {"bounds": bounds_of(held[own[0]]) if own else []}
    try:
        components.plan_from([first, *({"name": one.name, **one.values} for one in parts)], None)
    except Invalid as refusal:
        raise moved(refusal, [own[0] if own else 0, *others]) from None
    return CampaignBounds(tuple(one for one in held if one.bounds), asked.thresholds_from)


def identity(one: Held, place: int) -> UUID:
    try:
        return UUID(one.reward_model)
    except ValueError:
        said = _("Write the id of a reward model, or campaign for the one that the round learns.")
        raise Invalid(said, field=f"{FIELD}.components.{place}.reward_model") from None


def searched(scope: Scope) -> QuerySet[Job]:
    """Searches for thresholds, through the looks of finished runs or within one run, the newest first."""
    kinds = (thresholds.KIND, searches.KIND)
    return Job.objects.filter(workspace=scope.workspace, kind__in=kinds).order_by("-created_at")


def with_found(scope: Scope, asked: CampaignBounds) -> list[Held]:
    """What was asked, then what a finished search held and nothing is asked of here, pulled to what it found."""
    if not asked.thresholds_from:
        return list(asked.components)
    try:
        job = searched(scope).filter(pk=UUID(asked.thresholds_from)).first()
    except ValueError:
        job = None
    if job is None:
        raise Invalid(_("There is no such search for thresholds in this workspace."), field=FROM)
    if job.state != Job.State.SUCCEEDED:
        raise Invalid(_("This search has not found any thresholds: choose one that is done."), field=FROM)
    named = {one.reward_model for one in asked.components}
    found = [
        Held(one["model"], (Bound(Role.EQUAL.value, one["threshold"]),), one["unit"])
        for one in (job.result or {})["components"]
        if one["model"] not in named
    ]
    return [*asked.components, *found]


def moved(refusal: Invalid, places: Sequence[int]) -> Invalid:
    """The same about the components as they stand here, where a run's are counted otherwise."""

    def here(path: str) -> str:
        return PLACE.sub(lambda match: f"{FIELD}.components.{places[int(match[1])]}", path, count=1)

    errors = [(path if path.startswith(FIELD) else here(path), message) for path, message in refusal.errors]
    return Invalid(refusal.message, errors=errors)


def components_of(campaign: Campaign, learned: UUID) -> list[dict[str, Any]]:
    """Those of a run: what the round has learned is raised, and held where its bounds say; the others are held."""
    found = of(campaign).components
    own = next((one for one in found if one.reward_model == OWN), Held())
    others = [part(one, one.reward_model) for one in found if one.reward_model != OWN]
    return [{**part(own, learned), "weight": 1.0}, *others]


def part(one: Held, reward_model: UUID | str) -> dict[str, Any]:
    """As a run takes it."""
    return {"reward_model": reward_model, "bounds": bounds_of(one), "unit": one.unit}


def bounds_of(one: Held) -> list[dict[str, Any]]:
    return [asdict(bound) for bound in one.bounds]
