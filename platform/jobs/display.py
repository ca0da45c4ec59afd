"""A job in words, for people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access
from accounts.scope import Scope
from jobs import estimates, kinds, phases, subjects, tellers, workers
from jobs.models import Job
from web.words import Words


@dataclass(frozen=True)
class Shown:
    """What a list has no use for is found only where it is asked for."""

    job: Job
    title: Words
    about: tuple[Words, str] | None  # what kind of thing it is about, and where that is
    name: Words  # what people call it, or nothing
    doing: Words  # beside the bar
    left: str  # an estimate, or nothing
    may_cancel: bool
    may_retry: bool

    @property
    def is_unserved(self) -> bool:
        """It waits, and no worker would take it."""
        job = self.job
        return job.state == Job.State.QUEUED and not job.parked_at and not workers.serving(job.queue)

    @property
    def result(self) -> str:
        """Indented JSON."""
        found = self.job.result
        return json.dumps(found, indent=2, cls=DjangoJSONEncoder, ensure_ascii=False) if found else ""


def shown(job: Job, scope: Scope, names: Mapping[UUID, Words] | None = None) -> Shown:
    """`names` are those of the subjects, where many jobs are shown and one query found them all."""
    named = subjects.names([job]) if names is None else names
    may_change = access.may(scope.role, "job.change")
    return Shown(
        job=job,
        title=kinds.label(job.kind),
        about=subjects.link(job, scope.workspace.slug) or tellers.page(job, scope.workspace.slug),
        name=named.get(job.subject_id, "") if job.subject_id else "",
        doing=doing(job),
        left=left(job),
        may_cancel=may_change and not job.is_over and job.cancel_requested_at is None,
        may_retry=may_change and job.state in {Job.State.FAILED, Job.State.CANCELLED},
    )


def doing(job: Job) -> str:
    if job.cancel_requested_at is not None and not job.is_over:
        return _("Stopping")
    if job.parked_at is not None:
        return phases.shown(job.phase)
    if job.state == Job.State.QUEUED:
        return _("Waiting to be tried again") if job.attempt else _("Waiting for a worker")
    return phases.shown(job.phase) or _("Working")


def left(job: Job) -> str:
    """An estimate as people say it: nobody believes seconds. A job that stops has no rest to wait for."""
    if job.cancel_requested_at is not None:
        return ""
    seconds = estimates.seconds_left(job, now())
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)
    hours = round(seconds / 3600)
    if hours < 48:
        return ngettext("about {n} hour left", "about {n} hours left", hours).format(n=hours)
    days = round(seconds / 86_400)
    return ngettext("about {n} day left", "about {n} days left", days).format(n=days)
