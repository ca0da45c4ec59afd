"""`{{ text|markdown }}`: Markdown of people and models, cleaned."""

from django import template
from django.utils.safestring import SafeString

from web import markdown as rendering

register = template.Library()


@register.filter
def markdown(text: str | None) -> SafeString:
    return rendering.render(text or "")
