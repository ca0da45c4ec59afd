"""Rows in the layouts that other tools read. What a layout cannot say goes to its part `ties`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation import transcripts
from annotation.feedback import cardinal
from annotation.feedback.kinds import KINDS
from annotation.feedback.rows import Row

Line = dict[str, Any]
Lines = Callable[[Row, bool], Iterator[Line]]  # (row, whether prompts are plain text)


@dataclass(frozen=True)
class Layout:
    """`columns` name the type of each column; messages are text in a text file. The types are in `formats.parquet`."""

    name: str
    title: Any
    kinds: tuple[str, ...]
    columns: dict[str, str]
    lines: Lines
    ties: Lines | None = None
    tie_columns: dict[str, str] | None = None
    is_always_messages: bool = False

    @property
    def description(self) -> str:
        """What it can say."""
        kinds, columns = ", ".join(self.kinds), ", ".join(self.columns)
        return str(_("Of judgments of kind %(kinds)s. Columns: %(columns)s.") % {"kinds": kinds, "columns": columns})


def raw(row: Row, is_text: bool) -> Iterator[Line]:
    yield row.as_json()


def answer(text: str, is_text: bool) -> Any:
    return text if is_text else [{"role": "assistant", "content": text}]


def prompt(row: Row, is_text: bool) -> Any:
    return row.prompt[0]["content"] if is_text else row.prompt


def preference(row: Row, is_text: bool) -> Iterator[Line]:
    for better, worse in KINDS[row.kind].pairs(row):
        yield {
            "prompt": prompt(row, is_text),
            "chosen": answer(better, is_text),
            "rejected": answer(worse, is_text),
        }


def preference_ties(row: Row, is_text: bool) -> Iterator[Line]:
    for first, second in KINDS[row.kind].ties(row):
        yield {
            "prompt": prompt(row, is_text),
            "response1": answer(first, is_text),
            "response2": answer(second, is_text),
        }


def implicit(row: Row, is_text: bool) -> Iterator[Line]:
    for better, worse in KINDS[row.kind].pairs(row):
        yield {"chosen": row.prompt + answer(better, False), "rejected": row.prompt + answer(worse, False)}


def implicit_ties(row: Row, is_text: bool) -> Iterator[Line]:
    for first, second in KINDS[row.kind].ties(row):
        yield {"response1": row.prompt + answer(first, False), "response2": row.prompt + answer(second, False)}


def unpaired(row: Row, is_text: bool) -> Iterator[Line]:
    yield {
        "prompt": prompt(row, is_text),
        "completion": answer(row.responses[0].text, is_text),
        "label": row.answer["desirable"],
    }


def cardinal_prefs(row: Row, is_text: bool) -> Iterator[Line]:
    """CardinalPrefs: whole transcripts, and u(response1) − u(response2). A single answer's amount is no difference."""
    if len(row.responses) != 2:
        return
    turns = [part["content"] for part in row.prompt if part["role"] == "user"]
    first, second = (transcripts.write(row.prompt + answer(part.text, False)) for part in row.responses)
    yield {
        "prompt": turns[0] if turns else row.prompt[0]["content"],
        "response1": first,
        "response2": second,
        "net_utility": cardinal.net_utility(row),
        "data_source": row.responses[0].source or "touchstone",
        "labeler": row.annotator,
        "is_multi_turn": len(turns) > 1,
        **what_was_said(row),
    }


def what_was_said(row: Row) -> Line:
    """Beside the one number of CardinalPrefs: which is better, though it may be worth nothing, between which amounts it
    lies, as decimal text, and how it was asked."""
    interval = cardinal.stored_interval(row.answer)
    sides = {row.responses[0].id: "response1", row.responses[1].id: "response2"}
    return {
        "preferred": sides.get(row.answer["preferred"], ""),
        "amount_low": f"{interval.low:f}",
        "amount_high": "" if interval.high is None else f"{interval.high:f}",
        "currency": row.currency,
        "elicitation": row.elicitation,
        "incentive": row.incentive,
    }


