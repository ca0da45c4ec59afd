"""Campaigns: the list, the form of a new one, and the page on which one goes round."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from training import naming
from training.models import Campaign
from training.rounds import bounds, campaigns, chain, holding, rules, sheets, standing, telling
from training.rounds.campaigns import Wish
from training.rounds.forms import CampaignForm, asking, rules_form, settings_form
from training.rounds.settings import CampaignBounds
from training.sheets import filling
from web.tables import Column, Table

COLUMNS = [
    Column("name", gettext_lazy("Campaign"), "name"),
    Column("rounds", gettext_lazy("Round"), is_number=True),
    Column("created", gettext_lazy("Begun"), "created_at"),
]


@require_GET
@access.page("campaign.read")
def index(request: Asked) -> HttpResponse:
    table = Table(request, campaigns.of_workspace(request.scope).prefetch_related("rounds"), COLUMNS, order="-created")
    may_change = access.may(request.scope.role, "campaign.change")
    return render(request, "training/campaigns/index.html", {"table": table, "may_change": may_change})


@require_http_methods(["GET", "POST"])
@access.page("campaign.change")
def new(request: Asked) -> HttpResponse:
    form = CampaignForm(request.POST or None, scope=request.scope)
    settings = settings_form(request.POST or None)
    sheet = sheet_of(request, CampaignBounds())
    if request.method == "POST" and form.is_valid() & settings.is_valid() & sheet.are_valid():
        asked = form.cleaned_data
        wish = Wish(asked["name"], asked["policy"], form.asked, settings.cleaned_data, sheet.wished)
        try:
            made = campaigns.create(scope=request.scope, wish=wish)
            return redirect("campaign", slug=request.scope.workspace.slug, pk=made.pk)
        except Refusal as refusal:
            say(refusal, form, settings, sheet)
    status = 422 if request.method == "POST" else 200
    policies = filling.suggested(request.scope)
    context = {"form": form, "settings": settings, "sheet": sheet, "policies": policies}
    return render(request, "training/campaigns/new.html", context, status=status)


def sheet_of(request: Asked, stands: CampaignBounds) -> sheets.Sheet:
    """The bounds as they stand, as an address wants thresholds taken, or as they were sent."""
    chosen = request.GET.get("thresholds_from", "")
    return sheets.sheet(request.scope, stands, request.POST or None, chosen=chosen)


def say(refusal: Refusal, form: Any, settings: Any, sheet: sheets.Sheet) -> None:
    """Each fault at its field, where there is one."""
    for path, message in refusal.errors or [("", refusal.message)]:
        name = path.removeprefix("settings.")
        first = path.partition(".")[0]
        if first == bounds.FIELD:
            sheet.say(path, message)
        elif name in settings.fields:
            settings.add_error(name, message)
        else:
            form.add_error(first if first in form.fields else None, message)


@require_GET
@access.page("campaign.read")
def page(request: Asked, pk: UUID) -> HttpResponse:
    campaign = campaigns.find(scope=request.scope, campaign=pk)
    if request.headers.get("HX-Request") and request.GET.get("part") == "heard":
        return heard(request, campaign)
    return shown(request, campaign, {})


def heard(request: Asked, campaign: Campaign) -> HttpResponse:
    """What people have said so far; the rest of the page, where somebody may be writing, stays as it is."""
    one = standing.latest(campaign)
    context = {"campaign": campaign, "one": one, "is_heard": standing.is_heard(campaign, one), "is_swapped": True}
    context["may_change"] = access.may(request.scope.role, "campaign.change")
    return render(request, "training/campaigns/_heard.html", context)


def shown(request: HttpRequest, campaign: Campaign, filled: dict[str, Any], status: int = 200) -> HttpResponse:
    """With the forms of the steps; one that was filled in wrongly stands as it was sent."""
    rounds = standing.of(campaign)
    forms = {name: filled.get(name) or form() for name, form in asking(rounds[0].round).items()}
    told = telling.of(campaign, rounds[0])
    is_moving = any(step.state == chain.RUNNING for one in rounds for step in one.steps)
    context = {
        "campaign": campaign,
        "rounds": rounds,
        "policies": naming.of(campaign.workspace, [one.round.policy for one in rounds]),
        "forms": forms,
        "planned": holding.planned(campaign),
        "found_by": holding.source(campaign),
        "is_moving": is_moving or (rounds[0].next in told and not campaign.halted),
        "is_heard": standing.is_heard(campaign, rounds[0]),
        "rules": told,
        "may_change": access.may(request.scope.role, "campaign.change"),  # type: ignore[attr-defined]
    }
    is_part = request.headers.get("HX-Request") and request.method == "GET"
    template = "training/campaigns/_rounds.html" if is_part else "training/campaigns/page.html"
    return render(request, template, context, status=status)


@require_POST
@access.page("campaign.change")
def begin(request: Asked, pk: UUID) -> HttpResponse:
    """One step; what is wrong with what was said stands at its field."""
    campaign = campaigns.find(scope=request.scope, campaign=pk)
    name = request.POST.get("step", "")
    said, forms = {}, asking(standing.present(campaign))
    if name in forms:
        form = forms[name](request.POST)
        if not form.is_valid():
            return shown(request, campaign, {name: form}, status=422)
        said = form.cleaned_data
    number = request.POST.get("round", "")
    try:
        chain.begin(
            scope=request.scope, campaign=campaign, name=name, said=said,
            number=int(number) if number.isdecimal() and len(number) < 6 else None,
        )  # fmt: skip
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("campaign", slug=request.scope.workspace.slug, pk=campaign.pk)


@require_http_methods(["GET", "POST"])
@access.page("campaign.change")
def ruling(request: Asked, pk: UUID) -> HttpResponse:
    """Which steps begin by themselves, and when."""
    campaign = campaigns.find(scope=request.scope, campaign=pk)
    form = rules_form(request.POST or None, initial=asdict(rules.of(campaign)))
    if request.method == "POST" and form.is_valid():
        try:
            rules.change(scope=request.scope, campaign=campaign, wished=form.values())
            return redirect("campaign", slug=request.scope.workspace.slug, pk=campaign.pk)
        except Refusal as refusal:
            for path, message in refusal.errors or [("", refusal.message)]:
                form.add_error(form.nearest_field(path.removeprefix("rules.")), message)
    status = 422 if request.method == "POST" else 200
    return render(request, "training/campaigns/rules.html", {"campaign": campaign, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@access.page("campaign.change")
def bounding(request: Asked, pk: UUID) -> HttpResponse:
    """What the runs that begin from now on are held to."""
    campaign = campaigns.find(scope=request.scope, campaign=pk)
    sheet = sheet_of(request, bounds.of(campaign))
    if request.method == "POST" and sheet.are_valid():
        try:
            bounds.change(scope=request.scope, campaign=campaign, wished=sheet.wished)
            return redirect("campaign", slug=request.scope.workspace.slug, pk=campaign.pk)
        except Refusal as refusal:
            for path, message in refusal.errors or [("", refusal.message)]:
                sheet.say(path, message)
    status = 422 if request.method == "POST" else 200
    context = {
        "campaign": campaign,
        "sheet": sheet,
        "settings": campaigns.settings_of(campaign),
        "found_by": holding.source(campaign),
    }
    return render(request, "training/campaigns/bounds.html", context, status=status)
