"""A reward model: what it was learned from, how, what it is worth, and who stands behind it."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Workspace
from annotation.models import Snapshot
from jobs.models import Job
from rewardmodels.learning.settings.kinds import KINDS
from web.words import Words

IMPORTED = "imported"  # the kind of what was learned elsewhere


class Standing(models.TextChoices):
    CANDIDATE = "candidate", _("candidate")
    APPROVED = "approved", _("approved")
    RETIRED = "retired", _("retired")


class RewardModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="reward_models", db_index=False)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)  # a name in rewardmodels.learning.settings.kinds, or IMPORTED
    snapshot = models.ForeignKey(Snapshot, models.RESTRICT, null=True, related_name="reward_models")
    backbone = models.CharField(max_length=300)
    settings = models.JSONField(default=dict)
    seed = models.BigIntegerField(default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    standing = models.CharField(max_length=9, choices=Standing.choices, default=Standing.CANDIDATE)
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    # What training found; all of it is there at once, or nothing is.
    trained_at = models.DateTimeField(null=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True)  # of the folder's list of checksums
    unit = models.CharField(max_length=120, blank=True)
    metrics = models.JSONField(default=dict)  # {split: figures}
    calibration = models.JSONField(default=dict)
    details = models.JSONField(default=dict)  # what the limits cost, how the fit went, the reference set

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "-created_at", "id"],
                condition=Q(deleted_at=None),
                name="reward_model_by_workspace",
            ),
        ]
        constraints = [
            models.CheckConstraint(name="reward_model_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="reward_model_learned_from_a_snapshot_unless_imported",
                condition=Q(kind=IMPORTED, snapshot__isnull=True) | (~Q(kind=IMPORTED) & Q(snapshot__isnull=False)),
            ),
            models.CheckConstraint(name="reward_model_standing_is_known", condition=Q(standing__in=Standing.values)),
            models.CheckConstraint(
                name="reward_model_trained_exactly_with_a_hash",
                condition=Q(trained_at__isnull=True, sha256="", unit="")
                | (Q(trained_at__isnull=False) & ~Q(sha256="") & ~Q(unit="")),
            ),
            models.CheckConstraint(
                name="reward_model_approved_only_when_trained",
                condition=~Q(standing="approved") | Q(trained_at__isnull=False, deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def kind_title(self) -> Words:
        if self.kind == IMPORTED:
            return _("Imported")
        return _(KINDS[self.kind].title) if self.kind in KINDS else self.kind

    @property
    def unit_alone(self) -> str:
        """Without the question and the people in brackets that define it."""
        return self.unit.partition(" (")[0]

    @property
    def is_imported(self) -> bool:
        return self.kind == IMPORTED

    @property
    def is_trained(self) -> bool:
        return self.trained_at is not None


class StandingChange(models.Model):
    """Who moved a reward model to another standing, when and why. Only added to."""

    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="standing_changes")
    before = models.CharField(max_length=9, choices=Standing.choices)
    after = models.CharField(max_length=9, choices=Standing.choices)
    reason = models.TextField()
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(name="standing_change_changes", condition=~Q(before=F("after"))),
            models.CheckConstraint(name="standing_change_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="standing_change_standings_are_known",
                condition=Q(before__in=Standing.values, after__in=Standing.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class TrackingReport(models.Model):
    """What a reward model foretold of a project's judgments beside what people said; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="tracking_reports", db_index=False)
    project = models.UUIDField()  # no foreign key: a project is removed for good without asking what looked at it
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField()  # judgments given later are not in it
    judgments = models.PositiveIntegerField()  # that both had a say on
    is_flagged = models.BooleanField(default=False)  # people agree with it less than they did
    figures = models.JSONField()  # rewardmodels.tracking.running
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["reward_model", "project", "-as_of", "id"], name="tracking_by_model")]


class BackboneSpeed(models.Model):
    """How fast a worker computes with a backbone, measured when it first learned with it."""

    backbone = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)  # of the weights; others of the same name are measured anew
    device = models.CharField(max_length=20)
    sizes = models.JSONField()  # learning.estimating.BackboneFacts
    reading = models.FloatField()  # operations a second without a gradient
    learning = models.FloatField()  # and there and back
    step = models.FloatField(null=True)  # seconds of a small fit's step; None where it was not measured yet
    tokens_a_character = models.FloatField()  # of the texts that were to be learned from
    measured_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["backbone"], name="backbone_speed_is_the_newest_of_its_backbone"),
            models.CheckConstraint(
                name="backbone_speed_is_positive",
                condition=Q(reading__gt=0, learning__gt=0, tokens_a_character__gt=0)
                & (Q(step__isnull=True) | Q(step__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.backbone} ({self.device})"
