"""A task is a question of one kind about a prompt and its responses, wanting `overlap` labels."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Person
from annotation.models.content import Prompt, Response
from annotation.models.projects import Kind, Project

OPEN = Q(open_places__gt=0, status="open")


class Sampling(models.TextChoices):
    """How a task came to be asked, where a rule orders tasks."""

    RANDOM = "random"
    CHOSEN = "chosen"


class Task(models.Model):
    class Status(models.TextChoices):
        OPEN = "open"
        PAUSED = "paused"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks", db_index=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    responses = models.ManyToManyField(Response, through="TaskResponse", related_name="tasks")
    sha256 = models.BinaryField(max_length=32)  # of kind, prompt and responses
    overlap = models.PositiveSmallIntegerField()
    open_places = models.PositiveSmallIntegerField()  # changed only under the row's lock
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    is_aside = models.BooleanField(default=False, db_default=False)  # paused until who asked goes on, not by hand
    priority = models.FloatField(default=0)  # higher comes first where the project orders by priority
    position = models.BigIntegerField()  # of import; from the sequence annotation_task_position
    random_key = models.FloatField()
    rank = models.FloatField()  # position, random key or −priority, as the project orders
    turn = models.BigIntegerField(default=0)  # drawn when a place came back
    sampling = models.CharField(max_length=6, choices=Sampling.choices, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["project", "rank", "position"], condition=OPEN, name="task_open_by_rank"),
            models.Index(fields=["project", "turn"], condition=OPEN & Q(turn__gt=0), name="task_open_by_turn"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "sha256"], name="task_once_per_project"),
            models.UniqueConstraint(fields=["project", "position"], name="task_position_is_unique"),
            models.CheckConstraint(
                name="task_open_places_within_overlap",
                condition=Q(open_places__gte=0) & Q(open_places__lte=F("overlap")),
            ),
            models.CheckConstraint(name="task_overlap_is_positive", condition=Q(overlap__gte=1)),
            models.CheckConstraint(name="task_kind_is_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="task_status_is_known", condition=Q(status__in=["open", "paused", "closed"])),
            models.CheckConstraint(name="task_aside_is_paused", condition=Q(is_aside=False) | Q(status="paused")),
            models.CheckConstraint(name="task_sampling_is_known", condition=Q(sampling__in=["", *Sampling.values])),
        ]


class TaskResponse(models.Model):
    """Which responses a task is about; positions start at 0."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="places", db_index=False)
    response = models.ForeignKey(Response, models.CASCADE, related_name="places")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "position"], name="task_response_position_is_unique"),
            models.UniqueConstraint(fields=["task", "response"], name="task_response_once_per_task"),
            models.CheckConstraint(name="task_response_at_most_eight", condition=Q(position__lte=7)),
        ]


class Gold(models.Model):
    """The known answer of a task: judgments on it tell how far an annotator can be trusted."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True, related_name="gold")
    project = models.ForeignKey(Project, models.CASCADE, related_name="gold")
    answer = models.JSONField()
    tolerance = models.FloatField(null=True)  # what counts as close enough, in the unit of the kind
    explanation = models.TextField(blank=True)  # why, for those who are told after they answered
    in_test = models.BooleanField(default=False)  # asked in the project's test, never mixed into the work
    set_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name_plural = "gold"
        constraints = [
            models.CheckConstraint(
                name="gold_tolerance_is_not_negative", condition=Q(tolerance__isnull=True) | Q(tolerance__gte=0)
            ),
        ]
