"""What a row of the annotators' table shows."""

from typing import Any

from django import template

from annotation.models import AnnotatorFigure
from annotation.quality import page, words
from web.words import Words

register = template.Library()


@register.simple_tag(takes_context=True)
def annotator_link(context: dict[str, Any], row: AnnotatorFigure) -> str:
    return page.annotator_url(context["scope"].workspace.slug, context["project"], row.annotator_id)


@register.simple_tag
def reliabilities(row: AnnotatorFigure) -> list[str]:
    """With intervals; of several kinds each by its name."""
    found = row.figures["reliability"]
    known = {name: found[name] for name in words.in_order(found) if found[name]["value"] is not None}
    if len(known) == 1:
        return [words.said(figure) for figure in known.values()]
    return [f"{words.kind_label(name)}: {words.said(figure)}" for name, figure in known.items()]


@register.simple_tag
def flag_words(row: AnnotatorFigure) -> list[Words]:
    return [words.FLAGS[flag][0] for flag in row.flags]
