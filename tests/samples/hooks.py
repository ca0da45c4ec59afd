"""Webhooks and what they were told."""

from typing import Any

from hooks.models import Delivery, Webhook
from tests.conftest import Member
from tests.samples.registry import World, body, sample

WEBHOOK = {"url": "https://hooks.example.org/touchstone", "events": ["job.failed"]}


def webhook_of(world: World) -> Webhook:
    return Webhook.objects.create(workspace=world.workspace, **WEBHOOK)


@sample("webhook.pk", "webhook-*.pk", "api-webhook.pk")
def webhook(world: World, actor: Member) -> Any:
    return webhook_of(world).pk


@sample("webhook-send-again.delivery_id")
def delivery(world: World, actor: Member) -> Any:
    of = Webhook.objects.filter(workspace=world.workspace).order_by("-created_at").first() or webhook_of(world)
    return Delivery.objects.create(webhook=of, event="job.failed", body={}).pk


body("api-webhook-list", WEBHOOK)
