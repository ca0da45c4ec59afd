"""Making, changing and deleting projects."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.scope import Scope
from annotation.models import Guidelines, Project
from annotation.queue import ordering, rearranging
from annotation.settings import ProjectSettings, as_json
from annotation.trust import qualification
from api.refusals import Conflict
from api.schemas import build
from jobs import launch


@dataclass(frozen=True)
class Wish:
    """What a project shall be; None leaves a thing as it is."""

    name: str | None = None
    guidelines: str | None = None
    kinds: list[str] | None = None
    overlap: int | None = None
    ordering: str | None = None
    status: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    groups: list[Any] | None = None


def visible(scope: Scope) -> QuerySet[Project]:
    """Annotators see what is no draft and open to everybody or to a group of theirs."""
    found = Project.objects.standing().filter(workspace=scope.workspace)
    if scope.role.includes(Role.REVIEWER):
        return found
    return labellable(scope).exclude(status=Project.Status.DRAFT)


def labellable(scope: Scope) -> QuerySet[Project]:
    """What a person may label in, whatever the role: open to everybody, or to a group of theirs."""
    mine = Q(groups__isnull=True) | Q(groups__annotators__person=scope.person)
    return Project.objects.standing().filter(
        workspace=scope.workspace, pk__in=Project.objects.filter(mine, workspace=scope.workspace).values("pk")
    )


def find(*, scope: Scope, project: UUID) -> Project:
    found = visible(scope).filter(pk=project).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def create(*, scope: Scope, wish: Wish) -> Project:
    settings = build(ProjectSettings, wish.settings, "settings")
    qualification.check(scope, settings)
    project = Project(workspace=scope.workspace, created_by=scope.person, settings=as_json(settings))
    apply(project, wish)
    project.save()
    set_groups(project, wish)
    write_guidelines(project, scope, wish.guidelines or "", settings)
    scope.record("project.created", "project", project.pk)
    return project


@transaction.atomic
def change(*, scope: Scope, project: Project, wish: Wish) -> Project:
    """New guidelines and new terms make a new version; what was judged keeps the one it was judged under."""
    is_large = hold(project, wish)
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = (project.ordering, project.overlap)
    settings = build(ProjectSettings, {**project.settings, **wish.settings}, "settings")
    if "test_project" in wish.settings:
        qualification.check(scope, settings)
    project.settings = as_json(settings)
    apply(project, wish)
    project.save()
    set_groups(project, wish)
    current = newest_guidelines(project)
    text = current.text if wish.guidelines is None else wish.guidelines
    if text != current.text or as_json(settings.terms) != current.terms:
        write_guidelines(project, scope, text, settings)
    rearrange(project, scope, before, is_large=is_large)
    changed = sorted(name for name in Wish.__dataclass_fields__ if getattr(wish, name) not in (None, {}))
    scope.record("project.changed", "project", project.pk, fields=changed, status=project.status)
    return project


def hold(project: Project, wish: Wish) -> bool:
    """Lock what another order or overlap touches; true where that is too much for a request, and a job will do it."""
    now_there = Project.objects.get(pk=project.pk)
    wanted = (wish.ordering or now_there.ordering, wish.overlap or now_there.overlap)
    if wanted == (now_there.ordering, now_there.overlap):
        return False
    if rearranging.is_large(now_there):
        return True
    rearranging.hold(now_there)
    return False


def rearrange(project: Project, scope: Scope, before: tuple[str, int], *, is_large: bool) -> None:
    """Bring the tasks to what the project wants now; a large project's follow by a job."""
    order, overlap = before
    subject = ("project", project.pk)
    if project.ordering != order and is_large:
        arguments = {"project": str(project.pk), "ordering": project.ordering}
        launch.start(rearranging.REORDER, scope=scope, arguments=arguments, subject=subject)
    elif project.ordering != order:
        ordering.reorder(project)
    if project.overlap != overlap and is_large:
        wanted = {"project": str(project.pk), "before": overlap, "overlap": project.overlap}
        launch.start(rearranging.CHANGE_OVERLAP, scope=scope, arguments=wanted, subject=subject)
    elif project.overlap != overlap:
        ordering.change_overlap(project, overlap)


def apply(project: Project, wish: Wish) -> None:
    if wish.name is not None:
        project.name = wish.name
    if wish.kinds is not None:
        project.kinds = list(dict.fromkeys(wish.kinds))
        used = set(project.tasks.order_by().values_list("kind", flat=True).distinct())
        if missing := used - set(project.kinds):
            sentence = _("There are tasks of kind {kind}: it cannot be left out.").format(kind=sorted(missing)[0])
            raise Conflict(sentence, field="kinds")
    project.overlap = wish.overlap or project.overlap
    project.ordering = wish.ordering or project.ordering
    project.status = wish.status or project.status


def set_groups(project: Project, wish: Wish) -> None:
    if wish.groups is not None:
        project.groups.set(wish.groups)


def newest_guidelines(project: Project) -> Guidelines:
    found = project.guidelines.order_by("-version").first()
    assert found is not None
    return found


def write_guidelines(project: Project, scope: Scope, text: str, settings: ProjectSettings) -> Guidelines:
    last = project.guidelines.aggregate(last=Max("version"))["last"] or 0
    return Guidelines.objects.create(
        project=project, version=last + 1, text=text, terms=as_json(settings.terms), created_by=scope.person
    )
