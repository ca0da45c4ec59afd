"""What was measured, proposal by proposal, as a picture and as the rows of a table."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from jobs.models import Job
from training import figures
from training.searches import metrics, telling, wanting
from training.searches.telling import Proposal
from web.plots import Guide, Plot, Point, Scale, short


class Row(TypedDict):
    proposal: Proposal
    begin: str
    places: list[tuple[str, str]]  # by component: the threshold, and where it came to
    value: str
    error: str
    is_best: bool


def rows(job: Job) -> list[Row]:
    """Every proposal until now; which is best is said when the search has weighed them."""
    best = (job.result or {}).get("best")
    names = [one["name"] for one in job.arguments.get("components", [])]
    return [row(one, names, is_best=one["number"] == best) for one in telling.proposals(job)]


def row(one: Proposal, names: Sequence[str], *, is_best: bool) -> Row:
    begin = _("the reference") if one["begin"] is None else _("proposal {n}").format(n=one["begin"])
    if one["is_again"]:
        begin = _("measured again: {what}").format(what=begin)
    places = [(short(one["thresholds"][name]), short(one["means"][name])) for name in names]
    return Row(
        proposal=one, begin=begin, places=places, value=short(one["value"]), error=short(one["error"]), is_best=is_best
    )


def wanted_of(job: Job) -> dict[str, Any]:
    """What is to be highest, as people know it."""
    wanted: dict[str, Any] = job.arguments["wanted"]
    if wanted["key"] == wanting.PEOPLE:
        title = _("Win rate with the people of “{project}”").format(project=wanted["title"])
        return {**wanted, "title": title, "unit": _("wins and half of the ties")}
    if wanted["key"] in metrics.ALL:
        return {**wanted, "title": metrics.ALL[wanted["key"]].title, "unit": _("units of this count")}
    return wanted if wanted["model"] else {**wanted, "title": _("The text world’s own truth")}


def is_noise(job: Job) -> bool:
    """Whether what was found, run again, has no gain beyond two standard errors."""
    if not job.result:
        return False
    again = job.result["again"]
    return bool(again["gain"] <= 2 * again["gain_error"])


def picture(job: Job) -> Plot | None:
    """The value of each proposal with two standard errors, over its number; nothing before the first."""
    found, wanted = telling.proposals(job), wanted_of(job)
    if not found:
        return None
    points = [point(one) for one in found]
    sides = [side for one in points for side in (one.low, one.high) if side is not None]
    reference = (job.result or {}).get("reference")
    guides = [Guide(reference["value"], _("the reference"))] if reference else []
    sides += [one.value for one in guides]
    margin = 0.05 * (max(sides) - min(sides)) or 0.1
    return Plot(
        _("Measured where each proposal came to"),
        Scale(-0.5, max(found[-1]["number"], 1) + 0.5),
        Scale(min(sides) - margin, max(sides) + margin),
        _("Proposal"),
        _("{title}, in {unit}").format(title=wanted["title"], unit=wanted["unit"]),
        points=points,
        guides=guides,
        x_words=[(float(one["number"]), str(one["number"])) for one in found[:: max(1, len(found) // 8)]],
        headings=[_("Proposal"), _("Value"), _("Standard error")],
        rows=[[str(one["number"]), short(one["value"]), short(one["error"])] for one in found],
    )


def point(one: Proposal) -> Point:
    value, error = one["value"], one["error"]
    label = _("proposal {n}").format(n=one["number"])
    return Point(one["number"], value, f"{label}: {short(value)}", value - 2 * error, value + 2 * error)


def facts(job: Job) -> list[tuple[Any, Any]]:
    """What was asked."""
    asked, wanted = job.arguments, job.arguments["wanted"]
    search, people = asked["search"], []
    if wanted["key"] == wanting.PEOPLE:
        people = [(_("Questions of a proposal"), wanted["questions"])]
        people += [(_("Verdicts that are enough"), wanted["enough"])]
    return [
        (_("Policy"), figures.policy(job.workspace, asked["policy"])),
        (_("Algorithm"), figures.titled(asked["algorithm"])),
        (_("What is to be highest"), wanted_of(job)["title"]),
        *people,
        (_("Answers in all"), f"{search['budget']:,}"),
        (_("Of a proposal, at most"), f"{int(search['share'] * search['budget']):,}"),
        (_("Of a measurement"), f"{search['looked']:,}"),
        (_("Seed"), asked["seed"]),
    ]
