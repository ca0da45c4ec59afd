"""A snapshot is a frozen, content-addressed set of judgments with splits by prompt."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person
from annotation.models.judgments import JudgmentVersion
from annotation.models.projects import Project
from jobs.models import Job


class SnapshotSet(models.QuerySet["Snapshot"]):
    def standing(self) -> "SnapshotSet":
        """Neither deleted nor in a project that was."""
        return self.filter(deleted_at=None, project__deleted_at=None)


class Snapshot(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots", db_index=False)
    name = models.CharField(max_length=200)
    filters = models.JSONField(default=dict)
    splits = models.JSONField()
    seed = models.BigIntegerField(default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)  # empty until it is frozen
    counts = models.JSONField(default=dict)  # {kind: {split: rows}}
    files = models.JSONField(default=dict)  # {split: {"path", "sha256", "rows", "bytes"}}
    card = models.JSONField(default=dict)  # how, who, when, guidelines, counts, known limits
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # as of a project

    objects = SnapshotSet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at", "id"], name="snapshot_by_project")]
        constraints = [
            models.CheckConstraint(
                name="snapshot_frozen_exactly_with_a_hash",
                condition=Q(frozen_at__isnull=True, sha256="") | (Q(frozen_at__isnull=False) & ~Q(sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_standing(self) -> bool:
        """Neither deleted nor in a project that was."""
        return self.deleted_at is None and self.project.deleted_at is None

    @property
    def full_name(self) -> str:
        """With the project: snapshots of many projects are called “First round”."""
        return f"{self.project.name} · {self.name}"


class SnapshotJudgment(models.Model):
    """Which version of which judgment went into a snapshot."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="judgments", db_index=False)
    version = models.ForeignKey(JudgmentVersion, models.RESTRICT, related_name="snapshots")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "version"], name="snapshot_holds_a_version_once")]
