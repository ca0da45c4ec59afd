"""What the campaign's page says of what begins by itself: which rule begins what, and why it has not yet."""

from django.utils.translation import gettext as _

from training.models import Campaign
from training.rounds import automation, chain, rules
from training.rounds.settings import CampaignRules
from training.rounds.standing import RoundStood


def of(campaign: Campaign, stood: RoundStood) -> dict[str, str]:
    """A sentence for each step of the present round that a rule is to begin."""
    found = rules.of(campaign)
    waiting = (chain.READY, chain.WAITING)
    return {
        step.name: sentence(stood, step.name, step.state, found, is_halted=bool(campaign.halted))
        for step in stood.steps
        if step.name in found.steps and step.state in waiting
    }


def sentence(stood: RoundStood, name: str, state: str, found: CampaignRules, *, is_halted: bool) -> str:
    if is_halted:
        return _("A rule would begin this, and is stopped.")
    if state == chain.WAITING or name != stood.next:
        return _("Begins by itself {when}.").format(when=when(name, found))
    why = automation.waits_for(stood.round, name, found)
    if why:
        return _("Begins by itself {when}. Not yet: {why}.").format(when=when(name, found), why=why)
    return _("Begins by itself within seconds.")


def when(name: str, found: CampaignRules) -> str:
    """The condition in words."""
    if name == "snapshot" and found.agreement is not None:
        said = _("once {percent} % of the labels are there and people agree on {share:.0%} of pairs")
        return said.format(percent=found.judgments, share=found.agreement)
    if name == "snapshot":
        return _("once {percent} % of the labels are there").format(percent=found.judgments)
    if name == "run" and found.calibration is not None:
        said = _("once a person has approved the reward model and its calibration error is at most {most:.2f}")
        return said.format(most=found.calibration)
    if name == "run":
        return _("once a person has approved the reward model")
    return _("when the step before it is done") if name != "samples" else _("at the beginning of a round")
