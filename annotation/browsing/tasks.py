"""Tasks of a project, listed under filters, and one of them with all that was said about it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.shortcuts import get_object_or_404

from annotation import wording
from annotation.browsing.scanning import Page, Scan
from annotation.canonical import first_turn
from annotation.models import (
    Assignment,
    Gold,
    Judgment,
    JudgmentVersion,
    Project,
    Prompt,
    Response,
    Snapshot,
    Task,
    TaskResponse,
)

PROGRESS = {
    "none": Q(open_places=F("overlap")),
    "some": Q(open_places__gt=0, open_places__lt=F("overlap")),
    "all": Q(open_places=0),
}
ORDERS = {"": ["position"], "newest": ["-position"], "disputed": ["figure__place", "position"]}
SNIPPET = 160


@dataclass(frozen=True)
class Wanted:
    """What the list shall show; empty means any."""

    words: str = ""
    kind: str = ""
    status: str = ""
    progress: str = ""
    mark: str = ""  # gold, flagged, skipped
    order: str = ""  # of ORDERS


@dataclass(frozen=True)
class Row:
    task: Task
    snippet: str
    labels: int
    is_gold: bool
    is_flagged: bool
    is_skipped: bool
    agreement: float | None  # by the newest quality figures


def listed(project: Project, wanted: Wanted, cursor: str) -> tuple[Page, list[Row]]:
    """One page of the tasks that are wanted, in the order of import, from its end, or the most disputed first."""
    tasks = Task.objects.filter(project=project)
    if wanted.order == "disputed":
        tasks = compared(tasks, project)
    exact = by_id(tasks, wanted.words)
    if exact is not None:
        page = Page(rows=list(exact[:25]))
    else:
        page = Scan(tasks, ORDERS[wanted.order], condition(wanted)).page(cursor)
    return page, rows([task.pk for task in page.rows])


def compared(tasks: QuerySet[Task], project: Project) -> QuerySet[Task]:
    """Those whose votes were compared when the quality figures were computed last."""
    return tasks.filter(figure__project=project, figure__place__isnull=False).select_related("figure")


def by_id(tasks: QuerySet[Task], words: str) -> QuerySet[Task] | None:
    """The task of an id, or all of a prompt's."""
    try:
        pk = UUID(words.strip())
    except ValueError:
        return None
    return tasks.filter(Q(pk=pk) | Q(prompt=pk)).order_by("position")


def condition(wanted: Wanted) -> Q | None:
    found = Q()
    if wanted.kind:
        found &= Q(kind=wanted.kind)
    if wanted.status:
        found &= Q(status=wanted.status)
    if wanted.progress:
        found &= PROGRESS[wanted.progress]
    if wanted.mark:
        found &= Q(MARKS[wanted.mark]())
    if wanted.words.strip():
        found &= holds(wanted.words.strip())
    return found or None


def is_gold() -> Exists:
    return Exists(Gold.objects.filter(task=OuterRef("pk")))


def is_flagged() -> Exists:
    newest = JudgmentVersion.objects.filter(
        judgment__assignment__task=OuterRef("pk"), version=F("judgment__version"), judgment__withdrawn_at=None
    )
    return Exists(newest.filter(answer__flags__0__isnull=False))


def is_skipped() -> Exists:
    return Exists(Assignment.objects.filter(task=OuterRef("pk"), state=Assignment.State.SKIPPED))


MARKS = {"gold": is_gold, "flagged": is_flagged, "skipped": is_skipped}


def holds(words: str) -> Q:
    """Tasks in whose prompt or answers these words stand, or whose record was called so."""
    prompts = Prompt.objects.filter(pk=OuterRef("prompt")).annotate(text=Cast("messages", TextField()))
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')  # as JSON spells it
    answers = Response.objects.filter(places__task=OuterRef("pk"), text__icontains=words)
    return Q(Exists(prompts.filter(Q(text__icontains=escaped) | Q(external_id=words)))) | Q(Exists(answers))


