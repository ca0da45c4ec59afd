"""What the home page of a workspace offers of long work: what is under way, and what failed lately."""

from collections.abc import Iterator
from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts import access
from accounts.scope import Scope
from jobs.models import Job
from web.cards import Card

LATELY = timedelta(days=1)


def work(scope: Scope) -> Iterator[Card]:
    """Long work that goes on by itself, and what stopped without having done it."""
    if not access.may(scope.role, "job.read"):
        return
    jobs = Job.objects.filter(workspace=scope.workspace)
    url = reverse("jobs", kwargs={"slug": scope.workspace.slug})
    if running := jobs.filter(state=Job.State.RUNNING).count():
        yield Card(
            title=_("Long work under way"),
            text=_("It goes on when you close this page."),
            url=f"{url}?state=running",
            action=_("Follow it"),
            icon="activity",
            figure=str(running),
        )
    if failed := jobs.filter(state=Job.State.FAILED, finished_at__gte=now() - LATELY).count():
        yield Card(
            title=_("Long work that failed since yesterday"),
            text=_("Each job says why, and can be tried again."),
            url=f"{url}?state=failed",
            action=_("See why"),
            icon="activity",
            figure=str(failed),
        )
