"""What every page of one project shows."""

from typing import Any

from django import template

from annotation import sections
from annotation.models import Project

register = template.Library()


@register.simple_tag(takes_context=True)
def project_sections(context: dict[str, Any], project: Project) -> list[Any]:
    """The tabs of a project, for the `tabs` component."""
    request = context["request"]
    return sections.of(request.scope, project, request.path)
