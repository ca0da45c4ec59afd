"""Everything that the first page of a project shows, found once."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import now

from annotation.models import Project
from annotation.projects import newest_guidelines
from annotation.watching import advice, labels, pace, skips
from annotation.watching.advice import Advice
from annotation.watching.labels import Labels
from annotation.watching.pace import Flow
from annotation.watching.skips import Skips


@dataclass(frozen=True)
class Overview:
    labels: Labels
    flow: Flow
    skips: Skips
    advice: list[Advice]
    per_day: float
    done_on: datetime | None  # at the pace of late
    at: datetime
    is_live: bool  # whether anything may still change by itself


def of(project: Project) -> Overview:
    moment = now()
    counted, flow, skipped = labels.now(project.pk), pace.kept(project.pk), skips.kept(project.pk)
    has_guidelines = bool(newest_guidelines(project).text.strip())
    stand = advice.Stand(project.status, counted, flow.last_at, skipped, has_guidelines, moment)
    is_open = project.status == Project.Status.OPEN
    return Overview(
        labels=counted,
        flow=flow,
        skips=skipped,
        advice=advice.of(stand),
        per_day=flow.per_day(moment),
        done_on=pace.done_on(counted.left, flow, moment) if is_open and counted.left else None,
        at=moment,
        is_live=project.status != Project.Status.CLOSED,
    )
