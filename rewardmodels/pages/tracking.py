"""Holding one model against people's judgments: asked for on its page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import access
from accounts.access import Asked
from api.refusals import Invalid, Refusal
from rewardmodels import registry
from rewardmodels.tracking import asking


@require_POST
@access.page("model.change")
def look(request: Asked, pk: UUID) -> HttpResponse:
    """Ask for a look, and follow its job."""
    model = registry.find(scope=request.scope, reward_model=pk)
    slug = request.scope.workspace.slug
    try:
        job = asking.start(scope=request.scope, model=model, project=chosen(request))
        messages.success(request, _("The look is under way; what it finds will stand on the model’s page."))
        return redirect("job", slug=slug, pk=job.pk)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("reward-model", slug=slug, pk=model.pk)


def chosen(request: Asked) -> UUID:
    try:
        return UUID(request.POST.get("project", ""))
    except ValueError:
        raise Invalid(_("Choose a project."), field="project") from None
