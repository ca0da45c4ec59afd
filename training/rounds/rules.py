"""Which steps of a campaign begin by themselves, and when: set by a person, who answers for what they begin."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from api.schemas import build
from training.models import Campaign
from training.rounds import campaigns
from training.rounds.settings import CampaignRules


def of(campaign: Campaign) -> CampaignRules:
    return build(CampaignRules, campaign.rules)


@transaction.atomic
def change(*, scope: Scope, campaign: Campaign, wished: Any) -> CampaignRules:
    """From now on these hold; where something had stopped the automation, it goes on."""
    rules = build(CampaignRules, wished, "rules")
    if rules.agreement is not None and campaigns.settings_of(campaign).overlap < 2:
        said = _("With one label a pair nobody can agree or disagree: leave this empty.")
        raise Invalid(said, field="rules.agreement")
    Campaign.objects.filter(pk=campaign.pk).update(rules=asdict(rules), ruled_by=scope.person, halted="")
    campaign.refresh_from_db(fields=["rules", "ruled_by", "halted"])
    scope.record("campaign.rules", "campaign", campaign.pk, steps=list(rules.steps))
    return rules
