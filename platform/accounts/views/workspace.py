"""The workspace itself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import access, workspaces
from accounts.forms import WorkspaceForm, blame
from api.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@access.page("workspace.change")
def workspace_settings(request: access.Asked) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, initial={"name": request.scope.workspace.name})
    if request.method == "POST" and form.is_valid():
        try:
            workspaces.rename(scope=request.scope, name=form.cleaned_data["name"])
            messages.success(request, _("The workspace was renamed."))
            return redirect("workspace_settings", slug=request.scope.workspace.slug)
        except Refusal as refusal:
            blame(form, refusal)
    return render(request, "accounts/workspace_settings.html", {"form": form})
