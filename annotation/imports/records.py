"""One record in any layout that people already have, read as the prompt and the responses that it means."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from annotation.canonical import Messages
from annotation.imports.conversations import after_prompt, answer_text, read_prompt, split_pair
from annotation.imports.faults import BadRecord

KNOWN = {
    "prompt",
    "responses",
    "id",
    "metadata",
    "chosen",
    "rejected",
    "completion",
    "label",
    "net_utility",
    "priority",
}
# In this order: the first layout of which a field is there.
MARKS = {
    "responses": ("responses",),
    "preference": ("chosen", "rejected"),
    "cardinal": ("response1", "response2"),
    "unpaired": ("completion",),
}
LABELLERS = ("annotator", "labeler", "rater")
LONGEST_NAME = 200


@dataclass(frozen=True)
class Candidate:
    text: str
    source: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """What the record itself says about its responses; `preferred` is an index."""

    preferred: int | None = None
    amount: Decimal | None = None
    desirable: bool | None = None
    annotator: str = "unknown"


@dataclass(frozen=True)
class Record:
    prompt: Messages
    is_text: bool  # the prompt was one plain text
    responses: tuple[Candidate, ...]
    label: Label | None = None
    external_id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    priority: float = 0.0


def layout_of(values: dict[str, Any]) -> str:
    """Which of the layouts a record is in, by the names of its fields; empty for none."""
    for name, marks in MARKS.items():
        if any(values.get(mark) is not None for mark in marks):
            return name
    return ""


def read(values: dict[str, Any]) -> Record:
    """The record in our words; raises BadRecord for the first thing that is wrong."""
    values = {name: value for name, value in values.items() if value is not None}
    layout = layout_of(values)
    if not layout:
        raise BadRecord(
            "responses", _("Expected responses, or chosen and rejected, or completion, or response1 and response2.")
        )
    record = READERS[layout](values)
    if len({(part.text, part.source) for part in record.responses}) < len(record.responses):
        raise BadRecord("responses", _("Two of the responses are the same."))
    return record


def finish(
    values: dict[str, Any], prompt: Messages, is_text: bool, responses: list[Candidate], label: Label | None
) -> Record:
    """What every layout has: an id, metadata, a priority; columns that are not known go into the metadata."""
    if not prompt or not any(str(message["content"]).strip() for message in prompt):
        raise BadRecord("prompt", _("The prompt is empty."))
    metadata = values.get("metadata", {})
    if not isinstance(metadata, dict):
        raise BadRecord("metadata", _("Expected an object."))
    rest = {name: value for name, value in values.items() if name not in KNOWN and not name.startswith("response")}
    external_id = str(values.get("id", ""))
    if len(external_id) > LONGEST_NAME:
        raise BadRecord("id", _("At most {most} characters.").format(most=LONGEST_NAME))
    priority = values.get("priority", 0)
    if isinstance(priority, bool) or not isinstance(priority, (int, float)) or not abs(priority) < 1e300:
        raise BadRecord("priority", _("Expected a number."))
    return Record(prompt, is_text, tuple(responses), label, external_id, {**rest, **metadata}, float(priority))


def own_layout(values: dict[str, Any]) -> Record:
    prompt, is_text = read_prompt(needed(values, "prompt"))
    parts = values["responses"]
    if not isinstance(parts, list) or not 1 <= len(parts) <= 8:
        raise BadRecord("responses", _("Expected a list of 1 to 8 responses."))
    return finish(values, prompt, is_text, [candidate(part, f"responses.{n}") for n, part in enumerate(parts)], None)


def candidate(part: Any, path: str) -> Candidate:
    if not isinstance(part, dict) or "text" not in part:
        return Candidate(answer_text(part, path))
    source, metadata = part.get("source") or "", part.get("metadata") or {}
    if not isinstance(source, str) or len(source) > LONGEST_NAME:
        raise BadRecord(f"{path}.source", _("Expected text of at most {most} characters.").format(most=LONGEST_NAME))
    if not isinstance(metadata, dict):
        raise BadRecord(f"{path}.metadata", _("Expected an object."))
    return Candidate(answer_text(part["text"], f"{path}.text"), source, metadata)


def preference(values: dict[str, Any]) -> Record:
    """TRL's preference layouts: with the prompt apart, or at the beginning of both answers."""
    chosen, rejected = needed(values, "chosen"), needed(values, "rejected")
    label = Label(preferred=0, annotator=labeller(values))
    if "prompt" in values:
        prompt, is_text = read_prompt(values["prompt"])
        texts = [after_prompt(chosen, prompt, "chosen"), after_prompt(rejected, prompt, "rejected")]
    else:
        prompt, is_text, texts = split_pair(chosen, rejected, ("chosen", "rejected"))
    return finish(values, prompt, is_text, [Candidate(text) for text in texts], label)


def unpaired(values: dict[str, Any]) -> Record:
    prompt, is_text = read_prompt(needed(values, "prompt"))
    text = after_prompt(values["completion"], prompt, "completion")
    label = Label(desirable=truth(values["label"]), annotator=labeller(values)) if "label" in values else None
    return finish(values, prompt, is_text, [Candidate(text)], label)


def cardinal(values: dict[str, Any]) -> Record:
    """CardinalPrefs: two transcripts that differ in the last assistant turn, and what the first is worth more."""
    first, second = needed(values, "response1"), needed(values, "response2")
    label = None
    if "net_utility" in values:
        worth = money(values["net_utility"])
        preferred = None if worth == 0 else int(worth < 0)
        label = Label(preferred=preferred, amount=abs(worth), annotator=labeller(values))
    try:
        prompt, is_text, texts = split_pair(first, second, ("response1", "response2"))
    except BadRecord:
        prompt, is_text = read_prompt(needed(values, "prompt"))
        texts = [after_prompt(first, prompt, "response1"), after_prompt(second, prompt, "response2")]
    return finish(values, prompt, is_text, [Candidate(text) for text in texts], label)


def needed(values: dict[str, Any], name: str) -> Any:
    if name not in values:
        raise BadRecord(name, _("This is needed."))
    return values[name]


def labeller(values: dict[str, Any]) -> str:
    name = next((str(values[name]) for name in LABELLERS if values.get(name) not in (None, "")), "unknown")
    if len(name) > LONGEST_NAME:
        raise BadRecord("annotator", _("At most {most} characters.").format(most=LONGEST_NAME))
    return name


def truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, (str, int)) and str(value).strip().lower() in words:
        return words[str(value).strip().lower()]
    raise BadRecord("label", _("Expected true or false."))


def money(value: Any) -> Decimal:
    """A signed amount, at most six digits after the point; a float means the decimal it is printed as."""
    try:
        amount = (
            Decimal(str(value).strip())
            if isinstance(value, (str, int, float)) and not isinstance(value, bool)
            else None
        )
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or abs(amount) >= 10**12:
        raise BadRecord("net_utility", _("Expected an amount, such as -1.50."))
    rounded = round(amount, 6)
    return amount if amount == rounded else rounded


READERS = {"responses": own_layout, "preference": preference, "cardinal": cardinal, "unpaired": unpaired}
