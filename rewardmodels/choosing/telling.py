"""What a page says of the orders that were given."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Sorting, SortingPlan
from rewardmodels.choosing import asking
from rewardmodels.choosing.asking import RULES
from web.words import Words


@dataclass(frozen=True)
class Told:
    """One order, as a row of a table."""

    order: Sorting
    rule: Words
    model: str
    share: str
    changed: str


def of(order: Sorting) -> Told:
    rule = RULES.get(order.rule, order.rule)
    return Told(order, rule, order.source["name"], f"{100 * order.random_share:.0f} %", changed(order))


def changed(order: Sorting) -> str:
    """What it did, in a sentence."""
    if order.ended_at is None:
        return _("Not finished: some tasks stand where they stood.")
    counts = order.counts
    said = ngettext("{n} task, ", "{n} tasks, ", counts["tasks"]).format(n=counts["tasks"])
    return said + _("{random} of them left to chance; {moved} have another place now.").format(
        random=counts["random"], moved=counts["moved"]
    )


def halted(plan: SortingPlan | None) -> str:
    """Why the plan cannot be carried out any more, in a sentence; empty where it can."""
    if plan is None:
        return ""
    model = asking.model_of(plan)
    reason = asking.reason_against(model) if model else _("The reward model was deleted; choose another one.")
    return _("{reason} The tasks stay in the order that they had.").format(reason=reason) if reason else ""
