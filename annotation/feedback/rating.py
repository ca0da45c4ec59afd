"""One response on scales from 1 to 5, one for each aspect of the project."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback import extras
from annotation.feedback.kind import Feedback, Sides
from annotation.feedback.reading import Context, Fields

SCHEMA = {
    "type": "object",
    "required": ["ratings"],
    "properties": {
        "ratings": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 5},
        }
    },
}


@dataclass(frozen=True)
class Answer:
    ratings: tuple[tuple[str, int], ...]
    extras: extras.Extras

    @property
    def columns(self) -> dict[str, Any]:
        return {}


def parse(answer: dict[str, Any], context: Context) -> Answer:
    fields = Fields(answer)
    parsed = Answer(read_ratings(fields, context), extras.read(fields, context))
    fields.finish()
    return parsed


def read_ratings(fields: Fields, context: Context) -> tuple[tuple[str, int], ...]:
    value = fields.take("ratings", required=True)
    if not isinstance(value, dict) or not 1 <= len(value) <= 50:
        fields.fault("ratings", _("Expected an object of 1 to 50 aspects."))
        return ()
    asked = context.terms.aspect_names
    for name in asked:
        if name not in value:
            fields.fault(f"ratings.{name}", _("This is needed."))
    for name, rating in value.items():
        if not name.strip() or len(name) > 80 or (asked and name not in asked):
            fields.fault(f"ratings.{name}", _("This project has no such aspect."))
        if type(rating) is not int or not 1 <= rating <= 5:
            fields.fault(f"ratings.{name}", _("Expected a whole number from 1 to 5."))
    return tuple(sorted(value.items()))


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return extras.rename(answer, names)


def is_correct(answer: Answer, gold: Answer, tolerance: float | None) -> bool:
    """Every aspect that the gold rates lies within the tolerance of it."""
    mine = dict(answer.ratings)
    return all(name in mine and abs(mine[name] - rating) <= (tolerance or 0) for name, rating in gold.ratings)


def tell(answer: dict[str, Any], sides: Sides, currency: str) -> str:
    return " · ".join(f"{name}\u00a0{rating}" for name, rating in answer["ratings"].items())


KIND = Feedback(
    name="rating",
    label=gettext_lazy("Marks from 1 to 5"),
    description=gettext_lazy("One answer on scales from 1 to 5, one for each aspect."),
    responses=(1, 1),
    parse=parse,
    rename=rename,
    is_correct=is_correct,
    schema=SCHEMA,
    tell=tell,
)
