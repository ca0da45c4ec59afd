"""A comparison as a file: a line a figure, for a spreadsheet; or the whole of it as JSON."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from annotation.models import SourceReport
from annotation.sources.words import Figure

COLUMNS = (
    "measure", "currency", "elicitation", "first", "second", "value", "low", "high", "prompts", "judgments",
    "wins", "ties", "losses", "verdict",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def write(report: SourceReport, format: str) -> str:
    return as_json(report) if format == "json" else as_csv(report)


def body(report: SourceReport) -> dict[str, Any]:
    """As the API answers it."""
    return {
        "id": str(report.pk),
        "project": str(report.project_id),
        "snapshot": str(report.snapshot_id) if report.snapshot_id else None,
        "as_of": report.as_of.isoformat(),
        **report.figures,
    }


def as_json(report: SourceReport) -> str:
    return json.dumps(body(report), ensure_ascii=False, indent=1) + "\n"


def as_csv(report: SourceReport) -> str:
    """No cell begins with what a spreadsheet would take for a formula; numbers are numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for line in lines(report.figures):
        writer.writerow([cell(line.get(name)) for name in COLUMNS])
    return text.getvalue()


def lines(figures: Figure) -> Iterator[dict[str, Any]]:
    order = figures["order"] or {"strengths": [], "pairs": []}
    for one in order["strengths"]:
        for measure in ("field", "strength", "at_equal_length", "rank"):
            yield {"measure": measure, "first": one["source"], **one[measure]}
    for pair in order["pairs"]:
        yield {**pair, "measure": "win_rate", **pair["win_rate"], "judgments": judgments(pair)}
    for unit in figures["money"]:
        for pair in unit["pairs"]:
            named = {"currency": unit["currency"], "elicitation": unit["elicitation"], "judgments": pair["amounts"]}
            yield {**pair, **named, "measure": "money_per_prompt", **pair["difference"]}
            yield {**pair, **named, "measure": "win_rate_of_amounts", **pair["win_rate"]}


def judgments(pair: Figure) -> int:
    return int(pair["wins"] + pair["ties"] + pair["losses"])


def cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else str(value)
