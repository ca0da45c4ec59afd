"""Removing a project or a snapshot for good, with its frozen files."""

from django.db import connection, transaction
from django.db.models import QuerySet

from annotation.models import Project, Snapshot
from annotation.snapshots import files

# Children first. Of a project with a million judgments nothing is loaded to be deleted.
TABLES = """
sourcereport      project_id = %(project)s
snapshotjudgment  snapshot_id IN (SELECT id FROM annotation_snapshot WHERE project_id = %(project)s)
snapshot          project_id = %(project)s
outcome           draw_id IN (SELECT id FROM annotation_draw WHERE guidelines_id IN (SELECT id FROM annotation_guidelines WHERE project_id = %(project)s))
draw              assignment_id IN (SELECT id FROM annotation_assignment WHERE project_id = %(project)s)
consent           project_id = %(project)s
mark              project_id = %(project)s
attempttask       attempt_id IN (SELECT id FROM annotation_attempt WHERE project_id = %(project)s)
attempt           project_id = %(project)s
pause             project_id = %(project)s
adjudication      assignment_id IN (SELECT id FROM annotation_assignment WHERE project_id = %(project)s)
taskfigure        project_id = %(project)s
annotatorfigure   project_id = %(project)s
qualityreport     project_id = %(project)s
judgmentversion   judgment_id IN (SELECT id FROM annotation_judgment WHERE project_id = %(project)s)
judgment          project_id = %(project)s
setaside          project_id = %(project)s
question          project_id = %(project)s
assignment        project_id = %(project)s
seat              project_id = %(project)s
sortedtask        sorting_id IN (SELECT id FROM annotation_sorting WHERE project_id = %(project)s)
sorting           project_id = %(project)s
sortingplan       project_id = %(project)s
gold              project_id = %(project)s
taskresponse      task_id IN (SELECT id FROM annotation_task WHERE project_id = %(project)s)
task              project_id = %(project)s
takedown          prompt_id IN (SELECT id FROM annotation_prompt WHERE project_id = %(project)s)
response          prompt_id IN (SELECT id FROM annotation_prompt WHERE project_id = %(project)s)
prompt            project_id = %(project)s
reading           guidelines_id IN (SELECT id FROM annotation_guidelines WHERE project_id = %(project)s)
guidelines        project_id = %(project)s
project_groups    project_id = %(project)s
"""  # noqa: E501 - a line a table

# What people have does not change with it: entries of the ledger stay, without the project.
KEEP_LEDGER = "UPDATE annotation_ledgerentry SET project_id = NULL, draw_id = NULL WHERE project_id = %s"


@transaction.atomic
def remove(project: Project) -> None:
    """The project with everything in it; a snapshot that something was learned from makes the database refuse."""
    frozen = hashes(Snapshot.objects.filter(project=project))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.purging = 'on'")
        cursor.execute(KEEP_LEDGER, [project.pk])
        for line in TABLES.strip().splitlines():
            table, _space, condition = line.partition(" ")
            cursor.execute(f"DELETE FROM annotation_{table} WHERE {condition}", {"project": project.pk})  # noqa: S608
        cursor.execute("DELETE FROM annotation_project WHERE id = %s", [project.pk])
    transaction.on_commit(lambda: drop_files(frozen))


@transaction.atomic
def remove_snapshot(snapshot: Snapshot) -> None:
    """One snapshot; the judgments that went into it stay."""
    frozen = hashes(Snapshot.objects.filter(pk=snapshot.pk))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.purging = 'on'")
        for table, column in (("sourcereport", "snapshot_id"), ("snapshotjudgment", "snapshot_id"), ("snapshot", "id")):
            cursor.execute(f"DELETE FROM annotation_{table} WHERE {column} = %s", [snapshot.pk])  # noqa: S608
    transaction.on_commit(lambda: drop_files(frozen))


def hashes(snapshots: QuerySet[Snapshot]) -> set[str]:
    return {part["sha256"] for parts in snapshots.values_list("files", flat=True) for part in parts.values()}


def drop_files(frozen: set[str]) -> None:
    """Frozen files that no other snapshot holds."""
    held = hashes(Snapshot.objects.filter(frozen_at__isnull=False)) if frozen else set()
    for sha256 in frozen - held:
        files.place(sha256).unlink(missing_ok=True)
