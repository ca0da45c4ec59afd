"""A judgment is the answer to an assignment, in versions that never change."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from annotation.models.assignments import Assignment
from annotation.models.content import Response
from annotation.models.projects import Guidelines, Kind, Project


class Judgment(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="judgments", db_index=False)
    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="judgment")
    version = models.PositiveIntegerField(default=1)  # the one that counts
    is_late = models.BooleanField(default=False)  # somebody else had taken the place: outside overlap and snapshots
    withdrawn_at = models.DateTimeField(null=True)  # undone by its author
    set_aside_at = models.DateTimeField(null=True)  # left out by a researcher
    set_aside = models.ForeignKey(
        "annotation.SetAside", models.RESTRICT, null=True, related_name="set_aside", db_index=False
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["project", "created_at", "id"], name="judgment_by_time"),
            models.Index(fields=["set_aside"], condition=Q(set_aside__isnull=False), name="judgment_set_aside"),
        ]
        constraints = [
            models.CheckConstraint(name="judgment_version_is_positive", condition=Q(version__gte=1)),
            models.CheckConstraint(
                name="judgment_set_aside_by_a_deed",
                condition=Q(set_aside__isnull=True) | Q(set_aside_at__isnull=False),
            ),
        ]


class JudgmentVersion(models.Model):
    """What was said, exactly as it was said, with what follows from it in columns; a trigger refuses change."""

    judgment = models.ForeignKey(Judgment, models.CASCADE, related_name="versions", db_index=False)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    answer = models.JSONField()
    preferred = models.ForeignKey(Response, models.CASCADE, null=True, related_name="+", db_index=False)
    amount_low = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    amount_high = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # null beside a low: open above
    desirable = models.BooleanField(null=True)
    is_consistent = models.BooleanField(default=True)  # false: a price list with several switches
    currency = models.CharField(max_length=10, blank=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    guidelines = models.ForeignKey(Guidelines, models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [  # a response that goes is looked for in here: without it a purge would read all versions for each
            models.Index(fields=["preferred"], condition=Q(preferred__isnull=False), name="version_by_preferred")
        ]
        constraints = [
            models.UniqueConstraint(fields=["judgment", "version"], name="judgment_version_is_unique"),
            models.CheckConstraint(name="judgment_kind_is_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="judgment_amounts_are_an_interval",
                condition=Q(amount_low__isnull=True, amount_high__isnull=True)
                | (Q(amount_low__gte=0) & (Q(amount_high__isnull=True) | Q(amount_high__gte=F("amount_low")))),
            ),
            models.CheckConstraint(
                name="judgment_amount_exactly_when_cardinal",
                condition=Q(kind="cardinal", amount_low__isnull=False) & ~Q(currency="")
                | (~Q(kind="cardinal") & Q(amount_low__isnull=True, currency="")),
            ),
            models.CheckConstraint(
                name="judgment_desirable_exactly_when_binary",
                condition=Q(kind="binary", desirable__isnull=False) | (~Q(kind="binary") & Q(desirable__isnull=True)),
            ),
            models.CheckConstraint(
                name="judgment_prefers_only_where_it_can",
                condition=Q(preferred__isnull=True) | Q(kind__in=["pairwise", "cardinal"]),
            ),
        ]