def rows(tasks: list[UUID]) -> list[Row]:
    """What the list tells of each, in the order that was asked for."""
    held = Count("assignments", filter=Q(assignments__holds_place=True, assignments__state="submitted"))
    found = (
        Task.objects.filter(pk__in=tasks)
        .select_related("prompt")
        .annotate(labels=held, gold_there=is_gold(), flagged=is_flagged(), skipped=is_skipped())
        .annotate(agreement=F("figure__agreement"))
    )
    told = {
        task.pk: Row(
            task, snippet(task.prompt), task.labels, task.gold_there, task.flagged, task.skipped, task.agreement
        )
        for task in found
    }
    return [told[pk] for pk in tasks if pk in told]


def snippet(prompt: Prompt) -> str:
    text = " ".join(first_turn(prompt.messages).split())
    return text if len(text) <= SNIPPET else text[: SNIPPET - 1] + "…"


@dataclass(frozen=True)
class Said:
    """One judgment in words, with its versions, the newest last."""

    judgment: Judgment
    words: str
    extras: list[tuple[str, str]]
    versions: list[tuple[JudgmentVersion, str]]

    @property
    def newest(self) -> JudgmentVersion:
        return self.versions[-1][0]


@dataclass(frozen=True)
class Sheet:
    """A task with everything about it."""

    task: Task
    places: list[TaskResponse]
    said: list[Said]
    ended: list[Assignment]  # skipped
    open_leases: int
    gold: Gold | None
    gold_words: str


def sheet(project: Project, task: UUID) -> Sheet:
    places = Prefetch("places", TaskResponse.objects.select_related("response").order_by("position"))
    chosen = Task.objects.filter(project=project).select_related("prompt", "project").prefetch_related(places)
    found = get_object_or_404(chosen, pk=task)
    ids = [place.response_id for place in found.places.all()]
    assignments = Assignment.objects.filter(task=found).select_related("annotator").order_by("created_at")
    gold = Gold.objects.filter(task=found).select_related("set_by").first()
    return Sheet(
        task=found,
        places=list(found.places.all()),
        said=judgments(found, ids),
        ended=list(assignments.filter(state=Assignment.State.SKIPPED)),
        open_leases=assignments.filter(state=Assignment.State.OPEN).count(),
        gold=gold,
        gold_words=wording.say(found.kind, gold.answer, ids, found.project.settings.get("currency", ""))
        if gold
        else "",
    )


def judgments(task: Task, ids: list[UUID]) -> list[Said]:
    versions = Prefetch("versions", JudgmentVersion.objects.select_related("guidelines").order_by("version"))
    found = Judgment.objects.filter(assignment__task=task).select_related("assignment__annotator")
    return [said(judgment, ids) for judgment in found.prefetch_related(versions).order_by("created_at")]


def said(judgment: Judgment, ids: list[UUID]) -> Said:
    versions = [(one, wording.say(one.kind, one.answer, ids, one.currency)) for one in judgment.versions.all()]
    return Said(judgment, versions[-1][1], extras(versions[-1][0].answer), versions)


def extras(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What was said beside the verdict, as (which, text)."""
    found = [(name, answer[name]) for name in ("reason", "critique", "rewrite") if answer.get(name)]
    found += [("flags", ", ".join(answer["flags"]))] if answer.get("flags") else []
    return found + [("spans", f"{span['label']}: “{span['quote']}”") for span in answer.get("spans") or []]


@dataclass(frozen=True)
class Reach:
    """What taking a prompt down would touch."""

    tasks: int
    judgments: int
    open_leases: int
    snapshots: list[Snapshot]


def reach(prompt: Prompt) -> Reach:
    leases = Assignment.objects.filter(task__prompt=prompt)
    lineage = Snapshot.objects.filter(judgments__version__judgment__assignment__task__prompt=prompt)
    return Reach(
        tasks=Task.objects.filter(prompt=prompt).count(),
        judgments=Judgment.objects.filter(assignment__task__prompt=prompt).count(),
        open_leases=leases.filter(state=Assignment.State.OPEN).count(),
        snapshots=list(lineage.distinct().order_by("-created_at")),
    )
