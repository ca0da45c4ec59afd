"""The sections of a project's page, side by side as tabs; a person sees those that the role may enter."""

from collections.abc import Callable
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.scope import Scope
from annotation.desk import questions
from annotation.models import Project
from web.words import Words


class Section(NamedTuple):
    label: Words
    url_name: str  # below /w/<slug>/projects/<project>/
    action: str  # of `access.ACTIONS`
    waiting: Callable[[Project], int] | None = None  # what waits there, shown beside the label
    within: str = ""  # the section on whose page a link leads here, in place of a tab


SECTIONS: list[Section] = [
    Section(_("Overview"), "project", "judgment.read"),
    Section(_("Tasks"), "tasks", "judgment.read"),
    Section(_("Judgments"), "project-judgments", "judgment.read"),
    Section(_("Quality"), "project-quality", "quality.read"),
    Section(_("Models"), "project-models", "quality.read"),
    Section(_("Review"), "project-review", "judgment.adjudicate"),
    Section(_("Try it"), "try", "judgment.read"),
    Section(_("Import"), "imports", "import.make"),
    Section(_("Guidelines"), "project-guidelines", "judgment.read"),
    Section(_("Snapshots"), "snapshots", "snapshot.read"),
    Section(_("Questions"), "questions", "question.answer", questions.count_open),
    Section(_("Settings"), "project-settings", "project.change"),
]


def register(section: Section) -> None:
    """A section of an app above, called from AppConfig.ready; a second time changes nothing."""
    if all(one.url_name != section.url_name for one in SECTIONS):
        SECTIONS.append(section)


def names(scope: Scope) -> set[str]:
    """The names of the pages that this person may enter."""
    return {one.url_name for one in SECTIONS if access.may(scope.role, one.action)} | {"label"}


def of(scope: Scope, project: Project, path: str) -> list[tuple[Words, str, bool]]:
    """(label, address, whether it is the current one) of each tab that is open to this person."""
    here = current(scope, project, path)
    name = (here.within or here.url_name) if here else ""
    found = [one for one in SECTIONS if access.may(scope.role, one.action) and not one.within]
    return [(label(one, project), address(scope, project, one), one.url_name == name) for one in found]


def title(scope: Scope, project: Project, path: str) -> Words:
    """The words for the section that a path lies in, and none for the first of them, which is the project itself."""
    here = current(scope, project, path)
    return here.label if here and here is not SECTIONS[0] else ""


def current(scope: Scope, project: Project, path: str) -> Section | None:
    """The section with the longest address that the path begins with."""
    found = [(address(scope, project, one), one) for one in SECTIONS if access.may(scope.role, one.action)]
    here = max((pair for pair in found if path.startswith(pair[0])), key=lambda pair: len(pair[0]), default=None)
    return here[1] if here else None


def beneath(scope: Scope, project: Project, url_name: str) -> list[tuple[Words, str]]:
    """(label, address) of what is reached from the page of a section."""
    found = [one for one in SECTIONS if one.within == url_name and access.may(scope.role, one.action)]
    return [(label(one, project), address(scope, project, one)) for one in found]


def address(scope: Scope, project: Project, section: Section) -> str:
    return reverse(section.url_name, kwargs={"slug": scope.workspace.slug, "project": project.pk})


def label(section: Section, project: Project) -> Words:
    waiting = section.waiting(project) if section.waiting else 0
    return f"{section.label} ({waiting})" if waiting else section.label
