"""Who works on what: a seat is one annotator's place in a project, an assignment the lease of one task."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Annotator
from annotation.models.projects import Guidelines, Project
from annotation.models.tasks import Task


class Seat(models.Model):
    """How far one annotator has come in one project; its row lock puts one person's calls one after the other."""

    class Qualification(models.TextChoices):
        NONE = ""
        PASSED = "passed"  # by the test
        GRANTED = "granted"  # by a researcher
        REVOKED = "revoked"  # by a researcher

    project = models.ForeignKey(Project, models.CASCADE, related_name="seats", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="seats")
    reached_rank = models.FloatField(default=float("-inf"))  # nothing at or before (rank, position) is for them
    reached_position = models.BigIntegerField(default=0)
    reached_turn = models.BigIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)  # kept: counting 100,000 rows on each call would cost 10 ms
    gold_seen = models.PositiveIntegerField(default=0)  # marks on known answers since `gold_from`; kept likewise
    gold_right = models.PositiveIntegerField(default=0)
    gold_from = models.DateTimeField(null=True)  # when the last pause was lifted: the count began anew
    is_paused = models.BooleanField(default=False)
    qualification = models.CharField(max_length=7, choices=Qualification.choices, default="", blank=True)
    why_qualification = models.CharField(max_length=1_000, blank=True)  # where somebody decided by hand

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "annotator"], name="seat_once_per_project"),
            models.CheckConstraint(name="seat_gold_right_within_seen", condition=Q(gold_right__lte=F("gold_seen"))),
            models.CheckConstraint(
                name="seat_qualification_is_known",
                condition=Q(qualification__in=["", "passed", "granted", "revoked"]),
            ),
        ]


class Assignment(models.Model):
    class Purpose(models.TextChoices):
        LABEL = "label"
        REPEAT = "repeat"
        GOLD = "gold"
        QUALIFICATION = "qualification"
        ADJUDICATION = "adjudication"

    class State(models.TextChoices):
        OPEN = "open"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        RELEASED = "released"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="assignments", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="assignments", db_index=False)
    guidelines = models.ForeignKey(Guidelines, models.CASCADE, related_name="+", db_index=False)
    purpose = models.CharField(max_length=13, choices=Purpose.choices)
    shown_order = ArrayField(models.PositiveSmallIntegerField())  # positions of the task's responses, as shown
    slot = models.PositiveSmallIntegerField(null=True)  # which of the person's open leases this is
    holds_place = models.BooleanField()  # whether it counts toward the task's overlap
    state = models.CharField(max_length=9, choices=State.choices)
    lease_expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)  # why it was skipped
    created_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "annotator", "created_at"], name="assignment_by_annotator"),
            models.Index(fields=["project", "lease_expires_at"], condition=Q(state="open"), name="assignment_open"),
            models.Index(
                fields=["project", "ended_at"],
                include=["annotator"],
                condition=Q(state="skipped"),
                name="assignment_skipped",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["annotator", "task", "purpose"], name="assignment_once_per_purpose"),
            models.UniqueConstraint(
                fields=["project", "annotator", "slot"], condition=Q(state="open"), name="assignment_one_open_per_slot"
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(purpose="adjudication", state__in=["open", "submitted"]),
                name="assignment_one_adjudication_per_task",
            ),
            models.CheckConstraint(
                name="assignment_purpose_is_known",
                condition=Q(purpose__in=["label", "repeat", "gold", "qualification", "adjudication"]),
            ),
            models.CheckConstraint(
                name="assignment_leased_exactly_while_open",
                condition=Q(state="open", slot__isnull=False, lease_expires_at__isnull=False, ended_at__isnull=True)
                | Q(
                    state__in=["submitted", "skipped", "released", "expired"], slot__isnull=True, ended_at__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="assignment_holds_a_place_only_as_a_label",
                condition=Q(holds_place=False) | Q(purpose="label", state__in=["open", "submitted"]),
            ),
        ]
