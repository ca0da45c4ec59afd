"""What every page of one project shows."""

from typing import Any

from django import template

from annotation import sections, states
from annotation.feedback.kinds import KINDS
from annotation.models import Project
from jobs import kinds
from web.words import Words

register = template.Library()


@register.simple_tag(takes_context=True)
def project_sections(context: dict[str, Any], project: Project) -> list[Any]:
    """The tabs of a project, for the `tabs` component."""
    request = context["request"]
    return sections.of(request.scope, project, request.path)


@register.simple_tag(takes_context=True)
def section_title(context: dict[str, Any], project: Project) -> Words:
    """The section that a page lies in, so that two of one project can be told apart among the tabs of a browser."""
    request = context["request"]
    return sections.title(request.scope, project, request.path)


@register.simple_tag(takes_context=True)
def beneath_section(context: dict[str, Any], project: Project, name: str) -> list[Any]:
    """Links of a section's page to what has no tab of its own."""
    return sections.beneath(context["request"].scope, project, name)


@register.filter
def kind_label(name: str) -> Words:
    """The words of a kind of question."""
    return KINDS[name].label if name in KINDS else name


@register.filter
def turns(project: Project) -> tuple[states.Turn, ...]:
    """What can be done with the project as it stands."""
    return states.TURNS[project.status]


@register.filter
def seconds(milliseconds: int | None) -> str:
    """Tenths below ten seconds, whole seconds above."""
    if milliseconds is None:
        return "–"
    value = milliseconds / 1_000
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


@register.filter
def job_label(kind: str) -> Words:
    """What people call a kind of long work."""
    return kinds.label(kind)
