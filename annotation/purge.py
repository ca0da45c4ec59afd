"""Removing for good what was deleted 30 days ago, or at once where somebody's erasure demands it."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils.timezone import now

from annotation.models import Project
from audit import trail

KEPT = timedelta(days=30)


def overdue() -> int:
    """The sweeper's chore: how many projects went."""
    gone = list(Project.objects.filter(deleted_at__lt=now() - KEPT)[:10])
    for project in gone:
        remove(project)
    return len(gone)


@transaction.atomic
def remove(project: Project) -> None:
    """The project with everything in it. Files of snapshots stay while another snapshot holds the same content."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.purging = 'on'")
        trail.record(
            "project.purged",
            workspace=project.workspace_id,
            actor=None,
            object_kind="project",
            object_id=str(project.pk),
        )
        project.delete()
