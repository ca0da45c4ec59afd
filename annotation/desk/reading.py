"""Which version of a project's guidelines a person has read, and which words changed since."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.http import Http404

from accounts import annotators
from accounts.scope import Scope
from annotation import differences
from annotation.models import Guidelines, Project, Reading


@dataclass(frozen=True)
class News:
    """What a person is to read before going on."""

    guidelines: Guidelines
    read_version: int  # 0: none yet
    pieces: list[differences.Piece]  # empty where nothing was read before

    @property
    def is_due(self) -> bool:
        """New to the person, and not merely new terms under the same text."""
        if not self.guidelines.text.strip() or self.read_version >= self.guidelines.version:
            return False
        return self.read_version == 0 or any(piece.kind != differences.SAME for piece in self.pieces)


def news(*, scope: Scope, project: Project) -> News:
    """The newest guidelines beside the version that this person read last."""
    newest = project.guidelines.order_by("-version").first()
    assert newest is not None
    last = (
        Guidelines.objects.filter(project=project, readings__annotator__person=scope.person)
        .order_by("-version")
        .first()
    )
    if last is None or last.version == newest.version:
        return News(newest, last.version if last else 0, [])
    return News(newest, last.version, differences.between(last.text, newest.text))


def unread(scope: Scope, projects: Iterable[Project]) -> set[UUID]:
    """The projects whose newest guidelines this person has begun to work under an older version of."""
    newest = Guidelines.objects.filter(project__in=list(projects)).order_by("project", "-version").distinct("project")
    read = Guidelines.objects.filter(readings__annotator__person=scope.person, project__in=list(projects))
    last: dict[UUID, int] = {}
    for project, version in read.values_list("project_id", "version"):
        last[project] = max(version, last.get(project, 0))
    return {one.project_id for one in newest if 0 < last.get(one.project_id, 0) < one.version}


@transaction.atomic
def acknowledge(*, scope: Scope, project: Project, version: int) -> Guidelines:
    """This person has read this version; said twice, it is remembered once."""
    found = project.guidelines.filter(version=version).first()
    if found is None:
        raise Http404
    annotator = annotators.of_person(scope.workspace, scope.person)
    Reading.objects.bulk_create([Reading(guidelines=found, annotator=annotator)], ignore_conflicts=True)
    return found
