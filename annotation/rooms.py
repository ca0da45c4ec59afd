"""What the home page of a workspace offers of collecting: the projects in which there is something to label."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import access
from accounts.scope import Scope
from annotation import projects
from annotation.desk import work
from annotation.models import Pause, Question, Snapshot
from web import cards, navigation
from web.words import Words

MOST = 12


def register() -> None:
    cards.register(10, labelling)
    cards.register(20, first_project)
    cards.register(30, waiting)
    # Whoever may not enter the projects labels in them all the same, and does so from here.
    mine = navigation.Room(5, gettext_lazy("My work"), "my-work", "list-checks", may_label, instead_of="projects")
    navigation.register(mine)
    navigation.register(navigation.Room(76, gettext_lazy("Ledger"), "ledger", "scale", may_keep_ledger, part="people"))
    navigation.register(
        navigation.Room(86, gettext_lazy("Destinations"), "destinations", "send", may_set_up, part="upkeep")
    )
    navigation.register(navigation.Room(20, gettext_lazy("Projects"), "projects", "layers", may_read))


def address_of_snapshot(slug: str, snapshot: UUID) -> str:
    """In its project; the list of projects where it is gone."""
    project = Snapshot.objects.filter(pk=snapshot).values_list("project", flat=True).first()
    if project is None:
        return reverse("projects", kwargs={"slug": slug})
    return reverse("snapshot", kwargs={"slug": slug, "project": project, "snapshot": snapshot})


def names_of_snapshots(ids: Collection[UUID]) -> Mapping[UUID, Words]:
    """With the project: snapshots of many projects are called “First round”."""
    found = Snapshot.objects.filter(pk__in=ids).select_related("project").only("name", "project__name")
    return {one.pk: one.full_name for one in found}


def may_label(scope: Scope) -> bool:
    return access.may(scope.role, "task.label")


def address(slug: str, project: UUID) -> str:
    return reverse("project", kwargs={"slug": slug, "project": project})


def may_keep_ledger(scope: Scope) -> bool:
    return access.may(scope.role, "ledger.read")


def may_set_up(scope: Scope) -> bool:
    return access.may(scope.role, "destination.change")


def may_read(scope: Scope) -> bool:
    return access.may(scope.role, "judgment.read")


def labelling(scope: Scope) -> Iterator[cards.Card]:
    """The projects in which this person can go on, latest work first, and answers to their questions."""
    if not may_label(scope):
        return
    mine = work.of(scope)
    if mine.answers:
        yield cards.Card(
            title=_("Answers to your questions"),
            text=_("The researchers have answered what you asked."),
            url=reverse("my-questions", kwargs={"slug": scope.workspace.slug}),
            action=_("Read"),
            icon="message-square",
            figure=str(mine.answers),
        )
    for place in [place for place in mine.places if not place.why_not][:MOST]:
        yield cards.Card(
            title=place.project.name,
            text=_("Left for you: {count}.").format(count=place.left_words),
            url=reverse("label", kwargs={"slug": scope.workspace.slug, "project": place.project.pk}),
            action=_("Label"),
            icon="pencil",
            is_first=scope.role == "annotator",
        )


def first_project(scope: Scope) -> Iterator[cards.Card]:
    """Whoever may make projects is led to the first one."""
    if access.may(scope.role, "project.change") and not projects.visible(scope).exists():
        yield cards.Card(
            title=_("Begin with a project"),
            text=_("Say what you want to know, bring in prompts with their answers, and let people judge them."),
            url=reverse("project-new", kwargs={"slug": scope.workspace.slug}),
            action=_("New project"),
            icon="layers",
            is_first=True,
        )


def waiting(scope: Scope) -> Iterator[cards.Card]:
    """The projects in which people wait for an answer or for a decision."""
    here = {"project__workspace": scope.workspace, "project__deleted_at": None}
    if access.may(scope.role, "question.answer"):
        asked = Question.objects.filter(**here, answered_at=None)
        text, action = _("Annotators asked about tasks, and wait for an answer."), _("Answer")
        yield from by_project(scope, asked, ("questions", text, action, "message-square"))
    if access.may(scope.role, "judgment.adjudicate"):
        contested = Pause.objects.filter(**here, contested_at__isnull=False, decision=Pause.Decision.NONE)
        text, action = _("Annotators contest that they were paused."), _("Decide")
        yield from by_project(scope, contested, ("project-review", text, action, "scale"))


def by_project(scope: Scope, found: QuerySet[Any], words: tuple[str, str, str, str]) -> Iterator[cards.Card]:
    """A card for each project with what waits there: (name of the page, text, action, icon)."""
    page, text, action, icon = words
    counted = found.order_by("project__name").values_list("project", "project__name").annotate(Count("pk"))
    for project, name, count in counted[:MOST]:
        url = reverse(page, kwargs={"slug": scope.workspace.slug, "project": project})
        yield cards.Card(title=name, text=text, url=url, action=action, icon=icon, figure=str(count))
