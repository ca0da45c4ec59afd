"""Where one arrives: the only workspace, or the choice of several; and what to do there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts import access
from accounts.models import Membership
from web import cards


@require_GET
@access.signed_in
def home(request: HttpRequest) -> HttpResponse:
    places = list(
        Membership.objects.filter(person=request.user.pk, workspace__deleted_at=None).select_related("workspace")[:2]
    )
    if len(places) == 1:
        return redirect("workspace_home", slug=places[0].workspace.slug)
    return render(request, "web/chooser.html" if places else "web/nowhere.html")


@require_GET
@access.page("workspace.see")
def workspace_home(request: access.Asked) -> HttpResponse:
    return render(request, "web/home.html", {"cards": cards.offered(request.scope)})
