"""One record in any layout that people already have, read as the prompt and the responses that it means."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from annotation.canonical import Messages
from annotation.imports import labels
from annotation.imports.conversations import after_prompt, answer_text, read_prompt, split_pair
from annotation.imports.faults import BadRecord
from annotation.imports.labels import LONGEST_NAME, Label

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
    "completions",
    "ranks",
    "ratings",
    "amount",
    "amount_low",
    "amount_high",
    "preferred",
}
# What a frozen row says of the judgment, and nothing of the prompt.
OF_JUDGMENT = {
    *("judgment", "version", "task", "kind", "purpose", "annotator", "origin", "shown_order", "answer", "currency"),
    *("guidelines_version", "duration_ms", "created_at", "split", "elicitation", "incentive", "groups", "sampling"),
}
# In this order: the first layout of which a field is there.
MARKS = {
    "responses": ("responses",),
    "preference": ("chosen", "rejected"),
    "ranking": ("ranks",),
    "cardinal": ("response1", "response2"),
    "unpaired": ("completion",),
}


@dataclass(frozen=True)
class Candidate:
    text: str
    source: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


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
    try:
        return understood(values)
    except BadRecord as bad:
        raise BadRecord(bad.field, f"{bad.message}{misspelt(values, bad.field)}") from None


def misspelt(values: dict[str, Any], field: str) -> str:
    """A name that is nearly that of what is missing, where it would lie unseen among the metadata."""
    wanted = field.partition(".")[0]
    near = (
        [] if wanted in values else get_close_matches(wanted, [name for name in values if name not in KNOWN], 1, 0.75)
    )
    return "".join(" " + _("Is “{name}” meant to be {field}?").format(name=name[:40], field=wanted) for name in near)


def understood(values: dict[str, Any]) -> Record:
    layout = layout_of(values)
    if not layout:
        raise BadRecord(
            "responses",
            _("Expected responses, or chosen and rejected, or completion, completions, or response1 and response2."),
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
    responses = [candidate(part, f"responses.{n}") for n, part in enumerate(parts)]
    label = labels.raw(values)
    if label is not None:
        values = {name: value for name, value in values.items() if name not in OF_JUDGMENT}
    return finish(values, prompt, is_text, responses, label)


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
    if "prompt" in values:
        prompt, is_text = read_prompt(values["prompt"])
        texts = [after_prompt(chosen, prompt, "chosen"), after_prompt(rejected, prompt, "rejected")]
    else:
        prompt, is_text, texts = split_pair(chosen, rejected, ("chosen", "rejected"))
    return finish(values, prompt, is_text, [Candidate(text) for text in texts], labels.preference(values))


def ranking(values: dict[str, Any]) -> Record:
    """Answers with a rank each, in any order."""
    prompt, is_text = read_prompt(needed(values, "prompt"))
    parts = needed(values, "completions")
    if not isinstance(parts, list) or not 2 <= len(parts) <= 8:
        raise BadRecord("completions", _("Expected a list of 2 to 8 completions."))
    texts = [after_prompt(part, prompt, f"completions.{n}") for n, part in enumerate(parts)]
    return finish(values, prompt, is_text, list(map(Candidate, texts)), labels.ranking(values, len(texts)))


def unpaired(values: dict[str, Any]) -> Record:
    prompt, is_text = read_prompt(needed(values, "prompt"))
    text = after_prompt(values["completion"], prompt, "completion")
    return finish(values, prompt, is_text, [Candidate(text)], labels.single(values))


def cardinal(values: dict[str, Any]) -> Record:
    """CardinalPrefs: two transcripts that differ in the last assistant turn, and what the first is worth more."""
    first, second = needed(values, "response1"), needed(values, "response2")
    try:
        prompt, is_text, texts = split_pair(first, second, ("response1", "response2"))
    except BadRecord:
        prompt, is_text = read_prompt(needed(values, "prompt"))
        texts = [after_prompt(first, prompt, "response1"), after_prompt(second, prompt, "response2")]
    return finish(values, prompt, is_text, [Candidate(text) for text in texts], labels.cardinal(values))


def needed(values: dict[str, Any], name: str) -> Any:
    if name not in values:
        raise BadRecord(name, _("This is needed."))
    return values[name]


READERS = {
    "responses": own_layout,
    "preference": preference,
    "ranking": ranking,
    "cardinal": cardinal,
    "unpaired": unpaired,
}
