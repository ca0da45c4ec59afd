"""Making, changing and trying webhooks: what admins may do."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from api.refusals import Conflict, Invalid
from hooks import telling
from hooks.events import EVENTS, TEST
from hooks.models import Delivery, Webhook
from web import outgoing


def find(*, scope: Scope, webhook: UUID) -> Webhook:
    found = Webhook.objects.filter(workspace=scope.workspace, pk=webhook).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def create(*, scope: Scope, url: str, events: Sequence[str]) -> Webhook:
    Workspace.objects.select_for_update(no_key=True).get(pk=scope.workspace.pk)  # two at once are counted
    if Webhook.objects.filter(workspace=scope.workspace).count() >= Webhook.MOST:
        raise Conflict(_("A workspace has at most %(most)d webhooks.") % {"most": Webhook.MOST})
    made = Webhook.objects.create(
        workspace=scope.workspace, url=checked_url(url), events=checked_events(events), created_by=scope.person
    )
    scope.record("webhook.created", "webhook", made.pk, events=made.events)
    return made


@transaction.atomic
def change(
    *,
    scope: Scope,
    webhook: Webhook,
    url: str | None = None,
    events: Sequence[str] | None = None,
    is_active: bool | None = None,
) -> Webhook:
    """None leaves a thing as it is. Switching on again begins where it stopped: what waited is due at once."""
    webhook = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if url is not None:
        webhook.url = checked_url(url)
    if events is not None:
        webhook.events = checked_events(events)
    if is_active is not None:
        webhook.is_active, webhook.why_inactive = is_active, ""
    webhook.save()
    scope.record("webhook.changed", "webhook", webhook.pk, events=webhook.events, is_active=webhook.is_active)
    return webhook


@transaction.atomic
def delete(*, scope: Scope, webhook: Webhook) -> None:
    scope.record("webhook.deleted", "webhook", webhook.pk)
    webhook.delete()


@transaction.atomic
def renew_secret(*, scope: Scope, webhook: Webhook) -> Webhook:
    """The next attempt is signed with the new one."""
    webhook = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    webhook.generation += 1
    webhook.save(update_fields=["generation"])
    scope.record("webhook.secret_renewed", "webhook", webhook.pk)
    return webhook


@transaction.atomic
def send_test(*, scope: Scope, webhook: Webhook) -> Delivery:
    if not webhook.is_active:
        raise Conflict(_("This webhook is switched off: nothing is sent to it."))
    about = {"kind": "webhook", "id": str(webhook.pk)}
    what = {"workspace": str(scope.workspace.pk), "object": about, "actor": str(scope.person.pk), "details": {}}
    return telling.queue([webhook], TEST, what)[0]


def send_again(*, webhook: Webhook, delivery: UUID) -> Delivery:
    """Due at once, under the same id, so that a receiver that took it before can tell."""
    found = Delivery.objects.filter(webhook=webhook, pk=delivery).first()
    if found is None:
        raise Http404
    if not webhook.is_active:
        raise Conflict(_("This webhook is switched off: nothing is sent to it."))
    Delivery.objects.filter(pk=found.pk).update(next_at=now(), delivered_at=None, attempts=0)
    found.refresh_from_db()
    return found


def checked_url(url: str) -> str:
    url = url.strip()
    if len(url) > 2_000:
        raise Invalid(_("An address has at most 2,000 characters."), field="url")
    try:
        outgoing.allowed(url)
    except outgoing.Refused as refused:
        raise Invalid(str(refused), field="url") from None
    return url


def checked_events(events: Sequence[str]) -> list[str]:
    if not events:
        raise Invalid(_("Choose at least one event."), field="events")
    if unknown := set(events) - set(EVENTS):
        raise Invalid(_("There is no event %(name)s.") % {"name": min(unknown)}, field="events")
    return [name for name in EVENTS if name in events]
