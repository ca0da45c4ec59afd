"""The algorithms by name: those that sample from the policy as it learns, those that learn from frozen judgments."""

from typing import TypeGuard

from training.learning.direct.settings import KINDS, Direct
from training.learning.settings.algorithms import ALGORITHMS
from training.learning.settings.online import Online

Settings = Online | Direct
ALL: dict[str, type[Settings]] = {**ALGORITHMS, **KINDS}


def is_direct(settings: object) -> TypeGuard[Direct]:
    return isinstance(settings, Direct) or (isinstance(settings, type) and issubclass(settings, Direct))
