"""Random numbers keyed by what they are for, never by process or order of calls."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def number(seed: int, *purpose: object) -> int:
    """A whole number below 2⁶³ that follows from the seed and the words."""
    words = "/".join([str(seed), *map(str, purpose)])
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big") >> 1


def generator(seed: int, *purpose: object) -> "torch.Generator":
    import torch  # here, because the web draws prompts of the text world and never loads torch

    return torch.Generator().manual_seed(number(seed, *purpose))


def numpy_generator(seed: int, *purpose: object) -> np.random.Generator:
    return np.random.default_rng(number(seed, *purpose))
