"""What of a row belongs to its content: what would be the same on any machine that has the same judgments."""

from typing import Any

from annotation import canonical
from annotation.feedback.kinds import KINDS
from annotation.feedback.rows import Row


def line(row: Row) -> bytes:
    """Canonical JSON without database ids and without clocks: responses go by their place in order."""
    ordered = sorted(row.responses, key=lambda part: (part.text, part.source))
    names: dict[str, Any] = {part.id: place for place, part in enumerate(ordered)}
    money = {"elicitation": row.elicitation, "incentive": row.incentive} if row.incentive else {}
    return canonical.encode(
        {
            **money,
            "kind": row.kind,
            "purpose": row.purpose,
            "annotator": row.annotator,
            "origin": row.origin,
            "prompt": row.prompt,
            "responses": [{"text": part.text, "source": part.source} for part in ordered],
            "shown_order": [names[shown] for shown in row.shown_order],
            "answer": KINDS[row.kind].rename(row.answer, names),
            "version": row.version,
            "currency": row.currency,
            "guidelines_version": row.guidelines_version,
            "split": row.split,
        }
    )
