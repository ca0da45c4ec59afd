"""Asking for a proxy point: a short job lays a surface through the looks of runs that somebody chose."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from jobs import launch
from jobs.models import Job
from training import runs
from training.models import Run
from training.thresholds import measured

KIND = "training.proxy_point"
MOST_RUNS, MOST_COMPONENTS, FEWEST_LOOKS = 40, 4, 5


def of_workspace(scope: Scope) -> QuerySet[Job]:
    return Job.objects.filter(workspace=scope.workspace, kind=KIND).order_by("-created_at")


def find(*, scope: Scope, job: UUID) -> Job:
    found = of_workspace(scope).filter(pk=job).first()
    if found is None:
        raise Http404(_("There is no such proxy point."))
    return found


def looked(scope: Scope) -> QuerySet[Run]:
    """Runs that were looked at on prompts held out."""
    return runs.of_workspace(scope).filter(job__measurements__name__startswith="held_out/", snapshot=None).distinct()


@transaction.atomic
def start(*, scope: Scope, chosen: Sequence[UUID], wanted: str) -> Job:
    """`wanted` is model:<id> or builtin:textworld, a measure of every chosen run; one job for the very same runs."""
    found = list(looked(scope).filter(pk__in=chosen).order_by("pk")[: MOST_RUNS + 1])
    if not found or len(found) < len(set(chosen)):
        raise Invalid(_("Choose runs of this workspace that were looked at on prompts held out."), field="runs")
    if len(found) > MOST_RUNS:
        raise Invalid(_("At most {most} runs.").format(most=MOST_RUNS), field="runs")
    shared = measured.shared(found)
    key = next((one.key for one in shared.values() if wanted in (f"model:{one.model}", one.key)), None)
    if key is None:
        raise Invalid(_("Not every one of these runs measured this; choose what all of them measured."), field="wanted")
    keys = [one for one in shared if one != key and shared[one].model]
    if not 1 <= len(keys) <= MOST_COMPONENTS:
        said = _(
            "These runs share {n} reward models beside what is wanted; a surface is laid over 1 to {most}. Push by one "
            "and let the others check it, so that every run measures all of them."
        )
        raise Invalid(said.format(n=len(keys), most=MOST_COMPONENTS), field="runs")
    looks = measured.points(found, keys, key)
    if len(looks) < FEWEST_LOOKS:
        said = _("These runs have {n} looks together; at least {least} are needed.")
        raise Invalid(said.format(n=len(looks), least=FEWEST_LOOKS), field="runs")
    arguments = {"runs": [str(run.pk) for run in found], "keys": keys, "wanted": key, "looks": len(looks)}
    known = of_workspace(scope).filter(arguments=arguments)
    known = known.exclude(state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return known.first() or launch.start(KIND, scope=scope, arguments=arguments)
