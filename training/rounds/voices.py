"""What people said in one comparison of a new policy with an old one, and what many such say together."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Voice:
    """One comparison: what it says for the new policy, 1, 0 or −1, and in money where that was asked."""

    prompt: str
    conversation: str  # prompts of one conversation hang together
    annotator: str
    text: str  # the prompt's last turn
    outcome: int
    money: float | None = None
    currency: str = ""


class Interval(NamedTuple):
    """A figure with its 95 % interval; without one where there is too little to tell."""

    value: float
    low: float | None
    high: float | None
