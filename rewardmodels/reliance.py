"""What goes on by a reward model and stops with its standing: the apps above name theirs from AppConfig.ready."""

from collections.abc import Callable
from typing import NamedTuple

from accounts.scope import Scope
from rewardmodels.models import RewardModel, Standing


class Going(NamedTuple):
    name: str
    url: str
    takes_candidates: bool  # goes on with a candidate, and stops with one that is retired


Finder = Callable[[Scope, RewardModel], list[Going]]
_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """A second time changes nothing."""
    if finder not in _finders:
        _finders.append(finder)


def going(scope: Scope, model: RewardModel) -> list[Going]:
    """Those that another standing stops first."""
    if model.standing == Standing.RETIRED:
        return []
    found = [one for finder in _finders for one in finder(scope, model)]
    if model.standing == Standing.CANDIDATE:
        return [one for one in found if one.takes_candidates]
    return sorted(found, key=lambda one: one.takes_candidates)
