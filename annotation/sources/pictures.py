"""The figures of a comparison as pictures."""

from django.utils.translation import gettext as _

from annotation.sources import words
from annotation.sources.words import Figure
from web.plots import Scale, Span, Spans


def in_order(order: Figure) -> list[Figure]:
    """The strengths, the best first."""
    return sorted(order["strengths"], key=lambda one: (one["group"], -(one["field"]["value"] or 0)))


def field(order: Figure) -> Spans:
    """How often each model wins against the others of its group."""
    spans = [span(one["source"], one["field"], words.rate(one["field"])) for one in in_order(order)]
    return Spans(_("Win rate against the others"), Scale(0, 1), spans, (0.5,))


def strengths(order: Figure, name: str) -> Spans | None:
    """Strengths in logits; None where there are none."""
    known = [one for one in in_order(order) if one[name]["value"] is not None]
    if not known:
        return None
    title = _("Strength, in logits") if name == "strength" else _("Strength at equal length, in logits")
    spans = [span(one["source"], one[name], words.logits(one[name])) for one in known]
    return Spans(title, around(spans), spans, (0,))


def money(unit: Figure) -> Spans:
    """The difference of each pair per prompt."""
    spans = []
    for pair in unit["pairs"]:
        better, other = words.named(pair)
        sign = 1 if better == pair["first"] else -1
        found = {name: None if value is None else sign * value for name, value in pair["difference"].items()}
        if sign < 0:
            found["low"], found["high"] = found["high"], found["low"]
        label = _("{better} over {other}").format(better=better, other=other)
        spans.append(span(label, found, words.difference(found, unit["currency"])))
    return Spans(_("Difference per prompt"), around(spans), spans, (0,))


def span(label: str, found: Figure, text: str) -> Span:
    return Span(label, found["value"], found["low"], found["high"], text)


def around(spans: list[Span]) -> Scale:
    """From the lowest end to the highest one, with 0 in it."""
    ends = [0.0]
    for one in spans:
        ends += [end for end in (one.value, one.low, one.high) if end is not None]
    low, high = min(ends), max(ends)
    margin = 0.05 * (high - low) or 1.0
    return Scale(low - margin, high + margin)
