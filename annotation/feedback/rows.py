"""A judgment as files and learning read it: every name spelled out, no database behind it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """One response of a row; `id` is the one that the answer speaks of."""

    id: str
    text: str
    source: str = ""


@dataclass(frozen=True)
class Row:
    """One version of one judgment with all that it was about: the layout `raw`."""

    judgment: str
    version: int
    task: str
    kind: str
    purpose: str
    annotator: str  # the pseudonym
    origin: str
    prompt: list[dict[str, Any]]
    responses: list[Candidate]
    shown_order: list[str]
    answer: dict[str, Any]
    currency: str
    guidelines_version: int
    duration_ms: int | None
    created_at: str
    split: str
    elicitation: str = ""  # of an amount: direct, list, bdm; unknown where it was imported
    incentive: str = ""  # of an amount: hypothetical, incentivised; unknown where it was imported
    groups: list[str] = field(default_factory=list)  # names of those that the annotator is in
    sampling: str = ""  # how the task came to be asked: random, chosen; empty where no rule orders tasks

    def as_json(self) -> dict[str, Any]:
        """Shares what it holds with the row: a copy of every message would cost as much as writing it."""
        return {**vars(self), "responses": [dict(vars(part)) for part in self.responses]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Row":
        return cls(**{**values, "responses": [Candidate(**part) for part in values["responses"]]})

    def text_of(self, response: str) -> str:
        return next(candidate.text for candidate in self.responses if candidate.id == response)

    def others(self, response: str) -> list[Candidate]:
        return [candidate for candidate in self.responses if candidate.id != response]
