"""The learning curve of one model: asked for on its page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Refusal
from rewardmodels import registry
from rewardmodels.curves import asking


@require_POST
@access.page("model.change")
def draw(request: Asked, pk: UUID) -> HttpResponse:
    """Ask for the curve, and follow its job."""
    model = registry.find(scope=request.scope, reward_model=pk)
    slug = request.scope.workspace.slug
    try:
        job = asking.begin(scope=request.scope, model=model)
        messages.success(request, _("The learning curve is being drawn; it will stand on the model’s page."))
        return redirect("job", slug=slug, pk=job.pk)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("reward-model", slug=slug, pk=model.pk)
