"""What was made of judgments further up: the apps above say what learned from a snapshot, a judgment or a person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from accounts.models import Annotator
from accounts.scope import Scope
from annotation.models import Project, Snapshot


@dataclass(frozen=True)
class Descendant:
    """One thing that learned, as a page shows it."""

    name: str
    url: str
    standing: str  # a state that the badge knows
    judgments: int = 0  # how many of those asked for are in it
    gone: int = 0  # how many of them count no more


class Family(NamedTuple):
    """How an app finds what it made; a person who may not see it finds nothing."""

    of_snapshot: Callable[[Scope, Snapshot], list[Descendant]]
    of_judgments: Callable[[Scope, Iterable[UUID]], dict[UUID, list[Descendant]]]
    of_annotator: Callable[[Scope, Project, Annotator], list[Descendant]]


_families: list[Family] = []


def register(family: Family) -> None:
    """Called from AppConfig.ready; a second time changes nothing."""
    if family not in _families:
        _families.append(family)


def of_snapshot(scope: Scope, snapshot: Snapshot) -> list[Descendant]:
    return [one for family in _families for one in family.of_snapshot(scope, snapshot)]


def of_judgments(scope: Scope, judgments: Iterable[UUID]) -> dict[UUID, list[Descendant]]:
    """By judgment; one that nothing learned from is not among them."""
    wanted = list(judgments)
    found: dict[UUID, list[Descendant]] = {}
    for family in _families:
        for judgment, made in family.of_judgments(scope, wanted).items():
            found.setdefault(judgment, []).extend(made)
    return found


def of_annotator(scope: Scope, project: Project, annotator: Annotator) -> list[Descendant]:
    return [one for family in _families for one in family.of_annotator(scope, project, annotator)]
