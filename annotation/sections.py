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


def register(section: Section, *, before: str) -> None:
    """A section of an app above, called from AppConfig.ready; a second time changes nothing."""
    if all(one.url_name != section.url_name for one in SECTIONS):
        SECTIONS.insert([one.url_name for one in SECTIONS].index(before), section)


def names(scope: Scope) -> set[str]:
    """The names of the pages that this person may enter."""
    return {one.url_name for one in SECTIONS if access.may(scope.role, one.action)} | {"label"}


def of(scope: Scope, project: Project, path: str) -> list[tuple[Words, str, bool]]:
    """(label, address, whether it is the current one) of each section that is open to this person."""
    own = {"slug": scope.workspace.slug, "project": project.pk}
    found = [
        (label(one, project), reverse(one.url_name, kwargs=own))
        for one in SECTIONS
        if access.may(scope.role, one.action)
    ]
    current = max((url for _name, url in found if path.startswith(url)), key=len, default="")
    return [(name, url, url == current) for name, url in found]


def label(section: Section, project: Project) -> Words:
    waiting = section.waiting(project) if section.waiting else 0
    return f"{section.label} ({waiting})" if waiting else section.label
