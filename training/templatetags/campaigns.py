"""Filters of a campaign's page."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def of_step(forms: Mapping[str, Any], name: str) -> Any:
    """The form that the step asks to be filled in; nothing where it asks nothing."""
    return forms.get(name, ())


@register.filter
def percent(share: float) -> str:
    return f"{share:.0%}"
