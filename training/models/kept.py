"""What a run leaves behind: checkpoints, samples, alarms."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from training.models.runs import Run


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
