"""What was computed about the sources of answers: reports that are kept."""

from uuid import uuid4

from django.db import models
from django.utils.timezone import now

from annotation.models.projects import Project
from annotation.models.snapshots import Snapshot
from jobs.models import Job


class SourceReport(models.Model):
    """Which source is better, as the judgments of a project said at one moment, or those of a snapshot say for good."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="source_reports", db_index=False)
    snapshot = models.ForeignKey(Snapshot, models.CASCADE, null=True, related_name="source_reports")
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField()  # judgments given later are not in it
    judgments = models.PositiveIntegerField()  # that it stands on
    figures = models.JSONField()  # annotation.sources.figures
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["project", "snapshot", "-as_of", "id"], name="source_report_by_project")]
