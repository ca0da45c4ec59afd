"""Asking what an order would have saved on a project's own judgments, and what came of it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Project, Snapshot
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels.choosing import asking
from web.figures import minus
from web.plots import Scale, Span, Spans

KIND = "rewardmodels.replay"
BACKBONE = "builtin:minilm"


def frozen(project: Project) -> QuerySet[Snapshot]:
    return Snapshot.objects.standing().filter(project=project, frozen_at__isnull=False).order_by("-frozen_at")


@transaction.atomic
def begin(*, scope: Scope, project: Project, snapshot: UUID) -> Job:
    """Ring for the worker that asks the snapshot's judgments once more; the job under way, where there is one."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if (running := asking.under_way(project, KIND)) is not None:
        return running
    found = frozen(project).filter(pk=snapshot).first()
    if found is None:
        raise Invalid(_("There is no such frozen snapshot in this project."), field="snapshot")
    if not any(found.counts.get(kind) for kind in asking.COMPARED):
        raise Conflict(_("This snapshot holds no comparison of two answers."), field="snapshot")
    plan = asking.plan_of(project)
    model = asking.model_of(plan) if plan else None
    scope.record("order.replayed", "project", project.pk, snapshot=str(found.pk))
    arguments = {
        "project": str(project.pk),
        "snapshot": str(found.pk),
        "backbone": model.backbone if model else BACKBONE,
    }
    return launch.start(KIND, scope=scope, arguments=arguments, subject=("project", project.pk))


def newest_result(project: Project) -> dict[str, Any] | None:
    job = asking.jobs_of(project, KIND).filter(state=Job.State.SUCCEEDED).first()
    return job.result if job else None


def picture(result: dict[str, Any]) -> Spans:
    """The share that each rule saves against a random order, with its interval; a line stands at none."""
    rows = [span(one) for one in result["rules"] if one["rule"] != "random"]
    return Spans(_("Share of the judgments saved, against a random order"), Scale(-1, 1), rows, (0.0,))


def span(one: dict[str, Any]) -> Span:
    low, high = one["interval"]
    text = minus(f"{one['saved']:.2f} [{low:.2f}, {high:.2f}]")
    note = _("{n} judgments, {m} at random").format(n=round(one["needed"]), m=round(one["of_random"]))
    return Span(asking.RULES[one["rule"]], one["saved"], low, high, text, note)


def verdict(result: dict[str, Any]) -> str:
    """What can be told, in a sentence."""
    named = [one for one in result["rules"] if one["rule"] != "random"]
    better = [str(asking.RULES[one["rule"]]) for one in named if one["interval"][0] > 0]
    if better:
        return _("Beyond chance, these save judgments here: {rules}.").format(rules="; ".join(better))
    return _("No rule saves anything here that could be told from chance.")
