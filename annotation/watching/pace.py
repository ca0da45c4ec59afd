"""Judgments over time: the series of the charts, the pace of late, and when a project is done at that pace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

from django.utils import timezone

from annotation.queue.statements import fetch
from annotation.watching.patience import Kept

# Of those who have a seat here: what was brought in with a file came at once, and is nobody's pace.
WORKED = """
EXISTS (SELECT FROM annotation_assignment a
          JOIN annotation_seat s ON s.project_id = a.project_id AND s.annotator_id = a.annotator_id
         WHERE a.id = j.assignment_id)
"""
HOURS = f"""
SELECT extract(epoch FROM date_trunc('hour', j.created_at))::bigint, count(*)
  FROM annotation_judgment j
 WHERE j.project_id = %(project)s AND j.created_at >= %(since)s AND {WORKED}
 GROUP BY 1
"""  # noqa: S608 - constants only
ENDS = f"""
SELECT (SELECT j.created_at FROM annotation_judgment j WHERE j.project_id = %(project)s AND {WORKED}
         ORDER BY j.created_at LIMIT 1),
       (SELECT j.created_at FROM annotation_judgment j WHERE j.project_id = %(project)s AND {WORKED}
         ORDER BY j.created_at DESC LIMIT 1)
"""  # noqa: S608 - constants only
HOUR, DAY = 3_600, 86_400
SEEN_DAYS = 30
SEEN_HOURS = 48
PACE = timedelta(days=7)  # how far back the pace looks


@dataclass(frozen=True)
class Flow:
    """Judgments that people made here, by the hour, in seconds since 1970."""

    by_hour: Mapping[int, int]
    first_at: datetime | None
    last_at: datetime | None

    def since(self, moment: datetime) -> int:
        """Judgments since then, hours counted whole."""
        return sum(count for hour, count in self.by_hour.items() if hour + HOUR > moment.timestamp())

    def hours(self, now: datetime) -> tuple[list[int], list[int]]:
        """The last two days: the beginning of each hour, and what came in it."""
        last = int(now.timestamp()) // HOUR * HOUR
        places = list(range(last - (SEEN_HOURS - 1) * HOUR, last + HOUR, HOUR))
        return places, [self.by_hour.get(place, 0) for place in places]

    def days(self, now: datetime) -> tuple[list[int], list[int]]:
        """The last 30 days in UTC: the beginning of each, and what came on it."""
        last = int(now.timestamp()) // DAY * DAY
        places = list(range(last - (SEEN_DAYS - 1) * DAY, last + DAY, DAY))
        sums = dict.fromkeys(places, 0)
        for hour, count in self.by_hour.items():
            if (day := hour // DAY * DAY) in sums:
                sums[day] += count
        return places, list(sums.values())

    def per_day(self, now: datetime) -> float:
        """The pace of the last seven days, or of the days since the first judgment where those are fewer."""
        if self.first_at is None:
            return 0.0
        start = max(now - PACE, self.first_at)
        span = max((now - start).total_seconds(), DAY)  # hours of work say nothing of the nights between them
        return self.since(start) / span * DAY


def days_left(left: int, per_day: float) -> float | None:
    """How long what is left takes at this pace; None where nobody can tell."""
    if left == 0:
        return 0.0
    return left / per_day if per_day > 0 else None


def done_on(left: int, flow: Flow, now: datetime) -> datetime | None:
    """When the last label is there at the pace of late; None where there is none, or it is more than a year away."""
    days = days_left(left, flow.per_day(now))
    if days is None or days > 366:
        return None
    return now + timedelta(hours=ceil(days * 24))


def read(project: UUID) -> Flow:
    since = timezone.now().astimezone(UTC) - timedelta(days=SEEN_DAYS)
    rows = fetch(HOURS, {"project": project, "since": since.replace(hour=0, minute=0, second=0, microsecond=0)})
    first_at, last_at = fetch(ENDS, {"project": project})[0]
    return Flow(dict(rows), first_at, last_at)


kept = Kept(read)
