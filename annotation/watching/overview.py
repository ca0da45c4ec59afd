"""Everything that the first page of a project shows, found once."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import now

from annotation.models import Project, Snapshot
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
    frozen = is_frozen(project, counted, flow) if counted.left == 0 else False
    stand = advice.Stand(project.status, counted, flow.last_at, skipped, has_guidelines, moment, frozen)
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


def is_frozen(project: Project, counted: Labels, flow: Flow) -> bool:
    """Whether the newest snapshot was made after the last judgment of a person, and holds as many as there are."""
    newest = Snapshot.objects.standing().filter(project=project).exclude(frozen_at=None).order_by("-frozen_at").first()
    if newest is None or newest.frozen_at is None or (flow.last_at and newest.frozen_at < flow.last_at):
        return False
    return sum(sum(splits.values()) for splits in newest.counts.values()) >= counted.there
