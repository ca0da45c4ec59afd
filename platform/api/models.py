"""What the API remembers of a creation, so that sending it twice makes one thing."""

from django.db import models
from django.utils.timezone import now


class Idempotency(models.Model):
    """The first answer to a person's Idempotency-Key on a path; written in the creation's own transaction."""

    person = models.UUIDField()
    workspace = models.UUIDField()
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()  # the very bytes of the first answer, so that a replay is equal to the last digit
    created_at = models.DateTimeField(default=now, editable=False, db_index=True)

    class Meta:
        verbose_name_plural = "idempotencies"
        constraints = [
            models.UniqueConstraint(fields=["person", "workspace", "path", "key"], name="idempotency_once_per_key"),
            models.CheckConstraint(
                name="idempotency_keeps_successes", condition=models.Q(status__gte=200, status__lt=300)
            ),
        ]
