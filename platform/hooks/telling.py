"""From what happened to deliveries: rows of the deed's own transaction, so that what was undone is never told."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from audit.models import Entry
from hooks import rings
from hooks.events import DEEDS
from hooks.models import Delivery, Webhook
from jobs.models import Job


def of_deed(entry: Entry) -> None:
    """Opaque ids, states and numbers alone, as the trail holds them; who asks the API learns the rest by rights."""
    if entry.action in DEEDS and entry.workspace is not None:
        about = {"kind": entry.object_kind, "id": entry.object_id}
        tell(entry.workspace, entry.action, {"object": about, "actor": text(entry.actor), "details": entry.details})


def of_job(job: Job) -> None:
    about = {"kind": job.subject_kind, "id": text(job.subject_id)} if job.subject_id else None
    details = {"job_kind": job.kind, "about": about, "attempt": job.attempt}
    what = {"object": {"kind": "job", "id": str(job.pk)}, "actor": text(job.created_by_id), "details": details}
    tell(job.workspace_id, f"job.{job.state}", what)


def text(value: UUID | None) -> str | None:
    return str(value) if value else None


def tell(workspace: UUID, event: str, what: dict[str, Any]) -> list[Delivery]:
    """One delivery for each webhook of the workspace that listens for this event."""
    listening = Webhook.objects.filter(workspace=workspace, is_active=True, events__contains=[event])
    return queue(list(listening), event, {"workspace": str(workspace), **what})


def queue(webhooks: list[Webhook], event: str, what: dict[str, Any]) -> list[Delivery]:
    body = {"type": event, "timestamp": now().isoformat(), "data": what}
    made = Delivery.objects.bulk_create(Delivery(webhook=webhook, event=event, body=body) for webhook in webhooks)
    for delivery in made:
        transaction.on_commit(partial(rings.ring, delivery.pk), robust=True)
    return made
