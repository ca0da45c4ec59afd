"""What the home page of a workspace offers of reward models: those that wait for somebody's verdict."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import access
from accounts.scope import Scope
from rewardmodels import registry
from rewardmodels.models import Standing
from web.cards import Card


def candidates(scope: Scope) -> Iterator[Card]:
    """Learned models that nobody has approved or retired yet."""
    if not access.may(scope.role, "model.change"):
        return
    waiting = registry.of_workspace(scope).filter(standing=Standing.CANDIDATE, trained_at__isnull=False).count()
    if waiting:
        yield Card(
            title=_("Reward models to approve"),
            text=_("They have learned and are candidates: look at their figures, then approve or retire them."),
            url=f"{reverse('reward-models', kwargs={'slug': scope.workspace.slug})}?standing=candidate",
            action=_("Look at them"),
            icon="award",
            figure=str(waiting),
        )
