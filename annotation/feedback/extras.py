"""What any answer may carry beside its verdict, where the project asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback.reading import Context, Fields

MOST_SPANS = 500


@dataclass(frozen=True)
class Span:
    """A stretch of a response in Unicode code points of the stored text, end exclusive."""

    response: str
    start: int
    end: int
    quote: str
    label: str


@dataclass(frozen=True)
class Extras:
    aspects: tuple[tuple[str, str | int | None], ...] = ()  # name → the better response, or 1–5 where there is one
    reason: str = ""
    critique: str = ""
    rewrite: str = ""
    flags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


NONE = Extras()


def read(fields: Fields, context: Context) -> Extras:
    for name in ("aspects", "reason", "critique", "rewrite", "flags", "spans"):
        if fields.has(name) and name not in context.terms.extras:
            fields.fault(name, _("This project does not ask for it."))
    return Extras(
        aspects=read_aspects(fields, context),
        reason=fields.text("reason"),
        critique=fields.text("critique"),
        rewrite=fields.text("rewrite"),
        flags=read_flags(fields, context),
        spans=read_spans(fields, context),
    )


def read_aspects(fields: Fields, context: Context) -> tuple[tuple[str, str | int | None], ...]:
    value = fields.take("aspects")
    if value is None:
        return ()
    if not isinstance(value, dict) or len(value) > 50:
        fields.fault("aspects", _("Expected an object of at most 50 aspects."))
        return ()
    known = context.terms.aspect_names
    for name, verdict in value.items():
        if not name.strip() or (known and name not in known):
            fields.fault(f"aspects.{name}", _("This project has no such aspect."))
        if len(context.ids) > 1 and verdict is not None and verdict not in context.ids:
            fields.fault(f"aspects.{name}", _("Expected the id of the better response, or null."))
        if len(context.ids) == 1 and (type(verdict) is not int or not 1 <= verdict <= 5):
            fields.fault(f"aspects.{name}", _("Expected a whole number from 1 to 5."))
    return tuple(sorted(value.items()))


def read_flags(fields: Fields, context: Context) -> tuple[str, ...]:
    value = fields.take("flags")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > 50 or not all(isinstance(flag, str) for flag in value):
        fields.fault("flags", _("Expected a list of at most 50 words."))
        return ()
    for index, flag in enumerate(value):
        if not 1 <= len(flag.strip()) <= 80 or (context.terms.flags and flag not in context.terms.flags):
            fields.fault(f"flags.{index}", _("This project has no such flag."))
    return tuple(sorted(set(value)))


def read_spans(fields: Fields, context: Context) -> tuple[Span, ...]:
    value = fields.take("spans")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_SPANS:
        fields.fault("spans", _("Expected a list of at most {most} spans.").format(most=MOST_SPANS))
        return ()
    spans = [
        read_span(Fields(part, f"{fields.path}.spans.{n}", fields.errors), context) for n, part in enumerate(value)
    ]
    return tuple(
        sorted((span for span in spans if span), key=lambda span: (span.response, span.start, span.end, span.label))
    )


def read_span(fields: Fields, context: Context) -> Span | None:
    before = len(fields.errors)
    response = fields.response("response", context, required=True)
    if response is None:
        if len(fields.errors) == before:
            fields.fault("response", _("This is needed."))
        return None
    text = context.texts[response]
    start, end = fields.whole("start", 0, len(text)), fields.whole("end", 0, len(text))
    quote, label = fields.text("quote"), fields.text("label", most=80)
    for name in fields.values:
        fields.fault(str(name), _("There is no such field here."))
    if len(fields.errors) > before:
        return None
    if start is None or end is None or start >= end:
        fields.fault("end", _("A span begins at start and ends after it."))
        return None
    if text[start:end] != quote:
        fields.fault("quote", _("The text from start to end is another; count in Unicode code points."))
    if not label or (context.terms.span_labels and label not in context.terms.span_labels):
        fields.fault("label", _("This project has no such label."))
    return Span(response, start, end, quote, label)


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """The extras of a stored answer with its responses called by other names; JSON in, JSON out."""
    renamed = dict(answer)
    if "aspects" in answer:
        renamed["aspects"] = {
            name: names.get(verdict, verdict) if isinstance(verdict, str) else verdict
            for name, verdict in answer["aspects"].items()
        }
    if "spans" in answer:
        renamed["spans"] = [{**span, "response": names[span["response"]]} for span in answer["spans"]]
    return renamed
