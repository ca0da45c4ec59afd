"""Token-budget batches of similar lengths, padded on either side with explicit positions."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Batch(NamedTuple):
    """Padded token sequences. The mask is True where a token counts."""

    ids: Tensor  # (batch, length) int64
    mask: Tensor  # (batch, length) bool
    positions: Tensor  # (batch, length) int64: 0 at each sequence's first token, whatever the padding side


def batches(lengths: Sequence[int], budget: int, most: int = 256) -> list[list[int]]:
    """Indices grouped so that padded size stays within `budget` tokens; longest first, ties by index."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    groups: list[list[int]] = []
    for index in order:
        fits = groups and lengths[groups[-1][0]] * (len(groups[-1]) + 1) <= budget and len(groups[-1]) < most
        if fits:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def packs(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices grouped so that their tokens together stay within `budget`; longest first, ties by index."""
    groups: list[list[int]] = []
    room = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if not groups or lengths[index] > room:
            groups.append([])
            room = budget
        groups[-1].append(index)
        room -= lengths[index]
    return groups


def pad(sequences: Sequence[Sequence[int]], pad_id: int, side: str = "right") -> Batch:
    """One batch of the sequences; `side` is where the padding goes."""
    length = max(len(sequence) for sequence in sequences)
    ids = torch.full((len(sequences), length), pad_id, dtype=torch.int64)
    mask = torch.zeros((len(sequences), length), dtype=torch.bool)
    for row, sequence in enumerate(sequences):
        where = slice(0, len(sequence)) if side == "right" else slice(length - len(sequence), length)
        ids[row, where] = torch.tensor(sequence, dtype=torch.int64)
        mask[row, where] = True
    return Batch(ids, mask, (mask.cumsum(1) - 1).clamp(min=0))


def token_index(mask: Tensor, token: str) -> Tensor:  # mask (batch, length) bool → (batch,) int64
    """Where each sequence's first or last attended token stands."""
    steps = torch.arange(mask.shape[1], device=mask.device)
    if token == "first":  # noqa: S105 - a token of text
        return torch.where(mask, steps, mask.shape[1]).amin(1)
    return torch.where(mask, steps, -1).amax(1)
