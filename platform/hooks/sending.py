"""One attempt after the other, each further away, until the message was taken or is given up."""

import json
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from django.utils.translation import gettext as _

from audit import trail
from hooks import rings, signing
from hooks.models import Delivery, Webhook
from web import outgoing

WAITS = [timedelta(seconds=seconds) for seconds in (10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)]
HELD = timedelta(seconds=60)  # longer than an attempt may take: who holds a delivery is alone with it
KEPT = timedelta(days=30)
MOST_RUNG = 200
GONE = 410


def deliver(delivery_id: UUID) -> Delivery | None:
    """Make the attempt that is due; None where none is, or somebody else is at it."""
    delivery = take(delivery_id)
    if delivery is None:
        return None
    status, error = attempt(delivery)
    if not error:
        Delivery.objects.filter(pk=delivery.pk).update(
            delivered_at=now(), next_at=None, status=status, error="", attempts=F("attempts") + 1
        )
    else:
        put_off(delivery, status, error)
    delivery.refresh_from_db()
    return delivery


def take(delivery_id: UUID) -> Delivery | None:
    due = Delivery.objects.filter(pk=delivery_id, next_at__lte=now(), webhook__is_active=True)
    if not due.update(next_at=now() + HELD):
        return None
    return Delivery.objects.select_related("webhook").get(pk=delivery_id)


def attempt(delivery: Delivery) -> tuple[int | None, str]:
    """(status, what went wrong): any answer of 2xx has taken the message, a redirect has not."""
    body = json.dumps(delivery.body, sort_keys=True, ensure_ascii=False).encode()
    headers = signing.headers(delivery.webhook, str(delivery.pk), now(), body)
    try:
        answer = outgoing.send(outgoing.Call("POST", delivery.webhook.url, body, headers))
    except (outgoing.Refused, outgoing.Failed) as error:
        return None, str(error)[:500]
    if 200 <= answer.status < 300:
        return answer.status, ""
    return answer.status, _("It answered %(status)s.") % {"status": answer.status}


@transaction.atomic
def put_off(delivery: Delivery, status: int | None, error: str) -> None:
    """Later, or never more: then the webhook is switched off, for nobody has been listening for days."""
    made = delivery.attempts + 1
    is_over = status == GONE or made > len(WAITS)
    due = None if is_over else now() + WAITS[made - 1]
    Delivery.objects.filter(pk=delivery.pk).update(attempts=made, next_at=due, status=status, error=error)
    if is_over:
        why = _("It said that it is gone.") if status == GONE else _("It did not take a message for two days.")
        switch_off(delivery.webhook, why)


def switch_off(webhook: Webhook, why: str) -> None:
    if Webhook.objects.filter(pk=webhook.pk, is_active=True).update(is_active=False, why_inactive=why):
        trail.record(
            "webhook.switched_off",
            workspace=webhook.workspace_id,
            actor=None,
            object_kind="webhook",
            object_id=str(webhook.pk),
        )


def ring_due() -> int:
    """Ring for what is due; the ring of a new delivery may have been lost with the broker."""
    due = Delivery.objects.filter(next_at__lte=now(), webhook__is_active=True).order_by("next_at")
    found = list(due.values_list("pk", flat=True)[:MOST_RUNG])
    for delivery in found:
        rings.ring(delivery)
    return len(found)


def forget() -> int:
    """Deliveries are kept for 30 days, those that still wait until they are over."""
    return Delivery.objects.filter(created_at__lt=now() - KEPT, next_at=None).delete()[0]
