"""Secrets and signatures, as standardwebhooks.com describes them, so that receivers can use its libraries."""

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime

from django.conf import settings

from hooks.models import Webhook


def key_of(webhook: Webhook) -> bytes:
    """Derived from the installation's own key: nothing secret lies in the database or in a backup of it."""
    name = f"webhook:{webhook.pk}:{webhook.generation}"
    return hmac.digest(settings.SECRET_KEY.encode(), name.encode(), hashlib.sha256)


def secret_of(webhook: Webhook) -> str:
    """What the receiver keeps."""
    return "whsec_" + b64encode(key_of(webhook)).decode()


def headers(webhook: Webhook, delivery: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The id stays the same over all attempts; the time is that of this one."""
    stamp = str(int(moment.timestamp()))
    signed = hmac.digest(key_of(webhook), f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(signed).decode()}",
    }
