"""What a small policy is made of, and the name under which it is kept. No torch here: pages and forms may ask."""

import hashlib
from dataclasses import dataclass, fields

from rewardmodels.learning.world.grammar import STANDARD, Grammar

VERSION = 2  # raised when the way of making changes without a number below


@dataclass(frozen=True)
class Recipe:
    """A Llama of these sizes, trained on this many fresh answers of the grammar."""

    layers: int = 4
    width: int = 192
    feed_forward: int = 512
    heads: int = 4
    vocabulary: int = 640  # a fifth fewer tokens than with 512, since nearly every word is one
    positions: int = 512
    steps: int = 720
    batch: int = 24  # answers a step
    matrix_rate: float = 0.01  # of Muon, for the layers' matrices
    learning_rate: float = 4e-3  # of AdamW, for embeddings and norms
    warmup: int = 30  # steps
    cooldown: float = 0.6  # the last share of the steps, over which both rates fall
    seed: int = 0
    grammar: Grammar = STANDARD

    def __post_init__(self) -> None:
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError("The width must be an even multiple of the number of heads.")
        if self.vocabulary < 300 or min(self.steps, self.batch, self.layers) < 1:
            raise ValueError("A policy needs a step, a layer, an answer a step, and 300 tokens: 256 bytes and a few.")

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits over every number here and in the grammar."""
        numbers = [getattr(self, one.name) for one in fields(self) if one.name != "grammar"]
        return hashlib.sha256(repr([VERSION, self.grammar.fingerprint, *numbers]).encode()).hexdigest()[:16]


STANDARD_RECIPE = Recipe()
