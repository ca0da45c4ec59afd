"""What `manage.py demo` has made, so that a second time makes nothing twice."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Workspace
from jobs.models import Job


class DemoStep(models.Model):
    """One step of filling a workspace: what it began, or why it could not."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="demo_steps")
    name = models.CharField(max_length=60)  # a name in training.rounds.demo.steps
    subject_id = models.UUIDField(null=True)  # what it made
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    gives_way = models.BooleanField(default=False)  # its job was stopped for what people asked for, and will go on
    error = models.TextField(blank=True)
    begun_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="demo_step_once_per_workspace"),
            models.CheckConstraint(name="demo_step_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="demo_step_made_something_or_failed",
                condition=Q(subject_id__isnull=False, error="") | (Q(subject_id__isnull=True) & ~Q(error="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        """A job that was cleared away long after its end leaves nothing to wait for."""
        return not self.error and (self.job is None or self.job.state == Job.State.SUCCEEDED)

    @property
    def is_broken(self) -> bool:
        has_failed = self.job is not None and self.job.state in (Job.State.FAILED, Job.State.CANCELLED)
        return bool(self.error) or (has_failed and not self.gives_way)
