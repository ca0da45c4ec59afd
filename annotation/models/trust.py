"""Who may be trusted with work: marks on known answers, pauses, tests, work set aside, settled disputes."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Annotator, Person
from annotation.models.assignments import Assignment
from annotation.models.judgments import Judgment
from annotation.models.projects import Project
from annotation.models.tasks import Task


class Mark(models.Model):
    """Whether one judgment of a task with a known answer was right."""

    judgment = models.OneToOneField(Judgment, models.CASCADE, primary_key=True, related_name="mark")
    project = models.ForeignKey(Project, models.CASCADE, related_name="marks", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="marks")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="marks", db_index=False)
    version = models.PositiveIntegerField()  # of the judgment, the one that was marked
    is_right = models.BooleanField()
    was_shown = models.BooleanField(default=False)  # the known answer was told: what is said after it is not marked
    created_at = models.DateTimeField(default=now, editable=False)  # when the answer was given

    class Meta:
        indexes = [models.Index(fields=["project", "annotator", "created_at"], name="mark_by_annotator")]


class Pause(models.Model):
    """Somebody gets no work in a project, because their known answers were wrong too often beyond doubt."""

    class Decision(models.TextChoices):
        NONE = ""
        UPHELD = "upheld"
        LIFTED = "lifted"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="pauses", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="pauses")
    right = models.PositiveIntegerField()
    seen = models.PositiveIntegerField()
    upper = models.FloatField()  # what the accuracy is at most, at 95 %
    threshold = models.FloatField()  # what the project asked for then
    created_at = models.DateTimeField(default=now, editable=False)
    contest = models.TextField(blank=True)  # in the person's words
    contested_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=6, choices=Decision.choices, default=Decision.NONE, blank=True)
    reason = models.CharField(max_length=1_000, blank=True)
    decided_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at", "id"], name="pause_by_project")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "annotator"], condition=~Q(decision="lifted"), name="pause_one_standing_per_person"
            ),
            models.CheckConstraint(name="pause_right_within_seen", condition=Q(right__lte=F("seen"))),
            models.CheckConstraint(name="pause_only_below_the_threshold", condition=Q(upper__lt=F("threshold"))),
            models.CheckConstraint(
                name="pause_contested_exactly_with_words",
                condition=Q(contested_at__isnull=True, contest="") | (Q(contested_at__isnull=False) & ~Q(contest="")),
            ),
            models.CheckConstraint(
                name="pause_decided_exactly_with_a_reason",
                condition=Q(decision="", decided_at__isnull=True, reason="")
                | (Q(decision__in=["upheld", "lifted"], decided_at__isnull=False) & ~Q(reason="")),
            ),
        ]


class Attempt(models.Model):
    """One go at a project's test."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="attempts", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    asked = models.PositiveSmallIntegerField()
    pass_mark = models.FloatField()
    right = models.PositiveSmallIntegerField(null=True)  # null until all is answered
    passed = models.BooleanField(null=True)
    started_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "annotator", "number"], name="attempt_number_is_unique"),
            models.UniqueConstraint(
                fields=["project", "annotator"], condition=Q(ended_at__isnull=True), name="attempt_one_open_per_person"
            ),
            models.CheckConstraint(name="attempt_asks_something", condition=Q(asked__gte=1)),
            models.CheckConstraint(
                name="attempt_scored_exactly_when_ended",
                condition=Q(ended_at__isnull=True, right__isnull=True, passed__isnull=True)
                | Q(ended_at__isnull=False, right__lte=F("asked"), passed__isnull=False),
            ),
        ]


class AttemptTask(models.Model):
    """One question of an attempt, and the version of the answer that was marked."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="questions", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    judgment = models.ForeignKey(Judgment, models.CASCADE, null=True, related_name="+")
    version = models.PositiveIntegerField(null=True)
    is_right = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "task"], name="attempt_asks_a_task_once"),
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_position_is_unique"),
            models.CheckConstraint(
                name="attempt_task_marked_exactly_with_an_answer",
                condition=Q(judgment__isnull=True, version__isnull=True, is_right__isnull=True)
                | Q(judgment__isnull=False, version__isnull=False, is_right__isnull=False),
            ),
        ]


class SetAside(models.Model):
    """One deed by which an annotator's judgments in a project were left out, and their places reopened."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="set_asides", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="set_asides")
    reason = models.CharField(max_length=1_000)
    judgments = models.PositiveIntegerField()  # how many were set aside
    places = models.PositiveIntegerField()  # how many places came back
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    undone_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)  # all of them are back

    class Meta:
        indexes = [models.Index(fields=["project", "annotator", "-created_at"], name="set_aside_by_annotator")]
        constraints = [models.CheckConstraint(name="set_aside_has_a_reason", condition=~Q(reason=""))]


class Adjudication(models.Model):
    """What is known of an answer that settles a dispute, beside its assignment and judgment."""

    assignment = models.OneToOneField(Assignment, models.CASCADE, primary_key=True, related_name="adjudication")
    disagreement = models.FloatField()  # of the votes when it was begun, 0 to 1
    saw_votes_at = models.DateTimeField(null=True)  # null: the answer was given before looking at the votes
