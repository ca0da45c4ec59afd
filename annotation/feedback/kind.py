"""What one kind of question can do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from annotation.feedback.reading import Context
from annotation.feedback.rows import Row


class Answer(Protocol):
    """A checked answer; `columns` are what the database keeps beside the answer as it was given."""

    @property
    def columns(self) -> dict[str, Any]: ...


Sides = Mapping[str, int]  # id of a response → the number under which it was shown


def no_pairs(row: Row) -> Iterator[tuple[str, str]]:
    return iter(())


def no_ranks(row: Row) -> list[int]:
    return []


@dataclass(frozen=True)
class Feedback:
    """A kind by its name: each module of a kind ends with its own."""

    name: str
    label: Any  # a lazily translated word or two
    description: Any  # a lazily translated sentence
    responses: tuple[int, int]  # at least, at most
    parse: Callable[[dict[str, Any], Context], Any]
    rename: Callable[[dict[str, Any], Mapping[str, Any]], dict[str, Any]]
    is_correct: Callable[[Any, Any, float | None], bool]
    schema: dict[str, Any]
    tell: Callable[[dict[str, Any], Sides, str], str]  # answer, sides, currency → a few words for its author
    pairs: Callable[[Row], Iterator[tuple[str, str]]] = no_pairs
    ties: Callable[[Row], Iterator[tuple[str, str]]] = no_pairs
    ranks: Callable[[Row], list[int]] = no_ranks

    def takes(self, count: int) -> bool:
        return self.responses[0] <= count <= self.responses[1]

    @property
    def is_single(self) -> bool:
        return self.responses == (1, 1)
