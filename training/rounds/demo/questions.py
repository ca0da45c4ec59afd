"""Which questions are asked about the everyday requests, a project each."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from training.rounds.demo import requests
from training.rounds.demo.requests import Answer, Request

CURRENCY = "USD"
ASPECTS = ("correctness", "helpfulness", "tone")
PAIRS = list(combinations(range(4), 2))


@dataclass(frozen=True)
class Question:
    """One task to be: a request, and the answers that it is about."""

    kind: str
    request: Request
    answers: tuple[Answer, ...]

    def record(self) -> dict[str, Any]:
        """As an import reads it: responses have their places for ids, and nothing tells how good they are."""
        responses = [{"id": str(place), **answer.candidate()} for place, answer in enumerate(self.answers)]
        metadata = {"domain": self.request.domain}
        return {"id": self.request.key, "prompt": self.request.prompt, "responses": responses, "metadata": metadata}


def of_pairs(kind: str, first: int, count: int) -> list[Question]:
    """So many pairs of each request, of its six, beginning with another one at each."""
    found = []
    for number, request in enumerate(requests.all_of_them()):
        for place in range(first, first + count):
            chosen = PAIRS[(number + place) % len(PAIRS)]
            found.append(Question(kind, request, tuple(request.answers[each] for each in chosen)))
    return found


def of_singles(kind: str, wanted: int) -> list[Question]:
    """So many answers of each request, one a question."""
    every = enumerate(requests.all_of_them())
    return [
        Question(kind, request, (request.answers[(number + place) % 4],))
        for number, request in every
        for place in range(wanted)
    ]


def of_rankings() -> list[Question]:
    """All four answers at once."""
    return [Question("ranking", request, request.answers) for request in requests.all_of_them()]


def pairs() -> list[Question]:
    return of_pairs("pairwise", 0, 3)


def amounts() -> list[Question]:
    return of_pairs("cardinal", 1, 2)


def every_kind() -> list[Question]:
    """What a joint reward model learns from: all kinds about the same answers."""
    of_each = [of_pairs("pairwise", 3, 2), of_pairs("cardinal", 0, 2), of_singles("binary", 3), of_singles("rating", 3)]
    return [*(question for found in of_each for question in found), *of_rankings()]
