"""What a model's page shows of the looks: the flag, the test in a sentence, and each pair of models."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import calling, projects
from annotation.models import Project
from annotation.sources import words
from jobs import display
from jobs.models import Job
from rewardmodels.models import RewardModel, TrackingReport
from rewardmodels.tracking import asking
from web.plots import Scale, Span, Spans

Figure = dict[str, Any]


def of(scope: Scope, model: RewardModel) -> dict[str, Any]:
    """The newest look at each project, and the projects that there are."""
    job = asking.newest_job(model)
    found_ = projects.visible(scope)
    called = calling.namer(found_)
    names = {one.pk: called(one) for one in found_}
    found: dict[str, Any] = {
        "tracking_projects": sorted(names.items(), key=lambda one: one[1]),
        "looks": [look(one, names[one.project]) for one in asking.newest(model) if one.project in names],
    }
    if job is not None and job.state not in {Job.State.SUCCEEDED, Job.State.CANCELLED}:
        found |= {"tracking_job": job, "tracking_shown": display.shown(job, scope)}
    return found


def look(report: TrackingReport, project: str) -> dict[str, Any]:
    figures = report.figures
    return {
        "report": report,
        "project": project,
        "tone": "bad" if report.is_flagged else "good" if figures["tracking"]["z"] is not None else "info",
        "sentence": sentence(report),
        "notes": notes(figures),
        "picture": picture(figures["pairs"]) if figures["pairs"] else None,
        "pairs": [pair(one) for one in figures["pairs"]],
    }


def sentence(report: TrackingReport) -> str:
    figures = report.figures
    now, then, test = figures["now"], figures["then"], figures["tracking"]
    if test["z"] is None:
        return _(
            "Too little to say whether it still follows people: it takes 20 conversations with verdicts that it "
            "neither learned from nor was evaluated on, and as many in its test split."
        )
    told = {
        "right": words.percent(now["agreement"]),
        "expected": words.percent(now["expected"]),
        "n": now["conversations"],
        "past": words.percent(then["agreement"]) if then else "",
        "hoped": words.percent(then["expected"]) if then else "",
    }
    if report.is_flagged and then:
        return _(
            "It has lost touch with people: on {n} new conversations it is right in {right} of the verdicts where it "
            "expects {expected}; on its test split it was right in {past} and expected {hoped}."
        ).format(**told)
    if report.is_flagged:
        return _(
            "It does not follow people: on {n} conversations it is right in {right} of the verdicts where it expects "
            "{expected}."
        ).format(**told)
    return _(
        "It still follows people: on {n} new conversations it is right in {right} of the verdicts where it expects "
        "{expected}."
    ).format(**told)


def notes(figures: Figure) -> list[str]:
    test, found = figures["tracking"], []
    if test["z"] is not None:
        found.append(
            _(
                "One-sided test of the shortfall, z = {z}, flagged below {bound}: one look in twenty at most raises it "
                "when nothing changed. A loss of {loss} of agreement would be noticed in {power} of such looks."
            ).format(
                z=words.plain(test["z"]),
                bound=words.plain(test["bound"]),
                loss=words.percent(test["loss"]),
                power=words.percent(test["power"]),
            )
        )
    if figures["then"] is None:
        found.append(_("It was saved without a test split, so it is held against its own words alone."))
    if figures["unscored"]:
        found.append(_("{n} answers could not be scored.").format(n=figures["unscored"]))
    return found


def picture(pairs: list[Figure]) -> Spans:
    """For each pair the win rate that it foretells, above the one that people gave."""
    spans = []
    for one in pairs:
        names = {"first": one["first"], "second": one["second"]}
        for who, said in ((_("foretold"), one["predicted"]), (_("people"), one["people"])):
            label = _("{first} against {second}: {who}").format(**names, who=who)
            spans.append(Span(label, said["value"], said["low"], said["high"], words.rate(said)))
    return Spans(_("Win rates, foretold and said"), Scale(0, 1), spans, (0.5,))


def pair(one: Figure) -> dict[str, Any]:
    low, high = one["gap"]["low"], one["gap"]["high"]
    return {
        **one,
        "predicted": words.rate(one["predicted"]),
        "people": words.rate(one["people"]),
        "gap": words.rate(one["gap"]).replace("-", "−"),
        "is_off": low is not None and not low <= 0 <= high,
        "difference": words.logits(one["difference"]),
    }


def beside(scope: Scope, project: Project) -> list[tuple[str, str, str]]:
    """(address, tone, words) of the newest look of each model at a project."""
    reports = (
        TrackingReport.objects.filter(
            project=project.pk, reward_model__workspace=scope.workspace, reward_model__deleted_at=None
        )
        .select_related("reward_model")
        .order_by("reward_model", "-as_of", "id")
        .distinct("reward_model")
    )
    return [
        (
            reverse("reward-model", kwargs={"slug": scope.workspace.slug, "pk": one.reward_model_id}) + "#tracking",
            "bad" if one.is_flagged else "plain",
            f"“{one.reward_model.name}”: {sentence(one)}",
        )
        for one in reports
    ]
