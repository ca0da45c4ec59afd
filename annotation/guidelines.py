"""The versions of a project's guidelines: to read, to compare, and to write upon."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import differences, projects
from annotation.differences import Changed, Piece
from annotation.models import Guidelines, Project
from annotation.projects import Wish
from api.refusals import Conflict


@dataclass(frozen=True)
class Version:
    """One version beside the one before it."""

    guidelines: Guidelines
    text: list[Piece]  # what changed in the words; the first version has nothing before it
    terms: list[Changed]
    before: int | None

    @property
    def is_same_text(self) -> bool:
        return all(piece.kind == differences.SAME for piece in self.text)


def read(project: Project, version: int | None = None) -> Version:
    """The newest, or the one that is asked for."""
    found = project.guidelines.select_related("created_by").order_by("-version")
    shown = found.filter(version=version).first() if version else found.first()
    if shown is None:
        raise Http404
    before = found.filter(version__lt=shown.version).first()
    if before is None:
        return Version(shown, [], [], None)
    text = differences.between(before.text, shown.text)
    return Version(shown, text, differences.of_terms(before.terms, shown.terms), before.version)


def rewrite(*, scope: Scope, project: Project, text: str, upon: int) -> Project:
    """A new version; refused where somebody wrote another one since `upon` was read."""
    newest = projects.newest_guidelines(project)
    if newest.version != upon:
        sentence = _("Version %(version)s was written meanwhile: look at it, then bring your changes into it.")
        raise Conflict(sentence % {"version": newest.version}, field="guidelines")
    return projects.change(scope=scope, project=project, wish=Wish(guidelines=text))
