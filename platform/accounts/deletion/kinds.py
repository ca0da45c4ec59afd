"""What can be deleted and brought back, and what may depend on it: the apps above name theirs from AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from web.words import Words

MOST_NAMED = 10  # of each sort; the rest is counted


class Dependants(NamedTuple):
    """Things of one sort that lie in another or were made from it, standing ones alone."""

    words: str  # "3 runs"
    number: int
    named: list[tuple[str, str]]  # the newest: what each is called, and its address
    goes: bool = False  # out of sight with it, and back with it; else it stays

    @property
    def more(self) -> int:
        """How many are counted and not named."""
        return self.number - len(self.named) if self.named else 0


Finder = Callable[[Scope, Any], Dependants]


def nothing(*_given: Any) -> None:
    """Nothing else has to be done."""


def nobody_minds(_thing: Any) -> str:
    return ""


def remove_row(thing: Any) -> None:
    thing.delete()


@dataclass(frozen=True)
class Kind:
    """A model with a `deleted_at`: its rows stand while that is empty."""

    name: str  # as the trail calls it: "run"
    title: Words  # "Run"
    model: type[Model]
    index: Callable[[str, Any], str]  # (slug of the workspace, one of them) → the page that lists it
    url: Callable[[str, UUID], str]  # (slug of the workspace, id) → its own page
    goes: Words  # what goes with it, in a sentence
    bar: Callable[[Any], str] = nobody_minds  # why it cannot be deleted as it stands, in a sentence
    stop: Callable[[Scope, Any], None] = nothing  # ends what it is doing; its row is locked
    remove: Callable[[Any], None] = remove_row  # its rows and files, for good
    clear: Callable[[Any], None] = nothing  # its files alone, where something that stands holds its row
    workspace: str = "workspace"  # the path to it
    within: Q = field(default_factory=Q)  # what it lies in stands

    def rows(self) -> QuerySet[Any]:
        """Deleted ones too."""
        return self.model._default_manager.all()

    def of_workspace(self, workspace: Workspace) -> QuerySet[Any]:
        return self.rows().filter(self.within, **{self.workspace: workspace})


def listed(page: str) -> Callable[[str, Any], str]:
    """All of the workspace on one page."""
    return lambda slug, _thing: reverse(page, kwargs={"slug": slug})


_kinds: dict[str, Kind] = {}
_finders: dict[str, dict[str, Finder]] = {}


def register(kind: Kind) -> None:
    """What is made from a kind is registered after it: it has to go first. A second time changes nothing."""
    _kinds[kind.name] = kind


def register_dependants(kind: str, sort: str, finder: Finder) -> None:
    _finders.setdefault(kind, {})[sort] = finder


def known() -> list[Kind]:
    return list(_kinds.values())


def find(name: str) -> Kind:
    if name not in _kinds:
        raise Http404(_("There is nothing of that kind that can be deleted."))
    return _kinds[name]


def dependants(scope: Scope, kind: Kind, thing: Any) -> list[Dependants]:
    """What was made from it and stands, sort by sort; what there is none of is left out."""
    found = [finder(scope, thing) for finder in _finders.get(kind.name, {}).values()]
    return [one for one in found if one.number]


def standing(scope: Scope, name: str, rows: QuerySet[Any], say: Callable[[int], str]) -> Dependants:
    """Of things that are of a kind themselves: those of the workspace that stand, each with its own page."""
    kind = find(name)
    found = rows.filter(kind.within, deleted_at=None, **{kind.workspace: scope.workspace})
    return counted(found, say, lambda one: kind.url(scope.workspace.slug, one.pk))


def counted(rows: QuerySet[Any], say: Callable[[int], str], address: Callable[[Any], str]) -> Dependants:
    """Of a queryset: the newest by name, all of them in number."""
    count = rows.count()
    named = [(str(row), address(row)) for row in rows.order_by("-created_at")[:MOST_NAMED]]
    return Dependants(say(count), count, named)
