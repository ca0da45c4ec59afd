"""The long work of collecting, by name."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from annotation import cloning, raising
from annotation.delivery import running as delivering
from annotation.imports import outcomes
from annotation.imports.running import Import, Request
from annotation.models import Destination, Judgment, Project, QualityReport, SetAside, Snapshot
from annotation.quality import computing
from annotation.queue import rearranging
from annotation.snapshots import archives, filters, freezing, verifying
from annotation.snapshots.exports import Export
from annotation.sources import computing as comparing
from annotation.trust import aside
from audit import trail
from jobs import kinds
from jobs.work import Failed, Work


@kinds.register("annotation.import", queue="short", label="Bring in a file", atomic=True)
def import_file(work: Work) -> dict[str, Any]:
    """All or nothing: the rows and the job's result are one transaction."""
    try:
        bringing = Import(Request(**work.arguments), outcomes.faults_path(work.folder))
    except Project.DoesNotExist:
        raise Failed("The project is gone.") from None
    if not bringing.path.is_file():
        raise Failed("The file was cleared away some time after this import had ended: bring it in anew.")
    for count in bringing.run():
        work.progress(min(0.99, bringing.meter.share), f"{count} records read")
    transaction.on_commit(bringing.path.unlink)
    return bringing.result()


@kinds.register("annotation.freeze", queue="short", label="Freeze a snapshot", atomic=True)
def freeze_snapshot(work: Work) -> dict[str, Any]:
    """The files, the lineage and the hash of a snapshot; the agreement that its filters name is computed first."""
    snapshot = Snapshot.objects.standing().select_related("project").filter(pk=work.arguments["snapshot"]).first()
    if snapshot is None:
        raise Failed("The snapshot is gone.")
    progress = work.progress
    if filters.needs_figures(snapshot.filters):
        keep_figures(work, snapshot.project, lambda share, phase: work.progress(0.3 * share, phase))
        progress = lambda share, phase=None: work.progress(0.3 + 0.7 * share, phase)  # noqa: E731
    frozen = freezing.freeze(snapshot, progress=progress, folder=work.folder)
    return {"id": str(frozen.pk), "sha256": frozen.sha256, "counts": frozen.counts}


@kinds.register(archives.KIND, queue="short", label="Pack an archive")
def pack_archive(work: Work) -> dict[str, Any]:
    """The archive's hash, size and where to fetch it."""
    snapshot = Snapshot.objects.standing().filter(pk=work.arguments["snapshot"]).first()
    if snapshot is None:
        raise Failed("The snapshot is gone.")
    export = Export(snapshot, work.arguments["layout"], work.arguments["format"])
    facts = archives.pack(export, folder=work.folder, progress=work.progress)
    return {"id": str(work.job_id), "url": f"/api/v1/snapshots/{snapshot.pk}/exports/{work.job_id}/", **facts}


@kinds.register(delivering.KIND, queue="short", label="Deliver an archive")
def deliver_archive(work: Work) -> dict[str, Any]:
    """Where the archive lies, its hash and size."""
    snapshot = Snapshot.objects.standing().filter(pk=work.arguments["snapshot"]).first()
    found = Destination.objects.select_related("workspace").filter(pk=work.arguments["destination"])
    destination = found.filter(workspace=work.workspace_id).first()
    if snapshot is None or destination is None:
        raise Failed("The snapshot is gone." if snapshot is None else "The destination was deleted.")
    export = Export(snapshot, work.arguments["layout"], work.arguments["format"])
    facts = delivering.deliver(export, destination, folder=work.folder, progress=work.progress)
    work.log(f"{facts['bytes']} bytes lie at {facts['where']}")
    with work.holding():
        trail.record(
            "delivery.made",
            workspace=work.workspace_id,
            actor=work.person_id,
            object_kind="snapshot",
            object_id=str(snapshot.pk),
            details={"destination": str(destination.pk), "sha256": facts["sha256"]},
        )
    return {"id": str(work.job_id), **facts}


@kinds.register(computing.KIND, queue="short", label="Compute quality figures")
def compute_quality(work: Work) -> dict[str, Any]:
    """The report's id; figures of tasks and annotators change with it, together."""
    project = Project.objects.standing().filter(pk=work.arguments["project"]).first()
    if project is None:
        raise Failed("The project is gone.")
    report = keep_figures(work, project, work.progress)
    return {"id": str(report.pk), "as_of": report.as_of, "judgments": report.judgments}


def keep_figures(work: Work, project: Project, progress: Callable[[float, str], None]) -> QualityReport:
    from annotation.quality import figures, keeping  # numpy and scipy, for the child that computes alone

    as_of = now()
    found = figures.compute(project, progress)
    progress(0.95, "Keeping the figures")
    with work.holding():
        return keeping.keep(project, found, as_of=as_of, job=work.job_id)


@kinds.register(comparing.KIND, queue="short", label="Compare the models")
def compare_sources(work: Work) -> dict[str, Any]:
    """The report's id: which source of answers is better, by order and in money."""
    from annotation.sources import figures  # numpy and scipy, for the child that computes alone

    project = living(work.arguments["project"])
    snapshot = None
    if work.arguments["snapshot"]:
        snapshot = Snapshot.objects.standing().filter(pk=work.arguments["snapshot"], project=project).first()
        if snapshot is None:
            raise Failed("The snapshot is gone.")
    as_of = now()
    found = figures.compute(project, snapshot, work.progress)
    with work.holding():
        report = comparing.keep(project, snapshot, found, as_of=as_of, job=work.job_id)
    return {"id": str(report.pk), "as_of": report.as_of, "judgments": report.judgments}


