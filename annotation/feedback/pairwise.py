"""Which of two responses is better: a side, a tie, how clearly, or both bad."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback import extras
from annotation.feedback.kind import Feedback, Sides
from annotation.feedback.reading import Context, Fields
from annotation.feedback.rows import Row

SCHEMA = {
    "type": "object",
    "required": ["preferred"],
    "properties": {
        "preferred": {"type": ["string", "null"], "description": "The id of the better response; null is a tie."},
        "strength": {"type": "integer", "minimum": 1, "maximum": 3},
        "both_bad": {"type": "boolean"},
    },
}


@dataclass(frozen=True)
class Answer:
    preferred: str | None
    strength: int | None
    both_bad: bool
    extras: extras.Extras

    @property
    def columns(self) -> dict[str, Any]:
        return {"preferred": self.preferred}


def parse(answer: dict[str, Any], context: Context) -> Answer:
    fields = Fields(answer)
    preferred = fields.response("preferred", context, required=True)
    strength = fields.whole("strength", 1, 3)
    if preferred is None and strength is not None:
        fields.fault("strength", _("A tie has no strength."))
    parsed = Answer(preferred, strength, fields.flag("both_bad"), extras.read(fields, context))
    fields.finish()
    return parsed


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    preferred = answer["preferred"]
    return {**extras.rename(answer, names), "preferred": None if preferred is None else names[preferred]}


def is_correct(answer: Answer, gold: Answer, tolerance: float | None) -> bool:
    """The same side."""
    return answer.preferred == gold.preferred


def pairs(row: Row) -> Iterator[tuple[str, str]]:
    """(better, worse) texts; none for a tie."""
    if (preferred := row.answer["preferred"]) is not None:
        yield row.text_of(preferred), row.others(preferred)[0].text


def ties(row: Row) -> Iterator[tuple[str, str]]:
    if row.answer["preferred"] is None:
        yield row.responses[0].text, row.responses[1].text


def ranks(row: Row) -> list[int]:
    """0 is best; in the order of the row's responses."""
    preferred = row.answer["preferred"]
    return [0 if preferred in (None, candidate.id) else 1 for candidate in row.responses]


def tell(answer: dict[str, Any], sides: Sides, currency: str) -> str:
    if answer["preferred"] is None:
        return _("Both bad") if answer.get("both_bad") else _("Equally good")
    words = {1: _("Answer {number}, slightly"), 3: _("Answer {number}, by far")}
    return words.get(answer.get("strength", 0), _("Answer {number}")).format(number=sides[answer["preferred"]])


KIND = Feedback(
    name="pairwise",
    label=gettext_lazy("Which is better"),
    description=gettext_lazy(
        "Which of two answers is better: a side or a tie, with strength and “both bad” where one likes."
    ),
    responses=(2, 2),
    parse=parse,
    rename=rename,
    is_correct=is_correct,
    schema=SCHEMA,
    tell=tell,
    pairs=pairs,
    ties=ties,
    ranks=ranks,
)
