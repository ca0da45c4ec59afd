"""What stands beside people's verdict on the models: apps above this one say what they foretold."""

from collections.abc import Callable

from accounts.scope import Scope
from annotation.models import Project

Line = tuple[str, str, str]  # address, tone, words
Teller = Callable[[Scope, Project], list[Line]]

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Called from AppConfig.ready."""
    if teller not in _tellers:
        _tellers.append(teller)


def of(scope: Scope, project: Project) -> list[Line]:
    return [line for teller in _tellers for line in teller(scope, project)]
