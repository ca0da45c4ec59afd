"""The algorithms by name: some sample as they learn, some learn from frozen judgments, one merges, one chooses."""

from typing import TypeGuard

from training.learning.direct.settings.common import Direct
from training.learning.direct.settings.kinds import KINDS
from training.learning.settings.algorithms import ALGORITHMS
from training.learning.settings.mixtures import Soup
from training.learning.settings.oneshot import Mocan, OneShot, Pecan
from training.learning.settings.online import Online
from training.learning.settings.selections import BestOfN

Settings = Online | Direct | Soup | BestOfN
SHOTS: dict[str, type[OneShot]] = {Mocan.kind: Mocan, Pecan.kind: Pecan}
ALL: dict[str, type[Settings]] = {
    **ALGORITHMS,
    **KINDS,
    **SHOTS,
    Soup.name: Soup,
    BestOfN.name: BestOfN,
}


def is_direct(settings: object) -> TypeGuard[Direct]:
    """Whether it learns from a snapshot; one shot learns as DPO does, from labels of its own."""
    return is_a(settings, Direct) and not is_one_shot(settings)


def is_one_shot(settings: object) -> TypeGuard[OneShot]:
    return is_a(settings, OneShot)


def is_by_policies(settings: object) -> TypeGuard[Pecan]:
    """Whether aligned policies stand where one shot has reward models."""
    return is_a(settings, Pecan)


def is_merge(settings: object) -> TypeGuard[Soup]:
    return is_a(settings, Soup)


def is_selection(settings: object) -> TypeGuard[BestOfN]:
    return is_a(settings, BestOfN)


def is_a(settings: object, kind: type) -> bool:
    """Settings of the kind, or a class of such."""
    return isinstance(settings, kind) or (isinstance(settings, type) and issubclass(settings, kind))
