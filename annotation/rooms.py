"""What the home page of a workspace offers of collecting: the projects in which there is something to label."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.scope import Scope
from annotation import projects
from annotation.models import Project
from annotation.models.tasks import OPEN
from web import cards, navigation

MOST = 12


def register() -> None:
    cards.register(10, labelling)
    navigation.register(navigation.Room(5, gettext_lazy("My work"), "my-work", "list-checks", may_label))
    navigation.register(navigation.Room(20, gettext_lazy("Projects"), "projects", "layers", may_read))


def may_label(scope: Scope) -> bool:
    return access.may(scope.role, "task.label")


def address(slug: str, project: UUID) -> str:
    return reverse("project", kwargs={"slug": slug, "project": project})


def may_read(scope: Scope) -> bool:
    return access.may(scope.role, "judgment.read")


def labelling(scope: Scope) -> Iterator[cards.Card]:
    """A card for each open project with open places that this person may label in."""
    if not may_label(scope):
        return
    found = projects.labellable(scope).filter(status=Project.Status.OPEN).order_by("-created_at")[:MOST]
    for project in found:
        if project.tasks.filter(OPEN).exists():
            yield cards.Card(
                title=project.name,
                text=_("There are answers to judge."),
                url=reverse("label", kwargs={"slug": scope.workspace.slug, "project": project.pk}),
                action=_("Label"),
                icon="pencil",
                is_first=scope.role == "annotator",
            )
