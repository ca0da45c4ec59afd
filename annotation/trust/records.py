"""What one annotator has done in one project, as numbers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from annotation.agreement.proportions import wilson
from annotation.agreement.votes import Estimate
from annotation.models import Mark, Project, Seat
from annotation.queue.statements import fetch

COUNTS = """
SELECT count(*) FILTER (WHERE j.withdrawn_at IS NULL AND NOT j.is_late AND j.set_aside_at IS NULL),
       count(*) FILTER (WHERE j.set_aside_at IS NOT NULL),
       count(*) FILTER (WHERE j.is_late AND j.set_aside_at IS NULL),
       count(*) FILTER (WHERE a.state = 'skipped'),
       min(j.created_at), max(j.created_at),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY v.duration_ms) FILTER (WHERE a.purpose = 'label'),
       COALESCE(sum(v.duration_ms), 0)
  FROM annotation_assignment a
  LEFT JOIN annotation_judgment j ON j.assignment_id = a.id AND j.withdrawn_at IS NULL
  LEFT JOIN annotation_judgmentversion v ON v.judgment_id = j.id AND v.version = j.version
 WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s
"""


@dataclass(frozen=True)
class Record:
    """Judgments that count and that do not, times, and known answers."""

    counted: int
    set_aside: int
    late: int
    skipped: int
    first_at: datetime | None
    last_at: datetime | None
    median_ms: float | None
    total_ms: int
    gold: Estimate  # since the beginning
    gold_right: int
    since_pause: Estimate | None  # since the last pause was lifted, where there was one
    is_paused: bool
    qualification: str


def of(project: Project, annotator: UUID) -> Record:
    row = fetch(COUNTS, {"project": project.pk, "annotator": annotator})[0]
    marks = Mark.objects.filter(project=project, annotator=annotator)
    right, seen = marks.filter(is_right=True).count(), marks.count()
    seat = Seat.objects.filter(project=project, annotator=annotator).first()
    return Record(
        counted=row[0],
        set_aside=row[1],
        late=row[2],
        skipped=row[3],
        first_at=row[4],
        last_at=row[5],
        median_ms=row[6],
        total_ms=int(row[7]),
        gold=wilson(right, seen),
        gold_right=right,
        since_pause=wilson(seat.gold_right, seat.gold_seen) if seat and seat.gold_from else None,
        is_paused=bool(seat and seat.is_paused),
        qualification=seat.qualification if seat else "",
    )
