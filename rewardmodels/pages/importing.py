"""Bringing in somebody else's reward model."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from rewardmodels.forms import ImportForm
from rewardmodels.importing import asking
from rewardmodels.importing.asking import Wish


@require_http_methods(["GET", "POST"])
@access.page("model.change")
def bring(request: Asked) -> HttpResponse:
    is_sent = request.method == "POST"
    form = ImportForm(request.POST if is_sent else None, request.FILES if is_sent else None, scope=request.scope)
    if is_sent and form.is_valid():
        given = form.cleaned_data
        snapshot = given["snapshot"].pk if given["snapshot"] else None
        wish = Wish(given["name"], given["template"], given["max_length"], snapshot)
        try:
            if given["file"]:
                model = asking.of_file(scope=request.scope, wish=wish, file=given["file"])
            else:
                model = asking.of_source(scope=request.scope, wish=wish, source=given["source"])
            return redirect("reward-model", slug=request.scope.workspace.slug, pk=model.pk)
        except Refusal as refusal:
            for field, message in refusal.errors or [("", refusal.message)]:
                form.add_error(field if field in form.fields else None, message)
    return render(request, "rewardmodels/import.html", {"form": form}, status=422 if is_sent else 200)
