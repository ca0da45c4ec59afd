"""A message is signed, tried again until it is taken, and given up in the end."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from django.utils.timezone import now

from audit.models import Entry
from hooks import rings, sending, signing, telling, webhooks
from hooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(webhook):
    (made,) = telling.queue([webhook], "project.created", {"object": {"kind": "project", "id": "ü"}})
    return made


def make_due(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(next_at=now() - timedelta(seconds=1))


def test_a_message_arrives_signed_as_the_standard_says(listener, webhook, message):
    assert sending.deliver(message.pk).state == "delivered"
    headers, body, told = listener.heard[0]
    assert told == message.body
    secret = b64decode(signing.secret_of(webhook).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == str(message.pk)
    assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60


def test_a_second_ring_for_a_delivered_message_does_nothing(listener, message):
    sending.deliver(message.pk)
    assert sending.deliver(message.pk) is None
    assert len(listener.heard) == 1


def test_somebody_who_is_at_it_keeps_others_away(message):
    assert sending.take(message.pk) is not None
    assert sending.take(message.pk) is None


def test_an_error_is_tried_again_later_with_the_same_id_and_body(listener, message):
    listener.answers = [500, 302, 200]
    first = sending.deliver(message.pk)
    assert (first.state, first.attempts, first.status) == ("waiting", 1, 500)
    assert timedelta(seconds=5) < first.next_at - now() <= timedelta(seconds=10)
    assert sending.deliver(message.pk) is None  # not due yet
    make_due(message)
    second = sending.deliver(message.pk)
    assert (second.state, second.status) == ("waiting", 302)  # a redirect has not taken it
    assert second.next_at - now() > timedelta(seconds=50)
    make_due(message)
    assert sending.deliver(message.pk).state == "delivered"
    ids = {headers["webhook-id"] for headers, _body, _told in listener.heard}
    assert (len(listener.heard), len(ids), len({body for _h, body, _t in listener.heard})) == (3, 1, 1)


def test_nobody_there_is_an_error_like_another(message):
    Webhook.objects.update(url="http://127.0.0.1:9/told")
    tried = sending.deliver(message.pk)
    assert tried.state == "waiting"
    assert "OUTGOING_HOSTS" in tried.error  # an operator may take a host from the list at any time


def test_after_the_last_attempt_it_is_given_up_and_the_webhook_switched_off(listener, webhook, message):
    listener.answers = [500]
    Delivery.objects.update(attempts=len(sending.WAITS))
    assert sending.deliver(message.pk).state == "given up"
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "two days" in webhook.why_inactive
    assert Entry.objects.filter(action="webhook.switched_off", object_id=str(webhook.pk)).exists()


def test_who_is_gone_is_asked_no_more(listener, webhook, message):
    listener.answers = [410]
    assert sending.deliver(message.pk).state == "given up"
    webhook.refresh_from_db()
    assert not webhook.is_active


def test_the_waits_grow_over_two_days():
    assert sorted(sending.WAITS) == sending.WAITS
    assert timedelta(days=1.5) < sum(sending.WAITS, timedelta()) < timedelta(days=3)


def test_the_sweeper_rings_for_what_is_due_and_for_nothing_else(monkeypatch, webhook, message):
    rung = []
    monkeypatch.setattr(rings, "ring", rung.append)
    (later,) = telling.queue([webhook], "project.created", {})
    Delivery.objects.filter(pk=later.pk).update(next_at=now() + timedelta(hours=1))
    assert sending.ring_due() == 1
    assert rung == [message.pk]
    Webhook.objects.update(is_active=False)
    assert sending.ring_due() == 0


def test_old_deliveries_are_forgotten_and_waiting_ones_are_not(webhook, message):
    (old,) = telling.queue([webhook], "project.created", {})
    Delivery.objects.update(created_at=now() - sending.KEPT - timedelta(days=1))
    Delivery.objects.filter(pk=old.pk).update(next_at=None)
    assert sending.forget() == 1
    assert Delivery.objects.get() == message


def test_a_renewed_secret_signs_differently(admin, webhook):
    before = signing.secret_of(webhook)
    assert signing.secret_of(webhooks.renew_secret(scope=admin.scope, webhook=webhook)) != before
