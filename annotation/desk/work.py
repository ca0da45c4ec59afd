"""My work: the projects that one person may label in, what is left in each, and the time it took so far."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Annotator
from accounts.scope import Scope
from annotation import ledger, projects
from annotation.desk import questions, reading
from annotation.models import Project, Seat
from annotation.queue import picks
from annotation.queue.statements import fetch
from annotation.settings import ProjectSettings
from annotation.trust import pauses, qualification
from api.schemas import build

MOST_PROJECTS = 100
MOST_LEFT = 1_000  # counted no further: a million tasks would be read for a number nobody needs
RECENT = 200  # judgments that tell the pace
DAYS = 7

# The tasks ahead of a person, those that came back, and those in their hands; each bounded.
LEFT = f"""
SELECT (SELECT count(*) FROM (
            SELECT FROM annotation_task t
             WHERE {picks.OPEN} AND (t.rank, t.position) > (%(rank)s::float8, %(position)s::bigint)
               AND {picks.NOT_MINE} LIMIT %(most)s) a)
     + (SELECT count(*) FROM (
            SELECT FROM annotation_task t
             WHERE {picks.OPEN} AND (t.rank, t.position) <= (%(rank)s::float8, %(position)s::bigint)
               AND t.turn > 0 AND t.turn > %(turn)s::bigint AND {picks.NOT_MINE} LIMIT %(most)s) b)
     + (SELECT count(*) FROM annotation_assignment
         WHERE project_id = %(project)s AND annotator_id = %(annotator)s AND state = 'open')
"""  # noqa: S608 - constants only

PACE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms) FROM (
    SELECT v.duration_ms FROM annotation_assignment a
      JOIN annotation_judgment j ON j.assignment_id = a.id
      JOIN annotation_judgmentversion v ON v.judgment_id = j.id AND v.version = 1
     WHERE a.project_id = %(project)s AND a.annotator_id = %(annotator)s AND a.state = 'submitted'
       AND v.duration_ms IS NOT NULL
     ORDER BY a.created_at DESC LIMIT %(recent)s) latest
"""

