"""Where to tell what, and each telling until it was taken or given up."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person, Workspace
from hooks import events
from web.words import Words


class Webhook(models.Model):
    """An address of another program. Its secret is derived, not kept: see `hooks.signing`."""

    MOST = 20  # in a workspace

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=2_000)
    events = ArrayField(models.CharField(max_length=60))  # names of `hooks.events.EVENTS`
    is_active = models.BooleanField(default=True)
    why_inactive = models.CharField(max_length=300, blank=True)  # a sentence, where the installation switched it off
    generation = models.PositiveIntegerField(default=1)  # of the secret
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="webhook_listens_for_something", condition=Q(events__len__gte=1)),
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one webhook. The body never changes, so that a second try is the same message."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=60)
    body = models.JSONField()
    created_at = models.DateTimeField(default=now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, default=now)  # none: delivered or given up
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer
    error = models.CharField(max_length=500, blank=True)  # why the last attempt failed

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["webhook", "-created_at", "id"], name="delivery_by_webhook"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="delivery_due"),
        ]
        constraints = [
            models.CheckConstraint(
                name="delivery_delivered_waits_for_nothing",
                condition=Q(delivered_at__isnull=True) | Q(next_at__isnull=True),
            ),
        ]

    @property
    def words(self) -> Words:
        return events.words_of(self.event)

    @property
    def state(self) -> str:
        if self.delivered_at is not None:
            return "delivered"
        return "waiting" if self.next_at is not None else "given up"
