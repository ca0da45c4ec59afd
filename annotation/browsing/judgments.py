"""Judgments of a project, the newest first, under filters."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from accounts.models import Annotator
from annotation import wording
from annotation.browsing.scanning import Page, Scan
from annotation.browsing.tasks import snippet
from annotation.models import Judgment, JudgmentVersion, Project
from annotation.snapshots.rows import of_tasks


@dataclass(frozen=True)
class Wanted:
    kind: str = ""
    annotator: str = ""  # a pseudonym
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Row:
    version: JudgmentVersion
    judgment: Judgment
    words: str
    snippet: str


def listed(project: Project, wanted: Wanted, cursor: str) -> tuple[Page, list[Row]]:
    found = Judgment.objects.filter(project=project)
    if wanted.since:
        found = found.filter(created_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(created_at__lt=wanted.until)
    page = Scan(found, ["-created_at", "-id"], condition(project, wanted)).page(cursor)
    return page, rows(page.rows)


def voices(project: Project) -> list[str]:
    """The pseudonyms under which something was said here: people have seats, what was imported has judgments alone."""
    seated = project.seats.filter(judged__gt=0).values("annotator")
    imported = Annotator.objects.filter(workspace=project.workspace, origin=Annotator.Origin.IMPORTED)
    said = Judgment.objects.filter(project=project, assignment__annotator=OuterRef("pk"))
    found = Annotator.objects.filter(pk__in=seated) | imported.filter(Exists(said))
    return list(found.order_by("pseudonym").values_list("pseudonym", flat=True))


def condition(project: Project, wanted: Wanted) -> Q | None:
    found = Q()
    if wanted.kind:
        found &= Q(assignment__task__kind=wanted.kind)
    if wanted.purpose:
        found &= Q(assignment__purpose=wanted.purpose)
    if wanted.annotator:
        named = Annotator.objects.filter(workspace=project.workspace, pseudonym=wanted.annotator.strip())
        found &= Q(assignment__annotator__in=list(named.values_list("pk", flat=True)))
    return found or None


def rows(page: list[Judgment]) -> list[Row]:
    """Each with its newest version in words."""
    newest = JudgmentVersion.objects.filter(
        judgment__in=[judgment.pk for judgment in page], version=F("judgment__version")
    ).select_related("judgment__assignment__annotator", "judgment__assignment__task__prompt")
    told = {version.judgment_id: version for version in newest}
    responses = of_tasks({version.judgment.assignment.task_id for version in told.values()})
    found = []
    for judgment in page:
        version = told[judgment.pk]
        task = version.judgment.assignment.task
        order = [response.id for response in responses[task.pk]]
        words = wording.say(version.kind, version.answer, order, version.currency)
        found.append(Row(version, version.judgment, words, snippet(task.prompt)))
    return found