# Every version counts as time: who corrects what they said works too.
TIME = """
SELECT a.project_id, (v.created_at AT TIME ZONE 'UTC')::date,
       count(*) FILTER (WHERE v.version = 1), COALESCE(sum(v.duration_ms), 0)::bigint
  FROM annotation_assignment a
  JOIN annotation_judgment j ON j.assignment_id = a.id
  JOIN annotation_judgmentversion v ON v.judgment_id = j.id
 WHERE a.annotator_id = %(annotator)s AND a.project_id = ANY (%(projects)s)
 GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Day:
    """What one person did on one day, by the clock of UTC."""

    date: date
    judgments: int
    milliseconds: int


@dataclass(frozen=True)
class Place:
    """One project as one annotator stands in it."""

    project: Project
    judged: int = 0
    left: int = 0
    pace_ms: int | None = None  # the median of the latest judgments
    milliseconds: int = 0
    has_news: bool = False  # the guidelines changed since they were last read
    answers: int = 0  # to own questions, not yet seen
    why_not: str = ""  # why there is nothing to do here now

    @property
    def is_more(self) -> bool:
        return self.left > MOST_LEFT

    @property
    def left_words(self) -> str:
        if self.is_more:
            return _("more than {count}").format(count=MOST_LEFT)
        return str(self.left)

    @property
    def remaining_ms(self) -> int | None:
        return None if self.pace_ms is None else self.left * self.pace_ms


@dataclass(frozen=True)
class Work:
    """Everything on the page."""

    places: list[Place]
    days: list[Day] = field(default_factory=list)
    answers: int = 0
    balance: dict[str, Decimal] = field(default_factory=dict)  # of play money, by currency

    @property
    def today(self) -> Day:
        return self.days[0]

    @property
    def judgments(self) -> int:
        return sum(place.judged for place in self.places)

    @property
    def milliseconds(self) -> int:
        return sum(place.milliseconds for place in self.places)


def of(scope: Scope) -> Work:
    """My projects: what I can go on with first, then what waits, then what is over."""
    found = mine(scope)
    own = Seat.objects.filter(project__in=found, annotator__person=scope.person).select_related("annotator")
    seats = {seat.project_id: seat for seat in own}
    shown = [project for project in found if project.status == Project.Status.OPEN or project.pk in seats]
    times = time_spent(seats)
    news = reading.unread(scope, shown)
    answers = questions.unseen(scope)
    places = [
        place(
            project,
            seats.get(project.pk),
            milliseconds=sum(day.milliseconds for day in times.get(project.pk, [])),
            has_news=project.pk in news,
            answers=answers.get(project.pk, 0),
        )
        for project in shown
    ]
    latest = {project: max(day.date for day in days).toordinal() for project, days in times.items()}
    places.sort(key=lambda one: (bool(one.why_not), -latest.get(one.project.pk, 0)))
    return Work(places, latest_days(times), sum(answers.values()), balance(scope))


def balance(scope: Scope) -> dict[str, Decimal]:
    own = Annotator.objects.filter(workspace=scope.workspace, person=scope.person).first()
    return ledger.balance(own) if own else {}


def mine(scope: Scope) -> list[Project]:
    """The projects that a person may label in, the newest first."""
    found = projects.labellable(scope).exclude(status=Project.Status.DRAFT)
    return list(found.order_by("-created_at")[:MOST_PROJECTS])


def place(project: Project, seat: Seat | None, *, milliseconds: int, has_news: bool, answers: int) -> Place:
    settings = build(ProjectSettings, project.settings)
    judged = seat.judged if seat else 0
    left = count_left(project, seat) if project.status == Project.Status.OPEN else 0
    if settings.most_per_person:
        left = min(left, max(0, settings.most_per_person - judged))
    return Place(
        project,
        judged,
        left,
        pace(seat) if seat else None,
        milliseconds,
        has_news,
        answers,
        why_not(project, settings, judged=judged, left=left) or barred(project, settings, seat),
    )


def barred(project: Project, settings: ProjectSettings, seat: Seat | None) -> str:
    """What stands between this person and the work: a pause, or a test that was not passed."""
    if seat is not None and seat.is_paused and (pause := pauses.standing(project.pk, seat.annotator_id)):
        return pauses.sentence(pause)
    if not (settings.test_tasks or settings.test_project):
        return ""
    test = qualification.standing(project=project, annotator=seat.annotator if seat else None)
    return qualification.sentence(test) if test.state in {"failed", "waiting", "revoked"} else ""


def why_not(project: Project, settings: ProjectSettings, *, judged: int, left: int) -> str:
    if project.status == Project.Status.PAUSED:
        return _("Paused: nothing is given out until the researchers open it again. What you said is kept.")
    if project.status == Project.Status.CLOSED:
        return _("Closed: it is finished, and what was said stays as it is. Thank you.")
    if settings.most_per_person and judged >= settings.most_per_person:
        most = settings.most_per_person
        return ngettext(
            "You have made the one judgment that a person may make here. Thank you.",
            "You have made all {count} judgments that one person may make here. Thank you.",
            most,
        ).format(count=most)
    return "" if left else _("Nothing is left for you now. When more comes in, you find it here.")


def count_left(project: Project, seat: Seat | None) -> int:
    """How many tasks may still come to this person; one more than MOST_LEFT stands for any number beyond."""
    values = {
        "project": project.pk,
        "annotator": seat.annotator_id if seat else None,
        "rank": seat.reached_rank if seat else float("-inf"),
        "position": seat.reached_position if seat else 0,
        "turn": seat.reached_turn if seat else 0,
        "most": MOST_LEFT + 1,
    }
    if seat is None:
        open_tasks = project.tasks.filter(status="open", open_places__gt=0)
        return open_tasks.order_by()[: MOST_LEFT + 1].count()
    return min(MOST_LEFT + 1, int(fetch(LEFT, values)[0][0]))


def pace(seat: Seat) -> int | None:
    values = {"project": seat.project_id, "annotator": seat.annotator_id, "recent": RECENT}
    median = fetch(PACE, values)[0][0]
    return None if median is None else round(median)


def time_spent(seats: dict[UUID, Seat]) -> dict[UUID, list[Day]]:
    if not seats:
        return {}
    annotator = next(iter(seats.values())).annotator_id
    found: dict[UUID, list[Day]] = {}
    for project, day, judgments, milliseconds in fetch(TIME, {"annotator": annotator, "projects": list(seats)}):
        found.setdefault(project, []).append(Day(day, judgments, milliseconds))
    return found


def latest_days(times: dict[UUID, list[Day]]) -> list[Day]:
    """The last week, today first, over all projects; a day without work counts as nothing."""
    today = now().date()
    wanted = {today - timedelta(days=back): [0, 0] for back in range(DAYS)}
    for day in (day for days in times.values() for day in days):
        if day.date in wanted:
            wanted[day.date][0] += day.judgments
            wanted[day.date][1] += day.milliseconds
    return [Day(date, judgments, milliseconds) for date, (judgments, milliseconds) in wanted.items()]
