"""Webhooks by the API and by the pages: for admins alone, with every fault at its field."""

import pytest

from hooks import sending
from hooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db
API = "/api/v1/webhooks/"


def test_an_admin_makes_one_and_sees_its_secret_once(admin, listener):
    made = admin.api.post(API, {"url": listener.url, "events": ["job.failed", "project.created"]})
    assert made.status_code == 201, made.json()
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["events"] == ["project.created", "job.failed"]
    (listed,) = admin.api.get(API).json()["results"]
    assert "secret" not in listed
    assert "secret" not in admin.api.get(f"{API}{listed['id']}/").json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "https://elsewhere.example/"}, "url"),
        ({"url": "ftp://x"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://x\0y/"}, "url"),
        ({"url": 7 * ["x"]}, "url"),
        ({"events": []}, "events"),
        ({"events": ["project.exploded"]}, "events"),
        ({"events": "job.failed"}, "events"),
        ({"events": None}, "events"),
    ],
)
def test_a_wrong_body_is_refused_at_its_field(admin, listener, change, field):
    answer = admin.api.post(API, {"url": listener.url, "events": ["job.failed"], **change}, format="json")
    assert 400 <= answer.status_code < 500, answer.content
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("who", ["researcher", "reviewer", "annotator"])
def test_lower_roles_may_not_look(request, who, webhook):
    member = request.getfixturevalue(who)
    assert member.api.get(API).status_code == 403
    assert member.browser.get("/w/home/webhooks/").status_code == 403


def test_strangers_find_nothing(stranger, webhook):
    assert stranger.api.get(f"{API}{webhook.pk}/").status_code == 404
    assert stranger.api.post(f"{API}{webhook.pk}/test/").status_code == 404
    assert stranger.browser.get(f"/w/home/webhooks/{webhook.pk}/").status_code == 404


def test_at_most_twenty_in_a_workspace(admin, listener, webhook):
    for _ in range(Webhook.MOST - 1):
        Webhook.objects.create(workspace=webhook.workspace, url=listener.url, events=["job.failed"])
    answer = admin.api.post(API, {"url": listener.url, "events": ["job.failed"]})
    assert answer.status_code == 409
    assert "20" in answer.json()["detail"]


def test_a_test_is_sent_and_its_fate_can_be_read(admin, listener, webhook):
    answer = admin.api.post(f"{API}{webhook.pk}/test/")
    assert answer.status_code == 202
    sending.deliver(answer.json()["id"])
    (delivery,) = admin.api.get(f"{API}{webhook.pk}/deliveries/").json()["results"]
    assert (delivery["event"], delivery["state"], delivery["status"]) == ("webhook.tested", "delivered", 204)


def test_switched_off_and_on_again(admin, webhook):
    path = f"{API}{webhook.pk}/"
    assert admin.api.patch(path, {"is_active": False}).json()["is_active"] is False
    assert admin.api.post(f"{path}test/").status_code == 409
    assert admin.api.patch(path, {"is_active": True, "events": ["job.failed"]}).json()["events"] == ["job.failed"]
    assert admin.api.delete(path).status_code == 204
    assert admin.api.get(path).status_code == 404


def test_the_pages_lead_from_a_new_webhook_to_its_first_delivery(admin, listener):
    page = admin.browser.post("/w/home/webhooks/", {"url": listener.url, "events": ["job.failed"]}, follow=True)
    assert b"whsec_" in page.content
    address = page.redirect_chain[-1][0]
    assert b"whsec_" not in admin.browser.get(address).content  # shown this once
    assert b"on its way" in admin.browser.post(f"{address}test/", follow=True).content
    delivery = Delivery.objects.get()
    sending.deliver(delivery.pk)
    assert b"Delivered" in admin.browser.get(address).content
    admin.browser.post(f"{address}deliveries/{delivery.pk}/again/")
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    assert b"switched off" in admin.browser.post(f"{address}switch/", follow=True).content
    assert b"whsec_" in admin.browser.post(f"{address}renew-secret/", follow=True).content
    assert b"No webhook yet" in admin.browser.post(f"{address}delete/", follow=True).content


def test_the_page_looks_again_while_something_is_due_soon(admin, listener, webhook):
    address = f"/w/home/webhooks/{webhook.pk}/"
    assert b"hx-trigger" not in told(admin, address)
    admin.browser.post(f"{address}test/")
    assert b"hx-trigger" in told(admin, address)
    sending.deliver(Delivery.objects.get().pk)
    assert b"hx-trigger" not in told(admin, address)


def test_what_waits_for_its_next_attempt_can_be_sent_at_once_and_its_answer_is_read_in_ones_language(
    admin, listener, webhook
):
    listener.answers = [500]
    address = f"/w/home/webhooks/{webhook.pk}/"
    admin.browser.post(f"{address}test/")
    delivery = Delivery.objects.get()
    assert b"Send again" not in told(admin, address)
    sending.deliver(delivery.pk)
    assert b"Send again" in told(admin, address)
    admin.person.language = "zh-hans"
    admin.person.save()
    assert "应答为 500。" in told(admin, address).decode()
    admin.browser.post(f"{address}deliveries/{delivery.pk}/again/")
    assert sending.deliver(delivery.pk).state == "delivered"


def told(admin, address):
    """The part of the page that says what the webhook was told."""
    return admin.browser.get(address).content.split(b'id="told"')[1].split(b"</section>")[0]


def test_a_wrong_address_is_said_at_the_field_and_nothing_is_lost(admin, settings):
    settings.OUTGOING_HOSTS = []
    page = admin.browser.post("/w/home/webhooks/", {"url": "https://a.example/", "events": ["job.failed"]})
    assert page.status_code == 422
    assert b"OUTGOING_HOSTS" in page.content
    assert b"https://a.example/" in page.content
