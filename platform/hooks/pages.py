"""The pages of webhooks, for admins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from accounts.forms import blame
from api.refusals import Refusal
from hooks import signing, webhooks
from hooks.forms import WebhookForm
from hooks.models import Webhook
from web.tables import Column, Table

COLUMNS = [
    Column("url", gettext_lazy("Address"), "url"),
    Column("events", gettext_lazy("Hears")),
    Column("state", gettext_lazy("State"), "is_active"),
    Column("created", gettext_lazy("Made"), "created_at"),
]
DELIVERIES = [
    Column("event", gettext_lazy("Event"), "event"),
    Column("state", gettext_lazy("State")),
    Column("attempts", gettext_lazy("Attempts"), "attempts", is_number=True),
    Column("answer", gettext_lazy("Last answer")),
    Column("created", gettext_lazy("Told"), "created_at"),
    Column("actions", gettext_lazy("What you can do"), is_unseen=True),
]
SOON = timedelta(seconds=90)  # a page that lies open shows what comes within
NEW = "new-webhook"  # in the session, until its secret was shown once


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("webhook.change")
def index(request: Asked) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhooks.create(scope=request.scope, **form.cleaned_data)
            request.session[NEW] = str(made.pk)
            return to_page(request, made)
        except Refusal as refusal:
            blame(form, refusal)
    found = Webhook.objects.filter(workspace=request.scope.workspace)
    table = Table(request, found, COLUMNS, order="-created")
    status = 422 if form.errors else 200
    return render(request, "hooks/index.html", {"form": form, "table": table}, status=status)


@never_cache
@require_GET
@access.page("webhook.change")
def page(request: Asked, pk: UUID) -> HttpResponse:
    found = webhooks.find(scope=request.scope, webhook=pk)
    is_new = request.session.get(NEW) == str(found.pk)
    if is_new:
        del request.session[NEW]
    return shown(request, found, secret=signing.secret_of(found) if is_new else "")


@require_POST
@access.page("webhook.change")
def change(request: Asked, pk: UUID) -> HttpResponse:
    found, form = webhooks.find(scope=request.scope, webhook=pk), WebhookForm(request.POST)
    if form.is_valid():
        try:
            webhooks.change(scope=request.scope, webhook=found, **form.cleaned_data)
            messages.success(request, _("The webhook was changed."))
            return to_page(request, found)
        except Refusal as refusal:
            blame(form, refusal)
    return shown(request, found, form=form, status=422)


def shown(
    request: Asked, found: Webhook, *, form: WebhookForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "webhook": found,
        "secret": secret,
        "form": form or WebhookForm(initial={"url": found.url, "events": found.events}),
        "table": Table(request, found.deliveries.all(), DELIVERIES, order="-created"),
        "is_awaited": found.is_active and found.deliveries.filter(next_at__lte=now() + SOON).exists(),
    }
    return render(request, "hooks/page.html", context, status=status)


def button(done: Callable[..., str]) -> access.View:
    """A button of the page: what it did is told, or why not."""

    @require_POST
    @access.page("webhook.change")
    def view(request: Asked, pk: UUID, **kwargs: Any) -> HttpResponse:
        found = webhooks.find(scope=request.scope, webhook=pk)
        try:
            messages.success(request, done(request, found, **kwargs))
        except Refusal as refusal:
            messages.error(request, refusal.message)
        if not Webhook.objects.filter(pk=pk).exists():
            return redirect("webhooks", slug=request.scope.workspace.slug)
        return to_page(request, found)

    return view


@button
def test(request: Asked, found: Webhook) -> str:
    webhooks.send_test(scope=request.scope, webhook=found)
    return _("A test is on its way; look below for how it went.")


@button
def renew_secret(request: Asked, found: Webhook) -> str:
    webhooks.renew_secret(scope=request.scope, webhook=found)
    request.session[NEW] = str(found.pk)
    return _("The secret was renewed: the old one signs nothing any more.")


@button
def switch(request: Asked, found: Webhook) -> str:
    webhooks.change(scope=request.scope, webhook=found, is_active=not found.is_active)
    return _("The webhook was switched off.") if found.is_active else _("The webhook was switched on.")


@button
def delete(request: Asked, found: Webhook) -> str:
    webhooks.delete(scope=request.scope, webhook=found)
    return _("The webhook was deleted.")


@button
def send_again(request: Asked, found: Webhook, delivery_id: UUID) -> str:
    webhooks.send_again(webhook=found, delivery=delivery_id)
    return _("It is sent again within seconds.")


def to_page(request: Asked, found: Webhook) -> HttpResponse:
    return redirect("webhook", slug=request.scope.workspace.slug, pk=found.pk)