@kinds.register(cloning.KIND, queue="short", label="Copy the tasks of a project", atomic=True)
def copy_tasks(work: Work) -> dict[str, Any]:
    """Either all of them or none."""
    source, target = (living(work.arguments[name]) for name in ("source", "target"))
    work.progress(0.05, "Copying")
    tasks = cloning.copy_tasks(source.pk, target.pk)
    return {"project": str(target.pk), "tasks": tasks}


@kinds.register(raising.KIND, queue="short", label="Ask for more labels")
def raise_overlap(work: Work) -> dict[str, Any]:
    """How many tasks want more labels now; batch by batch, so that nobody's work waits for it."""
    project, overlap = living(work.arguments["project"]), work.arguments["overlap"]
    subset = raising.Subset.of(work.arguments["subset"])
    raised = 0
    for number, tasks in enumerate(raising.chunks(project, subset, overlap, kept=work.folder / "tasks.json")):
        with work.holding():
            raised += raising.lift(project.pk, tasks, overlap)
        work.progress(1 - 1 / (number + 2), f"{raised} tasks")
    return {"project": str(project.pk), "tasks": raised}


@kinds.register(rearranging.REORDER, queue="short", label="Put tasks in another order")
def reorder(work: Work) -> dict[str, Any]:
    """Ends early where the project was given yet another order: that one's job does all tasks."""
    project, order = living(work.arguments["project"]), work.arguments["ordering"]
    total, done = project.tasks.count(), 0
    for batch in rearranging.by_order(project.pk, order):
        with work.holding():
            if rearranging.is_outdated(project.pk, order=order):
                break
            rearranging.reorder(project.pk, order, batch)
        done += len(batch.tasks)
        work.progress(done / max(total, done), f"{done} tasks")
    return {"project": str(project.pk), "tasks": done}


@kinds.register(rearranging.CHANGE_OVERLAP, queue="short", label="Ask another number of people")
def change_overlap(work: Work) -> dict[str, Any]:
    """Tasks that wanted what the project wanted before want what it wants now."""
    project, before, overlap = living(work.arguments["project"]), work.arguments["before"], work.arguments["overlap"]
    total, done = project.tasks.filter(overlap=before).count(), 0
    for batch in rearranging.by_overlap(project.pk, before):
        with work.holding():
            rearranging.change_overlap(project.pk, before, overlap, batch)
        done += len(batch.tasks)
        work.progress(done / max(total, done), f"{done} tasks")
    return {"project": str(project.pk), "tasks": done}


@kinds.register(aside.KIND, queue="short", label="Set work aside")
def set_work_aside(work: Work) -> dict[str, Any]:
    """How many judgments count no more, and how many places came back; a second attempt goes on where the first was."""
    deed = SetAside.objects.select_related("project", "annotator").get(pk=work.arguments["deed"])
    since, until = work.arguments["since"], work.arguments["until"]
    total, done = Judgment.objects.filter(assignment__annotator=deed.annotator, project=deed.project).count(), 0
    while True:
        with work.holding():
            count = aside.leave_out(deed, since=since, until=until, most=aside.BATCH)
        if not count:
            break
        done += count
        work.progress(min(0.99, done / max(1, total)), f"{done} judgments")
    deed.refresh_from_db()
    return {"set_aside": str(deed.pk), "judgments": deed.judgments, "places": deed.places}


@kinds.register(aside.UNDO, queue="short", label="Bring work back")
def bring_work_back(work: Work) -> dict[str, Any]:
    """How many judgments count again, and how many stay aside because others have judged anew."""
    deed = SetAside.objects.select_related("project", "annotator").get(pk=work.arguments["deed"])
    total = max(1, Judgment.objects.filter(set_aside=deed).count())
    back, kept, last = 0, 0, aside.FIRST
    while True:
        with work.holding():
            some, ended_with = aside.bring_some_back(deed, after=last, most=aside.BATCH)
        if ended_with is None:
            break
        back, kept, last = back + some.back, kept + some.kept, ended_with
        work.progress(min(0.99, (back + kept) / total), f"{back} judgments")
    with work.holding():
        aside.close_where_all_are_back(deed, work.person_id)
    return {"set_aside": str(deed.pk), "back": back, "kept": kept}


def living(project: str) -> Project:
    found = Project.objects.standing().filter(pk=project).first()
    if found is None:
        raise Failed("The project is gone.")
    return found


@kinds.register(verifying.KIND, queue="short", label="Verify a snapshot")
def verify_snapshot(work: Work) -> dict[str, Any]:
    """Whether the hash of the rows is still the one that was frozen."""
    snapshot = Snapshot.objects.standing().filter(pk=work.arguments["snapshot"]).first()
    if snapshot is None:
        raise Failed("The snapshot is gone.")
    return verifying.verify(snapshot, folder=work.folder, progress=work.progress)
