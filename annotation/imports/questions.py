"""Which tasks a record makes, and what its label says as an answer to them."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback.kinds import KINDS
from annotation.imports.faults import BadRecord
from annotation.imports.labels import NAMES, Label
from annotation.imports.records import Record


@dataclass(frozen=True)
class Question:
    """A task to be: its kind, and which of the record's responses it is about."""

    kind: str
    responses: tuple[int, ...]


def tasks(record: Record, kinds: list[str]) -> list[Question]:
    """Each kind asks about all responses at once, or about each by itself where it takes only one."""
    count = len(record.responses)
    found: list[Question] = []
    for name in kinds:
        kind = KINDS[name]
        if kind.takes(count):
            found.append(Question(name, tuple(range(count))))
        elif kind.is_single:
            found += [Question(name, (index,)) for index in range(count)]
    if not found:
        least, most = KINDS[kinds[0]].responses
        expected = str(least) if least == most else f"{least} to {most}"
        raise BadRecord(
            "responses",
            _("“{kind}” takes {expected} responses; this record has {count}.").format(
                kind=KINDS[kinds[0]].label, expected=expected, count=count
            ),
        )
    return found


def labelled(record: Record, kinds: list[str]) -> Question:
    """The one task that the label answers: amounts where they can be said, else the first kind that holds it."""
    label = record.label
    if label is None:
        raise BadRecord("label", _("There is no label in this record to make a judgment of."))
    for name in sorted(kinds, key=lambda name: "cardinal" in label.answers and name != "cardinal"):
        if name in label.answers and KINDS[name].takes(len(record.responses)):
            return Question(name, tuple(range(len(record.responses))))
    named = ", ".join(f"“{KINDS[name].label}”" for name in kinds)
    raise BadRecord("label", _("The label of this record cannot be said as an answer to {kinds}.").format(kinds=named))


def answer(label: Label, kind: str, ids: list[str]) -> dict[str, Any]:
    """The label in the words of the kind, with the responses named by id."""
    return KINDS[kind].rename(label.answers[kind], dict(zip(NAMES, ids, strict=False)))
