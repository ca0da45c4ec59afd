"""A project is one labelling effort; its guidelines are what annotators were told and asked, in versions."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Group, Person, Workspace


class Kind(models.TextChoices):
    """The kinds of question; `annotation.feedback` has a module for each."""

    PAIRWISE = "pairwise"
    CARDINAL = "cardinal"
    BINARY = "binary"
    RANKING = "ranking"
    RATING = "rating"


class ProjectSet(models.QuerySet["Project"]):
    def standing(self) -> "ProjectSet":
        return self.filter(deleted_at=None)


class Project(models.Model):
    class Ordering(models.TextChoices):
        SEQUENTIAL = "sequential"
        RANDOM = "random"
        PRIORITY = "priority"

    class Status(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        PAUSED = "paused"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="projects", db_index=False)
    name = models.CharField(max_length=200)
    kinds = ArrayField(models.CharField(max_length=10, choices=Kind.choices))
    overlap = models.PositiveSmallIntegerField(default=1)  # of tasks that do not say their own
    ordering = models.CharField(max_length=10, choices=Ordering.choices, default=Ordering.SEQUENTIAL)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    settings = models.JSONField(default=dict)  # annotation.settings.ProjectSettings
    groups = models.ManyToManyField(Group, related_name="projects", blank=True)  # none: every member may label
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # undone within 30 days, purged after

    last_turn = models.BigIntegerField(default=0, editable=False)  # of the last place that came back

    objects = ProjectSet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-created_at", "id"], name="project_by_workspace")]
        constraints = [
            models.CheckConstraint(
                name="project_kinds_are_known", condition=Q(kinds__contained_by=Kind.values) & Q(kinds__len__gte=1)
            ),
            models.CheckConstraint(name="project_overlap_is_positive", condition=Q(overlap__gte=1)),
            models.CheckConstraint(
                name="project_ordering_is_known", condition=Q(ordering__in=["sequential", "random", "priority"])
            ),
            models.CheckConstraint(
                name="project_status_is_known", condition=Q(status__in=["draft", "open", "paused", "closed"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Guidelines(models.Model):
    """One version of what annotators read and of the terms of the question; never changed."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="guidelines", db_index=False)
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    terms = models.JSONField(default=dict)  # annotation.settings.Terms: currency, range, step, prices, aspects…
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name_plural = "guidelines"
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="guidelines_version_is_unique")]

    def __str__(self) -> str:
        return f"version {self.version}"