def ranking(row: Row, is_text: bool) -> Iterator[Line]:
    yield {
        "prompt": prompt(row, is_text),
        "completions": [answer(part.text, is_text) for part in row.responses],
        "ranks": KINDS[row.kind].ranks(row),
        "annotator": row.annotator,
    }


def rating(row: Row, is_text: bool) -> Iterator[Line]:
    for aspect, value in sorted(row.answer["ratings"].items()):
        yield {
            "prompt": prompt(row, is_text),
            "completion": answer(row.responses[0].text, is_text),
            "aspect": aspect,
            "rating": value,
            "annotator": row.annotator,
        }


def nemo(row: Row, is_text: bool) -> Iterator[Line]:
    if len(set(KINDS[row.kind].ranks(row))) > 1:
        yield nemo_line(row)


def nemo_ties(row: Row, is_text: bool) -> Iterator[Line]:
    if len(row.responses) > 1 and len(set(KINDS[row.kind].ranks(row))) == 1:
        yield nemo_line(row)


def nemo_line(row: Row) -> Line:
    ranked = sorted(zip(KINDS[row.kind].ranks(row), row.responses, strict=True), key=lambda pair: pair[0])
    completions = [{"rank": rank, "completion": answer(part.text, False)} for rank, part in ranked]
    return {"context": row.prompt, "completions": completions, "task_name": row.kind}


RAW_COLUMNS = {
    **dict.fromkeys(("judgment", "version", "task", "kind", "purpose", "annotator", "origin"), "text"),
    "version": "whole",
    "prompt": "messages",
    "responses": "json",
    "shown_order": "json",
    "answer": "json",
    "currency": "text",
    "guidelines_version": "whole",
    "duration_ms": "whole",
    "created_at": "text",
    "split": "text",
    "elicitation": "text",
    "incentive": "text",
    "groups": "json",
    "sampling": "text",
}
PAIRS = ("pairwise", "cardinal", "ranking")
TRIPLE = {"prompt": "messages", "chosen": "messages", "rejected": "messages"}
TIED = {"prompt": "messages", "response1": "messages", "response2": "messages"}
WHOLE = {"chosen": "messages", "rejected": "messages"}
WHOLE_TIED = {"response1": "messages", "response2": "messages"}
CARDINAL = {
    **dict.fromkeys(("prompt", "response1", "response2"), "text"),
    "net_utility": "number",
    "data_source": "text",
    "labeler": "text",
    "is_multi_turn": "flag",
    **dict.fromkeys(("preferred", "amount_low", "amount_high", "currency", "elicitation", "incentive"), "text"),
}
RANKED = {"prompt": "messages", "completions": "answers", "ranks": "wholes", "annotator": "text"}
RATED = {"prompt": "messages", "completion": "messages", "aspect": "text", "rating": "whole", "annotator": "text"}
NEMO = {"context": "messages", "completions": "ranked", "task_name": "text"}

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("raw", _("Everything, as it was said"), tuple(KINDS), RAW_COLUMNS, raw, is_always_messages=True),
        Layout("preference", _("Chosen and rejected, prompt apart"), PAIRS, TRIPLE, preference, preference_ties, TIED),
        Layout(
            "preference-implicit",
            _("Chosen and rejected, each with the prompt"),
            PAIRS,
            WHOLE,
            implicit,
            implicit_ties,
            WHOLE_TIED,
            is_always_messages=True,
        ),
        Layout(
            "unpaired",
            _("Single answers, desirable or not"),
            ("binary",),
            {"prompt": "messages", "completion": "messages", "label": "flag"},
            unpaired,
        ),
        Layout("cardinal", _("Transcripts with net utility"), ("cardinal",), CARDINAL, cardinal_prefs),
        Layout("ranking", _("Answers with ranks, 0 is best"), ("ranking",), RANKED, ranking),
        Layout("rating", _("Answers with marks by aspect"), ("rating",), RATED, rating),
        Layout(
            "nemo",
            _("Context and ranked completions"),
            PAIRS,
            NEMO,
            nemo,
            nemo_ties,
            NEMO,
            is_always_messages=True,
        ),
    )
}


def cell(value: Any) -> Any:
    """A value for a column of one type: what is nested, as JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
