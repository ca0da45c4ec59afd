"""Two to eight responses in order, ties allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback import extras
from annotation.feedback.kind import Feedback, Sides
from annotation.feedback.reading import Context, Fields
from annotation.feedback.rows import Row

SCHEMA = {
    "type": "object",
    "required": ["order"],
    "properties": {
        "order": {
            "type": "array",
            "description": "Best first; responses of one group are tied. Each response stands in it once.",
            "items": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        }
    },
}


@dataclass(frozen=True)
class Answer:
    order: tuple[frozenset[str], ...]
    extras: extras.Extras

    @property
    def columns(self) -> dict[str, Any]:
        return {}

    @property
    def ranks(self) -> dict[str, int]:
        """0 is best."""
        return {response: rank for rank, group in enumerate(self.order) for response in group}


def parse(answer: dict[str, Any], context: Context) -> Answer:
    fields = Fields(answer)
    order = read_order(fields, context)
    parsed = Answer(order, extras.read(fields, context))
    fields.finish()
    return parsed


def read_order(fields: Fields, context: Context) -> tuple[frozenset[str], ...]:
    value = fields.take("order", required=True)
    is_nested = isinstance(value, list) and all(isinstance(group, list) and group for group in value)
    if not is_nested or not all(isinstance(response, str) for group in value for response in group):
        if value is not None or not fields.errors:
            fields.fault("order", _("Expected groups of responses, best first, like [[a], [b, c]]."))
        return ()
    named = [response for group in value for response in group]
    if unknown := [response for response in named if response not in context.ids]:
        fields.fault("order", _("{id} names no response of the task.").format(id=unknown[0][:80]))
    elif sorted(named) != sorted(context.ids):
        fields.fault("order", _("Each response of the task must stand in the order exactly once."))
    return tuple(frozenset(group) for group in value)


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Within a group the order says nothing, so it is sorted."""
    order = [sorted(names[response] for response in group) for group in answer["order"]]
    return {**extras.rename(answer, names), "order": order}


def is_correct(answer: Answer, gold: Answer, tolerance: float | None) -> bool:
    """The share of pairs that the gold orders and the answer does not order alike is at most the tolerance."""
    mine, known = answer.ranks, gold.ranks
    ordered = [(a, b) for a, b in combinations(sorted(known), 2) if known[a] != known[b]]
    wrong = sum((mine[a] < mine[b]) != (known[a] < known[b]) or mine[a] == mine[b] for a, b in ordered)
    return wrong <= (tolerance or 0) * len(ordered)


def grouped(row: Row) -> Iterator[tuple[str, str, bool]]:
    """(first, second, whether they are tied) for every pair, the better one first."""
    ranks = {response: rank for rank, group in enumerate(row.answer["order"]) for response in group}
    best_first = sorted(row.responses, key=lambda candidate: ranks[candidate.id])
    for first, second in combinations(best_first, 2):
        yield first.text, second.text, ranks[first.id] == ranks[second.id]


def pairs(row: Row) -> Iterator[tuple[str, str]]:
    return ((first, second) for first, second, tied in grouped(row) if not tied)


def ties(row: Row) -> Iterator[tuple[str, str]]:
    return ((first, second) for first, second, tied in grouped(row) if tied)


def ranks(row: Row) -> list[int]:
    found = {response: rank for rank, group in enumerate(row.answer["order"]) for response in group}
    return [found[candidate.id] for candidate in row.responses]


def tell(answer: dict[str, Any], sides: Sides, currency: str) -> str:
    return " › ".join(" = ".join(str(sides[response]) for response in group) for group in answer["order"])


KIND = Feedback(
    name="ranking",
    label=gettext_lazy("Best to worst"),
    description=gettext_lazy("Two to eight answers from best to worst, ties allowed."),
    responses=(2, 8),
    parse=parse,
    rename=rename,
    is_correct=is_correct,
    schema=SCHEMA,
    tell=tell,
    pairs=pairs,
    ties=ties,
    ranks=ranks,
)
