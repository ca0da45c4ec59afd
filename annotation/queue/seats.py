"""Sitting down: one person in one project, their cursors locked, so that their calls come one after the other."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from accounts import annotators
from accounts.scope import Scope
from annotation.models import Project, Seat
from annotation.queue.statements import fetch_one
from annotation.settings import ProjectSettings, stored_settings
from api.refusals import Conflict


@dataclass(frozen=True)
class Desk:
    """Everything `next` must know about the project and the person, read under the lock of the seat."""

    project: UUID
    status: str
    settings: ProjectSettings
    guidelines: int
    has_gold: bool
    annotator: UUID
    seat: int
    reached_rank: float
    reached_position: int
    reached_turn: int
    judged: int
    is_paused: bool
    qualification: str

    @property
    def may_lease(self) -> bool:
        """Whether the project gives out work, and the person has not done as much as one person may."""
        return self.status == "open" and self.room != 0

    @property
    def room(self) -> int | None:
        """How many more judgments the person may make here; None where there is no bound."""
        most = self.settings.most_per_person
        return max(0, most - self.judged) if most else None


SIT = """
SELECT p.id, p.status, p.settings::text, g.id,
       EXISTS (SELECT FROM annotation_gold WHERE project_id = p.id AND NOT in_test),
       an.id, s.id, s.reached_rank, s.reached_position, s.reached_turn, s.judged,
       s.is_paused, s.qualification,
       NOT EXISTS (SELECT FROM annotation_project_groups WHERE project_id = p.id)
       OR EXISTS (SELECT FROM annotation_project_groups pg
                    JOIN accounts_group_annotators ga ON ga.group_id = pg.group_id
                   WHERE pg.project_id = p.id AND ga.annotator_id = an.id)
  FROM annotation_project p
  JOIN accounts_annotator an ON an.workspace_id = p.workspace_id AND an.person_id = %(person)s
  JOIN annotation_seat s ON s.project_id = p.id AND s.annotator_id = an.id
  JOIN LATERAL (SELECT id FROM annotation_guidelines WHERE project_id = p.id ORDER BY version DESC LIMIT 1) g ON true
 WHERE p.id = %(project)s AND p.workspace_id = %(workspace)s AND p.deleted_at IS NULL
   FOR NO KEY UPDATE OF s
"""


def take(scope: Scope, project: UUID) -> Desk:
    """The desk, its seat made at the first call. Inside a transaction: the lock lasts until its end."""
    values = {"person": scope.person.pk, "workspace": scope.workspace.pk, "project": project}
    row = fetch_one(SIT, values)
    if row is None:
        make_seat(scope, project)
        row = fetch_one(SIT, values)
    if row is None or not row[13]:  # for a person of another group there is no such project
        raise Http404
    desk = Desk(row[0], row[1], stored_settings(row[2]), *row[3:13])
    if desk.status == "draft":
        raise Conflict(_("This project is a draft: a researcher has to open it first."))
    return desk


def make_seat(scope: Scope, project: UUID) -> None:
    if not Project.objects.standing().filter(pk=project, workspace=scope.workspace).exists():
        raise Http404
    annotator = annotators.of_person(scope.workspace, scope.person)
    Seat.objects.bulk_create([Seat(project_id=project, annotator=annotator)], ignore_conflicts=True)
