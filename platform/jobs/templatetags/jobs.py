"""`{% shown job as words %}`: a job in words, wherever a template holds one."""

from django import template
from django.template import Context

from jobs import display
from jobs.models import Job

register = template.Library()


@register.simple_tag(takes_context=True)
def shown(context: Context, job: Job) -> display.Shown:
    return display.shown(job, context["scope"], context.get("subject_names"))
