"""What collecting makes and people may delete: projects and snapshots; and what of it depends on them."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.deletion import kinds
from accounts.deletion.kinds import Dependants, Kind
from accounts.scope import Scope
from annotation import purge, rooms
from annotation.models import Project, Snapshot
from jobs import launch


def register() -> None:
    kinds.register(
        Kind(
            "project",
            title=_("Projects"),
            model=Project,
            index=kinds.listed("projects"),
            url=rooms.address,
            goes=_("Its tasks, judgments and snapshots go out of sight with it, also from annotators’ desks."),
            remove=purge.remove,
        )
    )
    kinds.register(
        Kind(
            "snapshot",
            title=_("Snapshots"),
            model=Snapshot,
            index=list_of_snapshots,
            url=rooms.address_of_snapshot,
            goes=_("Its exports go with it, and nothing new can be learned from it. The judgments in it stay."),
            stop=stop,
            remove=purge.remove_snapshot,
            workspace="project__workspace",
            within=Q(project__deleted_at=None),
        )
    )
    kinds.register_dependants("project", "contents", contents)
    kinds.register_dependants("project", "snapshots", snapshots)
    kinds.register_dependants("project", "projects", tested_here)


def stop(scope: Scope, snapshot: Snapshot) -> None:
    """One that is still being frozen is frozen no further."""
    if snapshot.job is not None and not snapshot.job.is_over:
        launch.cancel(snapshot.job, scope)


def list_of_snapshots(slug: str, snapshot: Snapshot) -> str:
    return reverse("snapshots", kwargs={"slug": slug, "project": snapshot.project_id})


def contents(scope: Scope, project: Project) -> Dependants:
    def say(n: int) -> str:
        judgments = project.judgments.count()
        tasks = ngettext("%d task", "%d tasks", n) % n
        return ngettext("{tasks} with {n} judgment", "{tasks} with {n} judgments", judgments).format(
            tasks=tasks, n=judgments
        )

    count = project.tasks.count()
    return Dependants(say(count), count, [], goes=True)


def snapshots(scope: Scope, project: Project) -> Dependants:
    rows = Snapshot.objects.filter(project=project)
    found = kinds.standing(scope, "snapshot", rows, lambda n: ngettext("%d snapshot", "%d snapshots", n) % n)
    return found._replace(goes=True)


def tested_here(scope: Scope, project: Project) -> Dependants:
    """Projects that let nobody in who has not passed the questions of this one."""

    def say(n: int) -> str:
        return ngettext("%d project that tests people here", "%d projects that test people here", n) % n

    def address(other: Any) -> str:
        return reverse("project-settings", kwargs={"slug": scope.workspace.slug, "project": other.pk})

    rows = Project.objects.standing().filter(workspace=scope.workspace, settings__test_project=str(project.pk))
    return kinds.counted(rows, say, address)
