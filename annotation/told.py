"""Jobs about projects and snapshots in words: what was brought in, what was frozen."""

from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.feedback.kinds import KINDS
from annotation.imports import outcomes
from annotation.models import Snapshot
from jobs import tellers
from jobs.models import Job
from jobs.tellers import Facts


def register() -> None:
    tellers.register(outcomes.KIND, tellers.Teller(of_import))
    tellers.register("annotation.freeze", tellers.Teller(of_snapshot))


def of_import(job: Job, slug: str) -> Facts:
    asked = job.arguments
    name = asked.get("name") or _("Records")
    if job.subject_id is None:
        return []
    url = reverse("import", kwargs={"slug": slug, "project": job.subject_id, "job": job.pk})
    way = _("Judgments of imported annotators") if asked.get("as_judgments") else _("Tasks for people")
    found: Facts = [(_("File"), tellers.link(url, name)), (_("Brought in as"), way)]
    if job.result is not None:
        found += tellers.counted(job.result, dict(outcomes.FIGURES))
        found.append((_("Lines refused"), f"{outcomes.refused(job):,}"))
    return found


def of_snapshot(job: Job, slug: str) -> Facts:
    kept = Snapshot.objects.standing().select_related("project")
    snapshot = kept.filter(pk=job.subject_id).first() if job.subject_id else None
    if snapshot is None:
        return []
    project, frozen = snapshot.project, reverse("snapshot", args=[slug, snapshot.project_id, snapshot.pk])
    found: Facts = [
        (_("Project"), tellers.link(reverse("project", args=[slug, project.pk]), project.name)),
        (_("Snapshot"), tellers.link(frozen, snapshot.name)),
    ]
    for kind, splits in (job.result or {}).get("counts", {}).items():
        found.append((KINDS[kind].label, f"{sum(splits.values()):,}"))
    return found
