"""What was computed about judgments: reports that are kept, and the newest figures of each task and annotator."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Annotator
from annotation.models.projects import Kind, Project
from annotation.models.tasks import Task
from jobs.models import Job


class QualityReport(models.Model):
    """The figures of a project as they were at one moment; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="quality_reports", db_index=False)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField()  # judgments given later are not in it
    judgments = models.PositiveIntegerField()  # that were read
    figures = models.JSONField()  # annotation.quality.figures
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["project", "-as_of", "id"], name="quality_by_project")]


class TaskFigure(models.Model):
    """What the newest report says about one task."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="figure")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    votes = models.PositiveIntegerField()  # labels that count
    place = models.PositiveIntegerField(null=True)  # 1: the most disputed of its kind; null where no votes compare
    agreement = models.FloatField(null=True)  # the plain share of agreement between two votes, 0 to 1
    disagreement = models.FloatField(null=True)  # weighed by reliability, in the unit of its kind
    uncertainty = models.FloatField(null=True)  # of the consensus: 0 sure, 1 nothing known
    consensus = models.JSONField()  # in the words of its kind

    class Meta:
        indexes = [
            models.Index(fields=["project", "place", "task"], name="taskfigure_by_place"),
            models.Index(fields=["project", "agreement"], name="taskfigure_by_agreement"),
        ]
        constraints = [
            models.CheckConstraint(name="taskfigure_has_votes", condition=Q(votes__gte=1)),
            models.CheckConstraint(
                name="taskfigure_ordered_exactly_where_votes_compare",
                condition=Q(place__isnull=True, agreement__isnull=True)
                | Q(place__gte=1, agreement__gte=0, agreement__lte=1, votes__gte=2),
            ),
            models.CheckConstraint(
                name="taskfigure_uncertainty_is_a_share",
                condition=Q(uncertainty__isnull=True) | Q(uncertainty__gte=0, uncertainty__lte=1),
            ),
        ]


class AnnotatorFigure(models.Model):
    """What the newest report says about one annotator's work in a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="annotator_figures", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="figures")
    judgments = models.PositiveIntegerField()  # labels that count
    median_seconds = models.FloatField(null=True)
    gold_right = models.PositiveIntegerField(default=0)
    gold_seen = models.PositiveIntegerField(default=0)
    gold_share = models.FloatField(null=True)
    repeats_same = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    repeats_share = models.FloatField(null=True)
    flags = ArrayField(models.CharField(max_length=12), default=list)  # what is worth a look
    figures = models.JSONField()  # annotation.quality.people

    class Meta:
        indexes = [models.Index(fields=["project", "-judgments", "id"], name="annotatorfigure_by_count")]
        constraints = [
            models.UniqueConstraint(fields=["project", "annotator"], name="annotatorfigure_once_per_project"),
            models.CheckConstraint(
                name="annotatorfigure_right_within_seen",
                condition=Q(gold_right__lte=F("gold_seen"), repeats_same__lte=F("repeats")),
            ),
        ]
