"""Desirable or not: one response, one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback import extras
from annotation.feedback.kind import Feedback, Sides
from annotation.feedback.reading import Context, Fields

SCHEMA = {"type": "object", "required": ["desirable"], "properties": {"desirable": {"type": "boolean"}}}


@dataclass(frozen=True)
class Answer:
    desirable: bool
    extras: extras.Extras

    @property
    def columns(self) -> dict[str, Any]:
        return {"desirable": self.desirable}


def parse(answer: dict[str, Any], context: Context) -> Answer:
    fields = Fields(answer)
    if fields.has("desirable") and fields.values["desirable"] is None:
        fields.values.pop("desirable")  # null is no verdict
    parsed = Answer(fields.flag("desirable", required=True), extras.read(fields, context))
    fields.finish()
    return parsed


def rename(answer: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return extras.rename(answer, names)


def is_correct(answer: Answer, gold: Answer, tolerance: float | None) -> bool:
    return answer.desirable == gold.desirable


def tell(answer: dict[str, Any], sides: Sides, currency: str) -> str:
    return _("Good enough") if answer["desirable"] else _("Not good enough")


KIND = Feedback(
    name="binary",
    label=gettext_lazy("Desirable or not"),
    description=gettext_lazy("One answer, desirable or not: one key a judgment."),
    responses=(1, 1),
    parse=parse,
    rename=rename,
    is_correct=is_correct,
    schema=SCHEMA,
    tell=tell,
)
