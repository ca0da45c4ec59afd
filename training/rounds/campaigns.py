"""The campaigns of a workspace: begun and found."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import projects, starts
from annotation.models import Project
from api.refusals import Invalid
from api.schemas import build
from rewardmodels import registry
from training import policies, prompts
from training.models import Campaign, Round, RoundStep
from training.rounds import bounds
from training.rounds.settings import CampaignSettings

MOST_PROMPTS = 1_000
HELD_OUT = 5  # one prompt in so many


@dataclass(frozen=True)
class Wish:
    name: str
    policy: str
    prompts: Any
    settings: Any = None
    bounds: Any = None


def of_workspace(scope: Scope) -> QuerySet[Campaign]:
    return (
        Campaign.objects.filter(workspace=scope.workspace, deleted_at=None)
        .select_related("project", "verdicts", "created_by")
        .order_by("-created_at")
    )


def find(*, scope: Scope, campaign: UUID) -> Campaign:
    found = of_workspace(scope).filter(pk=campaign).first()
    if found is None:
        raise Http404(_("There is no such campaign."))
    return found


@transaction.atomic
def create(*, scope: Scope, wish: Wish) -> Campaign:
    """Freeze the prompts in two parts, make the two projects, and begin the first round."""
    settings = build(CampaignSettings, wish.settings or {}, "settings")
    origin = policies.check(scope.workspace, wish.policy)
    registry.check_backbone(settings.backbone, field="settings.backbone")
    held = bounds.checked(scope, wish.bounds)
    learned, held_out = split(scope, wish.prompts)
    campaign = Campaign.objects.create(
        workspace=scope.workspace,
        name=wish.name,
        settings=asdict(settings),
        bounds=asdict(held),
        prompts=learned.asked,
        learned_sha256=learned.sha256,
        held_out_sha256=held_out.sha256,
        project=project(scope, settings, _("{name}: answers").format(name=wish.name)),
        verdicts=project(scope, settings, _("{name}: new against old").format(name=wish.name)),
        created_by=scope.person,
    )
    Round.objects.create(campaign=campaign, number=1, policy=origin.name if origin else wish.policy)
    scope.record("campaign.created", "campaign", campaign.pk, policy=wish.policy)
    return campaign


def split(scope: Scope, asked: Any) -> tuple[prompts.Frozen, prompts.Frozen]:
    """Runs learn from the one part, verdicts are about the other; which is which follows from the prompts alone."""
    whole = prompts.freeze(scope=scope, asked=asked)
    if whole.count > MOST_PROMPTS:
        said = _("A campaign takes at most {most} prompts; here are {n}.")
        raise Invalid(said.format(most=f"{MOST_PROMPTS:,}", n=f"{whole.count:,}"), field=prompts.FIELD)
    if whole.count < 2 * 2:
        raise Invalid(
            _("A campaign needs at least four prompts that differ; here are {n}.").format(n=whole.count),
            field=prompts.FIELD,
        )
    listed = prompts.listed(whole.sha256)
    border = max(2, len(listed) // HELD_OUT)
    held_out = prompts.freeze(scope=scope, asked={"records": [{"prompt": one} for one in listed[:border]]})
    learned = prompts.freeze(scope=scope, asked={"records": [{"prompt": one} for one in listed[border:]]})
    return prompts.Frozen(whole.asked, learned.sha256, learned.count), held_out


def project(scope: Scope, settings: CampaignSettings, name: str) -> Project:
    start = starts.find("better" if settings.kind == "pairwise" else "worth")
    assert start is not None
    wish = projects.Wish(
        name=name[:200],
        guidelines=str(start.guidelines),
        kinds=[settings.kind],
        overlap=settings.overlap,
        ordering="random",
        status="open",
        settings=start.given(),
    )
    return projects.create(scope=scope, wish=wish)


def settings_of(campaign: Campaign) -> CampaignSettings:
    return CampaignSettings(**campaign.settings)


def steps_of(one: Round) -> dict[str, RoundStep]:
    return {step.name: step for step in one.steps.select_related("job", "begun_by")}
