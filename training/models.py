"""A run: a policy pushed against rewards under bounds; what it was asked with, what it left, why it ended."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Workspace
from annotation.models import Snapshot
from jobs.models import Job
from rewardmodels.models import RewardModel

INFINITE = float("inf")


class Role(models.TextChoices):
    """What a bound asks of a component's mean."""

    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")
    EQUAL = "equal", _("equal to")


class KlRole(models.TextChoices):
    """How the distance to the reference counts."""

    PENALTY = "penalty", _("a penalty on the objective")
    AT_MOST = "at_most", _("at most the target")
    OBJECTIVE = "objective", _("the objective, as small as the bounds allow")


class Run(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="runs", db_index=False)
    name = models.CharField(max_length=200)
    policy = models.CharField(max_length=300)  # as it was named: builtin:textworld, run:<id>@<step>, a folder, a hub id
    origin = models.ForeignKey("self", models.RESTRICT, null=True, related_name="followers")  # the run that made it
    algorithm = models.CharField(max_length=40)  # a name in training.algorithms
    settings = models.JSONField(default=dict)
    kl = models.JSONField(default=dict)  # {"role", "coefficient"?, "target"?}; empty where none was asked for
    seed = models.BigIntegerField(default=0)
    steps = models.PositiveIntegerField(null=True)  # to be taken; of direct alignment they follow from the judgments
    allow_candidate = models.BooleanField(default=False)

    # What it learns from: prompts as they stood when the run was asked for, a file by its hash, which the policy
    # answers; or a snapshot, whose judgments it is aligned with directly.
    prompts = models.JSONField(null=True)  # where they come from, as it was asked
    prompts_sha256 = models.CharField(max_length=64, blank=True)
    prompts_count = models.PositiveIntegerField(default=0)
    snapshot = models.ForeignKey(Snapshot, models.RESTRICT, null=True, related_name="runs")

    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    # What came of it; all of it is there at once, or nothing is.
    ended_at = models.DateTimeField(null=True, editable=False)
    ending = models.CharField(max_length=40, blank=True)  # why it ended, a word of training.learning
    ending_text = models.TextField(blank=True)  # and in a sentence
    last_step = models.PositiveIntegerField(null=True)
    best_step = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of the best checkpoint's files
    details = models.JSONField(default=dict)  # figures of the outcome; what the reference's rewards were

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "-created_at", "id"], condition=Q(deleted_at=None), name="run_by_workspace"
            ),
        ]
        constraints = [
            models.CheckConstraint(name="run_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="run_has_a_policy", condition=~Q(policy="")),
            models.CheckConstraint(name="run_has_an_algorithm", condition=~Q(algorithm="")),
            models.CheckConstraint(
                name="run_learns_from_frozen_prompts_or_a_snapshot",
                condition=(
                    Q(snapshot__isnull=True, prompts__isnull=False, prompts_count__gte=2, steps__gte=1)
                    & ~Q(prompts_sha256="")
                )
                | Q(
                    snapshot__isnull=False,
                    prompts__isnull=True,
                    prompts_count=0,
                    prompts_sha256="",
                    steps__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="run_ended_exactly_with_a_reason",
                condition=Q(ended_at__isnull=True, ending="", sha256="", last_step__isnull=True)
                | (Q(ended_at__isnull=False, last_step__isnull=False) & ~Q(ending="") & ~Q(sha256="")),
            ),
            models.CheckConstraint(
                name="run_best_step_was_taken",
                condition=Q(best_step__isnull=True) | Q(last_step__isnull=False, best_step__lte=F("last_step")),
            ),
            models.CheckConstraint(name="run_is_not_its_own_origin", condition=~Q(origin=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def is_direct(self) -> bool:
        """Whether it learns from judgments themselves, without rewards and samples."""
        return self.snapshot_id is not None


class RunComponent(models.Model):
    """A reward model's part in a run: a weight puts it into the objective, bounds make it a constraint."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="components")
    reward_model = models.ForeignKey(RewardModel, models.RESTRICT, related_name="parts")
    name = models.CharField(max_length=40)  # in measurements and samples
    place = models.PositiveSmallIntegerField()
    weight = models.FloatField(null=True)
    reward_sha256 = models.CharField(max_length=64)  # of the weights that it was asked with
    unit = models.CharField(max_length=120)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="run_component_named_once"),
            models.UniqueConstraint(fields=["run", "reward_model"], name="run_component_once_per_reward_model"),
            models.UniqueConstraint(fields=["run", "place"], name="run_component_has_a_place"),
            models.CheckConstraint(name="run_component_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="run_component_was_trained", condition=~Q(reward_sha256="") & ~Q(unit="")),
            models.CheckConstraint(
                name="run_component_weight_is_finite",
                condition=Q(weight__isnull=True) | Q(weight__gt=-INFINITE, weight__lt=INFINITE),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RunBound(models.Model):
    """A threshold that a component's mean is held to, raw and as its place among the reference's samples."""

    component = models.ForeignKey(RunComponent, models.CASCADE, related_name="bounds")
    role = models.CharField(max_length=8, choices=Role.choices)
    threshold = models.FloatField()  # in the reward model's own unit, uncalibrated
    quantile = models.FloatField(null=True)  # the share of reference samples below it; None until they were looked at

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["component", "role"], name="run_bound_once_per_role"),
            models.CheckConstraint(
                name="run_bound_role_is_known", condition=Q(role__in=["at_least", "at_most", "equal"])
            ),
            models.CheckConstraint(
                name="run_bound_threshold_is_finite", condition=Q(threshold__gt=-INFINITE, threshold__lt=INFINITE)
            ),
            models.CheckConstraint(
                name="run_bound_quantile_is_a_share",
                condition=Q(quantile__isnull=True) | Q(quantile__gte=0, quantile__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.threshold:g}"


class Checkpoint(models.Model):
    """A policy or adapter that a run kept; its files lie in training.places.checkpoint."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="checkpoints")
    step = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    is_adapter = models.BooleanField(default=False)
    is_best = models.BooleanField(default=False)
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="checkpoint_once_per_step"),
            models.UniqueConstraint(fields=["run"], condition=Q(is_best=True), name="checkpoint_best_once_per_run"),
            models.CheckConstraint(name="checkpoint_has_a_hash", condition=~Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}@{self.step}"


class RunSample(models.Model):
    """What the policy said at a step, beside what the reference said to the same prompt."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="samples")
    step = models.PositiveIntegerField()
    place = models.PositiveSmallIntegerField()
    prompt = models.JSONField()  # messages
    response = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    rewards = models.JSONField()  # by component, in its own unit
    kl = models.FloatField(null=True)  # nats of this response

    class Meta:
        ordering = ["step", "place"]
        constraints = [models.UniqueConstraint(fields=["run", "step", "place"], name="run_sample_once_per_place")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.step}.{self.place}"


class RunAlarm(models.Model):
    """Something that a run noticed about itself, once for each time that it began."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="alarms")
    name = models.CharField(max_length=60)
    step = models.PositiveIntegerField()
    text = models.TextField()
    at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["step", "name"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name", "step"], name="run_alarm_once_per_step"),
            models.CheckConstraint(name="run_alarm_says_something", condition=~Q(name="") & ~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.step}"
