"""Which split a conversation belongs to: a keyed hash of its first user turn, so no conversation is in two."""

import hashlib
import math
import re

from django.utils.translation import gettext as _

from annotation.canonical import Messages, first_turn
from api.refusals import Invalid

DEFAULT = {"train": 0.8, "validation": 0.1, "test": 0.1}
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}\Z")


def check(splits: object) -> dict[str, float]:
    """Names with shares that make up the whole."""
    if not isinstance(splits, dict) or not 1 <= len(splits) <= 10:
        raise Invalid(_("Expected 1 to 10 splits with their shares."), field="splits")
    for name, share in splits.items():
        if not NAME.match(name):
            raise Invalid(_("A split's name is a lower-case word of at most 20 letters."), field=f"splits.{name}"[:80])
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise Invalid(_("A share is a number above 0 and at most 1."), field=f"splits.{name}")
    if abs(math.fsum(splits.values()) - 1) > 1e-9:
        raise Invalid(_("The shares must add up to 1."), field="splits")
    return {name: float(share) for name, share in splits.items()}


def of(prompt: Messages, splits: dict[str, float], seed: int) -> str:
    """The split of a prompt; the names in their alphabet divide the line from 0 to 1."""
    key = str(seed).encode()
    digest = hashlib.blake2b(first_turn(prompt).encode(), digest_size=8, key=key).digest()
    point = int.from_bytes(digest, "big") / 2**64
    names = sorted(splits)
    reached = 0.0
    for name in names:
        reached += splits[name]
        if point < reached:
            return name
    return names[-1]
