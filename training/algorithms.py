"""The algorithms by name: some sample from the policy as it learns, some learn from frozen judgments, one merges."""

from typing import TypeGuard

from training.learning.direct.settings import KINDS, Direct
from training.learning.settings.algorithms import ALGORITHMS
from training.learning.settings.mixtures import Soup
from training.learning.settings.online import Online

Settings = Online | Direct | Soup
ALL: dict[str, type[Settings]] = {**ALGORITHMS, **KINDS, Soup.name: Soup}


def is_direct(settings: object) -> TypeGuard[Direct]:
    return isinstance(settings, Direct) or (isinstance(settings, type) and issubclass(settings, Direct))


def is_merge(settings: object) -> TypeGuard[Soup]:
    return isinstance(settings, Soup) or (isinstance(settings, type) and issubclass(settings, Soup))
