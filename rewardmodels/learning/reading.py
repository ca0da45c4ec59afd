"""Rows of a frozen snapshot, in the layout `raw`, to evidence."""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from lm.templates import Conversation, conversation
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.judgments import (
    ALONE,
    UNKNOWN,
    Amount,
    Candidate,
    Pair,
    Question,
    Ranking,
    Rating,
    Verdict,
)

WATCHED = {"person", "simulated"}  # origins whose shown order is what the annotator really saw
EQUAL = "cardinal of two equal answers"
KINDS = ("pairwise", "cardinal", "binary", "ranking", "rating")  # of judgments, as the product names them


class About(NamedTuple):
    """What every judgment of a row has."""

    annotator: int
    cluster: int
    split: str


class Reader:
    """Collects rows of the kinds that are asked for; each candidate, annotator and cluster stands once."""

    def __init__(self, kinds: Collection[str] = KINDS) -> None:
        self.evidence = Evidence()
        self.kinds = kinds
        self._places: dict[str, dict[Any, int]] = {}

    def take(self, row: Mapping[str, Any]) -> None:
        kind = str(row["kind"])
        if kind not in self.kinds or kind not in KINDS:
            self.evidence.unused[kind] = self.evidence.unused.get(kind, 0) + 1
            return
        self.evidence.rows[kind] = self.evidence.rows.get(kind, 0) + 1
        prompt = conversation(row["prompt"])
        annotator = self._place("annotators", str(row["annotator"]))
        about = About(annotator, self._place("clusters", root(prompt)), str(row["split"]))
        self.evidence.groups[annotator] = [str(name) for name in row.get("groups") or []]
        candidates = {str(part["id"]): self._candidate(prompt, part) for part in row["responses"]}
        if kind == "pairwise":
            self._pair(row, candidates, about)
        elif kind == "cardinal":
            self._cardinal(row, candidates, about)
        elif kind == "binary":
            (candidate,) = candidates.values()
            self.evidence.verdicts.append(Verdict(candidate, bool(row["answer"]["desirable"]), *about))
        elif kind == "ranking":
            ranks = {str(said): rank for rank, group in enumerate(row["answer"]["order"]) for said in group}
            order = tuple(ranks[said] for said in candidates)
            self.evidence.rankings.append(Ranking(tuple(candidates.values()), order, *about))
        else:
            (candidate,) = candidates.values()
            for aspect, mark in sorted(row["answer"]["ratings"].items()):
                self.evidence.ratings.append(Rating(candidate, self._place("aspects", aspect), int(mark), *about))

    def _pair(
        self, row: Mapping[str, Any], candidates: dict[str, int], about: About, *, has_amount: bool = False
    ) -> Pair:
        ids = list(candidates)
        preferred = row["answer"]["preferred"]
        shown = [str(part) for part in row.get("shown_order") or []]
        is_known = row.get("origin") in WATCHED and set(shown) == set(ids)
        pair = Pair(
            first=candidates[ids[0]],
            second=candidates[ids[1]],
            outcome=0 if preferred is None else 1 if str(preferred) == ids[0] else -1,
            strength=int(row["answer"].get("strength") or UNKNOWN),
            side=UNKNOWN if not is_known else 1 if shown[0] == ids[0] else -1,
            annotator=about.annotator,
            cluster=about.cluster,
            split=about.split,
            has_amount=has_amount,
            sampling=str(row.get("sampling") or ""),
        )
        self.evidence.pairs.append(pair)
        return pair

    def _cardinal(self, row: Mapping[str, Any], candidates: dict[str, int], about: About) -> None:
        """An amount, and between two answers the preference that it holds.

        Two models may have given the same answer: it is worth no more than itself, so the amount tells nothing of it.
        """
        interval = interval_of(row["answer"])
        if interval is not None and len(set(candidates.values())) < len(candidates):
            interval = None
            self.evidence.unused[EQUAL] = self.evidence.unused.get(EQUAL, 0) + 1
        names = ("elicitation", "incentive")
        version = int(row.get("guidelines_version") or 0)
        question = Question(str(row.get("currency") or ""), version, *(str(row.get(name) or "") for name in names))
        if len(candidates) == 1:
            (first,) = candidates.values()
            second, outcome, side = ALONE, 1, UNKNOWN
        else:
            pair = self._pair(row, candidates, about, has_amount=interval is not None)
            first, second, outcome, side = pair.first, pair.second, pair.outcome, pair.side
        if interval is not None:
            self.evidence.amounts.append(
                Amount(
                    first=first,
                    second=second,
                    outcome=outcome,
                    low=interval[0],
                    high=interval[1],
                    question=self._place("questions", question),
                    is_listed="rows" in row["answer"],
                    side=side,
                    annotator=about.annotator,
                    cluster=about.cluster,
                    split=about.split,
                )
            )

    def _candidate(self, prompt: Conversation, part: Mapping[str, Any]) -> int:
        response = str(part["text"])
        turns = tuple((turn["role"], turn["content"]) for turn in prompt)
        known = self._places.setdefault("candidates", {})
        if (turns, response) not in known:
            known[turns, response] = len(self.evidence.candidates)
            self.evidence.candidates.append(Candidate(prompt, response))
            self.evidence.sources.append(str(part.get("source") or ""))
            prompts = self._places.setdefault("prompts", {})
            self.evidence.prompt_of.append(prompts.setdefault(turns, len(prompts)))
        return known[turns, response]

    def _place(self, name: str, value: Any) -> int:
        """The place of a value in the evidence's list of that name, which holds each once."""
        known, listed = self._places.setdefault(name, {}), getattr(self.evidence, name)
        if value not in known:
            known[value] = len(listed)
            listed.append(value)
        return known[value]


def interval_of(answer: Mapping[str, Any]) -> tuple[float, float] | None:
    """Where the amount lies: between the last price taken below every refusal and the first refused above every yes."""
    if "rows" in answer:
        refused = [float(row["price"]) for row in answer["rows"] if not row["buys"]]
        taken = [float(row["price"]) for row in answer["rows"] if row["buys"]]
        low = max((price for price in taken if price < min(refused, default=math.inf)), default=0.0)
        return low, min((price for price in refused if price > max(taken, default=-math.inf)), default=math.inf)
    if answer.get("amount") is None:
        return None
    return float(answer["amount"]), float(answer["amount"])


def root(prompt: Conversation) -> str:
    """The conversation's first user turn, case and spacing aside: what splits and bootstraps keep together."""
    first = next((turn["content"] for turn in prompt if turn["role"] == "user"), "")
    return " ".join(first.casefold().split())


def read(rows: Iterable[Mapping[str, Any]], kinds: Collection[str] = KINDS) -> Evidence:
    """Evidence from rows, whatever their order: candidates are counted in the order of the rows given."""
    reader = Reader(kinds)
    for row in rows:
        reader.take(row)
    return reader.evidence
