"""Who asked for a judgment: runs and searches that went by what people said of their answers."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access
from accounts.deletion import kinds
from accounts.deletion.kinds import Dependants
from accounts.models import Annotator
from accounts.scope import Scope
from annotation.descendants import Descendant, Family
from annotation.models import Judgment, Project, Snapshot
from jobs.models import Job
from training.models import Poll, PollQuestion


def of_tasks(scope: Scope, tasks: Iterable[UUID]) -> dict[UUID, list[Descendant]]:
    """By task; one that nobody in the workspace asked for is not among them."""
    if not access.may(scope.role, "run.read"):
        return {}
    asked = Q(poll__run__workspace=scope.workspace, poll__run__deleted_at=None)
    asked |= Q(poll__search__workspace=scope.workspace)
    rows = PollQuestion.objects.filter(asked, task__in=set(tasks)).order_by("poll__asked_at", "place")
    found: dict[UUID, list[Descendant]] = {}
    for row in rows.select_related("poll__run__job", "poll__search"):
        assert row.task is not None
        one, own = descendant(scope, row.poll), found.setdefault(row.task, [])
        if one not in own:  # a search may have asked the very same of two proposals
            own.append(one)
    return found


def descendant(scope: Scope, poll: Poll) -> Descendant:
    if poll.run is not None:
        url = reverse("run", kwargs={"slug": scope.workspace.slug, "pk": poll.run_id})
        return Descendant(poll.run.name, url, poll.run.job.state if poll.run.job else "")
    assert poll.search is not None
    return Descendant(titled(poll.search), address(scope, poll.search.pk), poll.search.state)


def of_snapshot(scope: Scope, snapshot: Snapshot) -> list[Descendant]:
    """Whoever asked heard the judgments themselves, not what was frozen of them."""
    return []


def of_judgments(scope: Scope, judgments: Iterable[UUID]) -> dict[UUID, list[Descendant]]:
    pairs = Judgment.objects.filter(pk__in=list(judgments)).values_list("pk", "assignment__task")
    by_judgment = dict(pairs)
    asked = of_tasks(scope, by_judgment.values())
    return {judgment: asked[task] for judgment, task in by_judgment.items() if task in asked}


def of_annotator(scope: Scope, project: Project, annotator: Annotator) -> list[Descendant]:
    judged = Judgment.objects.filter(assignment__annotator=annotator, assignment__task__project=project)
    asked = of_tasks(scope, judged.values_list("assignment__task", flat=True))
    found: list[Descendant] = []
    for own in asked.values():
        found += [one for one in own if one not in found]
    return found


FAMILY = Family(of_snapshot, of_judgments, of_annotator)


def searches(scope: Scope, project: Project) -> Dependants:
    """Searches whose proposals its people were asked about; they have no names but when they began."""
    rows = Job.objects.filter(workspace=scope.workspace, polls__project=project.pk).distinct().order_by("-created_at")
    count = rows.count()
    named = [(titled(job), address(scope, job.pk)) for job in rows[: kinds.MOST_NAMED]]
    return Dependants(ngettext("%d search for thresholds", "%d searches for thresholds", count) % count, count, named)


def titled(job: Job) -> str:
    when = date_format(localtime(job.created_at), "DATETIME_FORMAT")
    return _("A search for thresholds, {when}").format(when=when)


def address(scope: Scope, search: UUID) -> str:
    return reverse("threshold-search", kwargs={"slug": scope.workspace.slug, "pk": search})
