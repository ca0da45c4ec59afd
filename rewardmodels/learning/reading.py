"""Rows of a frozen snapshot, in the layout `raw`, to evidence."""

from collections.abc import Iterable, Mapping
from typing import Any

from lm.templates import Conversation, conversation
from rewardmodels.learning.evidence import UNKNOWN, Candidate, Evidence, Pair

WATCHED = {"person", "simulated"}  # origins whose shown order is what the annotator really saw


class Reader:
    """Collects rows; each candidate, annotator and cluster stands once."""

    def __init__(self) -> None:
        self.evidence = Evidence()
        self._candidates: dict[object, int] = {}
        self._annotators: dict[str, int] = {}
        self._clusters: dict[str, int] = {}

    def take(self, row: Mapping[str, Any]) -> None:
        if row["kind"] in {"pairwise", "cardinal"} and len(row["responses"]) == 2:
            self.evidence.pairs.append(self._pair(row))
        else:
            kind = str(row["kind"])
            self.evidence.unused[kind] = self.evidence.unused.get(kind, 0) + 1

    def _pair(self, row: Mapping[str, Any]) -> Pair:
        prompt = conversation(row["prompt"])
        ids = [response["id"] for response in row["responses"]]
        first, second = (self._candidate(prompt, response["text"]) for response in row["responses"])
        preferred = row["answer"]["preferred"]
        shown = row.get("shown_order") or []
        is_known = row.get("origin") in WATCHED and set(shown) == set(ids)
        return Pair(
            first=first,
            second=second,
            outcome=0 if preferred is None else 1 if preferred == ids[0] else -1,
            strength=int(row["answer"].get("strength") or UNKNOWN),
            side=UNKNOWN if not is_known else 1 if shown[0] == ids[0] else -1,
            annotator=index_of(str(row["annotator"]), self._annotators, self.evidence.annotators),
            cluster=index_of(root(prompt), self._clusters, self.evidence.clusters),
            split=str(row["split"]),
        )

    def _candidate(self, prompt: Conversation, response: str) -> int:
        key = Candidate(prompt, response)
        hashable = (tuple((turn["role"], turn["content"]) for turn in prompt), response)
        return index_of(key, self._candidates, self.evidence.candidates, hashable)


def index_of(value: Any, known: dict[Any, int], listed: list[Any], key: Any = None) -> int:
    """The place of a value in a list that holds each once."""
    key = value if key is None else key
    if key not in known:
        known[key] = len(listed)
        listed.append(value)
    return known[key]


def root(prompt: Conversation) -> str:
    """The conversation's first user turn, case and spacing aside: what splits and bootstraps keep together."""
    first = next((turn["content"] for turn in prompt if turn["role"] == "user"), "")
    return " ".join(first.casefold().split())


def read(rows: Iterable[Mapping[str, Any]]) -> Evidence:
    """Evidence from rows, whatever their order: candidates are counted in the order of the rows given."""
    reader = Reader()
    for row in rows:
        reader.take(row)
    return reader.evidence
