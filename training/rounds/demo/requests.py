"""The data set that this project brings: everyday requests with four answers each; `data/README.md` tells of it."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Answer:
    """What somebody might say, and what is hidden from annotators: how good it is."""

    text: str
    source: str
    worth: float  # dollars beside having no answer; below 0 where it does harm
    correct: int  # 0 to 5
    helpful: int  # 1 to 5
    tone: int  # 1 to 5
    flaw: str  # a word, or "none"

    def candidate(self) -> dict[str, str]:
        """As an import reads it, without what is hidden."""
        return {"text": self.text, "source": self.source}


@dataclass(frozen=True)
class Request:
    key: str
    domain: str
    prompt: str
    answers: tuple[Answer, ...]


@cache
def all_of_them() -> tuple[Request, ...]:
    """Every request, domain by domain."""
    return tuple(
        request(path.stem, json.loads(line))
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def request(domain: str, row: dict[str, Any]) -> Request:
    answers = tuple(Answer(one["text"], one["source"], **one["metadata"]) for one in row["responses"])
    return Request(row["id"], domain, row["prompt"], answers)
