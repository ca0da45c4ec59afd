"""A job is one long piece of work: its state, its attempts, its measurements, its log."""

from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Workspace


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Queue(models.TextChoices):
        SHORT = "short"
        CPU = "cpu"
        GPU = "gpu"

    OVER = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
    MOST_ATTEMPTS = 3

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=60)  # a name in jobs.kinds: "annotation.import", "rewardmodels.fit"
    queue = models.CharField(max_length=5, choices=Queue.choices)
    arguments = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    subject_kind = models.CharField(max_length=40, blank=True)  # what the job is about, for links and lists
    subject_id = models.UUIDField(null=True)
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)  # the attempt that holds the job, or held it last
    tries_left = models.PositiveSmallIntegerField(default=MOST_ATTEMPTS)
    cancel_requested_at = models.DateTimeField(null=True, editable=False)
    progress = models.FloatField(default=0)
    phase = models.CharField(max_length=80, blank=True)
    pace = models.FloatField(null=True, editable=False)  # share a second, as lately measured
    progressed_at = models.DateTimeField(null=True, editable=False)
    result = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    error = models.TextField(blank=True)
    worker = models.CharField(max_length=120, blank=True)
    parked_at = models.DateTimeField(
        null=True, editable=False
    )  # it waits for something else than a worker, until woken
    rung_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="job_by_workspace"),
            models.Index(fields=["subject_kind", "subject_id"], name="job_by_subject"),
            models.Index(
                fields=["state", "seen_at"], condition=Q(state__in=["queued", "running"]), name="job_unfinished"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="job_state_is_known",
                condition=Q(state__in=["queued", "running", "succeeded", "failed", "cancelled"]),
            ),
            models.CheckConstraint(
                name="job_started_when_running_or_succeeded",
                condition=~Q(state__in=["running", "succeeded"])
                | Q(started_at__isnull=False, seen_at__isnull=False, attempt__gte=1),
            ),
            models.CheckConstraint(
                name="job_finished_exactly_when_over",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["succeeded", "failed", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="job_error_exactly_when_failed",
                condition=(Q(state="failed") & ~Q(error="")) | (~Q(state="failed") & Q(error="")),
            ),
            models.CheckConstraint(
                name="job_result_exactly_when_succeeded",
                condition=Q(state="succeeded", result__isnull=False) | (~Q(state="succeeded") & Q(result__isnull=True)),
            ),
            models.CheckConstraint(name="job_progress_is_a_share", condition=Q(progress__gte=0) & Q(progress__lte=1)),
            models.CheckConstraint(name="job_queue_is_known", condition=Q(queue__in=["short", "cpu", "gpu"])),
            models.CheckConstraint(
                name="job_waits_only_with_a_try_left", condition=~Q(state="queued") | Q(tries_left__gte=1)
            ),
            models.CheckConstraint(
                name="job_is_parked_only_while_it_waits", condition=Q(parked_at__isnull=True) | Q(state="queued")
            ),
            models.CheckConstraint(
                name="job_waits_only_unless_cancelled",
                condition=~Q(state="queued") | Q(cancel_requested_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER


class Attempt(models.Model):
    """One try at a job: who made it, and in words how it ended."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    ending = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="attempt_once_per_number"),
            models.CheckConstraint(name="attempt_counts_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} attempt {self.number}"


class Measurement(models.Model):
    """One number at one step. The id grows with time, so a page asks for what came after the last one it has."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="measurements")
    attempt = models.PositiveSmallIntegerField()
    step = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    value = models.FloatField()
    at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "name", "step"], name="measurement_once_per_step"),
            models.CheckConstraint(  # PostgreSQL sorts NaN above infinity, so this refuses it too
                name="measurement_is_finite", condition=Q(value__gt=float("-inf"), value__lt=float("inf"))
            ),
        ]
        indexes = [models.Index(fields=["job", "id"], name="measurement_by_job")]


class LogLine(models.Model):
    """What a job said, for the person who waits for it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    attempt = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=now, editable=False)
    text = models.CharField(max_length=2_000)

    class Meta:
        indexes = [models.Index(fields=["job", "id"], name="logline_by_job")]


class Worker(models.Model):
    """A process that serves queues and when it was last heard of."""

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.CharField(max_length=60)
    slots = models.PositiveSmallIntegerField(default=1)  # how many jobs it runs at once
    device = models.CharField(max_length=120, blank=True)  # the GPU that it sees; blank without one
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)


class Chore(models.Model):
    """Something that the sweeper does every so often: when it last did, and what went wrong."""

    name = models.CharField(max_length=60, primary_key=True)
    ran_at = models.DateTimeField()
    error = models.TextField(blank=True)
