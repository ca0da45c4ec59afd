"""A study: how far proxies can be trusted on the text world; what was asked, and the curves that came of it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person, Workspace
from jobs.models import Job


class Study(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="studies", db_index=False)
    kind = models.CharField(max_length=40)  # a name in training.learning.studies.registry
    tier = models.CharField(max_length=10, blank=True)  # whose settings these are; empty where they are nobody's
    settings = models.JSONField(default=dict)  # all of them
    seed = models.BigIntegerField(default=0)
    estimate = models.FloatField()  # seconds, as they were told before it began

    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    # What came of it; all of it is there at once, or nothing is.
    ended_at = models.DateTimeField(null=True, editable=False)
    result = models.JSONField(null=True)  # as training.learning.studies.results says it
    sha256 = models.CharField(max_length=64, blank=True)  # of the curves

    class Meta:
        verbose_name_plural = "studies"
        indexes = [
            models.Index(
                fields=["workspace", "-created_at", "id"], condition=Q(deleted_at=None), name="study_by_workspace"
            )
        ]
        constraints = [
            models.CheckConstraint(name="study_has_a_kind", condition=~Q(kind="")),
            models.CheckConstraint(name="study_seed_is_not_negative", condition=Q(seed__gte=0)),
            models.CheckConstraint(
                name="study_ended_exactly_with_a_result",
                condition=Q(ended_at__isnull=True, result__isnull=True, sha256="")
                | (Q(ended_at__isnull=False, result__isnull=False) & ~Q(sha256="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seed}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None
