"""What a researcher does next, from how the project stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.watching.labels import Labels
from annotation.watching.skips import Skips

QUIET = timedelta(days=2)
MANY_SKIPS = 0.2


@dataclass(frozen=True)
class Stand:
    """What advice looks at."""

    status: str
    labels: Labels
    last_at: datetime | None
    skips: Skips
    has_guidelines: bool
    now: datetime
    is_frozen: bool = False  # whether a snapshot holds everything that is there


@dataclass(frozen=True)
class Advice:
    text: str
    section: str = ""  # the name of the page that it leads to
    action: str = ""  # the words on its link
    tone: str = "info"


def of(stand: Stand) -> list[Advice]:
    """The most pressing first; an empty list says that all goes well."""
    labels = stand.labels
    if not labels.tasks:
        return [
            Advice(_("There is nothing to judge yet: bring in prompts and answers."), "imports", _("Bring in a file"))
        ]
    found = []
    if stand.status == "draft":
        found.append(Advice(_("This is a draft: try a task yourself, then open it."), "project-settings", _("Open it")))
    if not stand.has_guidelines:
        text = _("There are no guidelines: people will each judge by their own.")
        found.append(Advice(text, "project-guidelines", _("Write them"), "warn"))
    if labels.left == 0 and labels.there:
        found.append(done(stand))
    elif stand.status == "open":
        found += quiet(stand)
    elif stand.status == "closed" and labels.there:
        found.append(
            Advice(_("It is closed. Freeze what is there to learn from it."), "snapshots", _("Freeze a snapshot"))
        )
    return found + skipped(stand)


def done(stand: Stand) -> Advice:
    if stand.labels.leased:
        text = _("The last labels are on people's desks.")
        return Advice(text)
    if stand.is_frozen:
        text = _("Every label that was wanted is there, and in a snapshot. A reward model can learn from it.")
        return Advice(text, "snapshots", _("To the snapshots"), "good")
    text = _("Every label that was wanted is there. Freeze what is there to learn from it.")
    return Advice(text, "snapshots", _("Freeze a snapshot"), "good")


def quiet(stand: Stand) -> list[Advice]:
    if stand.last_at is None:
        return [
            Advice(
                _("Nobody has labelled yet. Send your annotators the address of the labelling page."),
                "label",
                _("Open that page"),
            )
        ]
    if stand.now - stand.last_at < QUIET:
        return []
    days = (stand.now - stand.last_at).days
    text = ngettext("Nobody has labelled for a day.", "Nobody has labelled for %(days)s days.", days) % {"days": days}
    return [Advice(text, "project-settings", _("See who may label"), "warn")]


def skipped(stand: Stand) -> list[Advice]:
    there = stand.labels.there
    if stand.skips.total < 10 or stand.skips.total < MANY_SKIPS * (there + stand.skips.total):
        return []
    text = _("People skip much: read their reasons below, and say in the guidelines what to do then.")
    return [Advice(text, "project-guidelines", _("Change the guidelines"), "warn")]
