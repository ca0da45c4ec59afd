"""`{% shown job as words %}`: a job in words, wherever a template holds one; `job.phase|phase` what it does."""

from django import template
from django.template import Context

from jobs import display, phases
from jobs.models import Job

register = template.Library()


@register.simple_tag(takes_context=True)
def shown(context: Context, job: Job) -> display.Shown:
    return display.shown(job, context["scope"], context.get("subject_names"))


@register.filter
def phase(said: str) -> str:
    return phases.shown(said)
