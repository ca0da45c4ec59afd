"""Losses of tokens whose gradient raises the chance of what was better."""

import torch
from torch import Tensor


def reinforce(log_probs: Tensor, advantages: Tensor, answers: int) -> Tensor:
    """(): −Σ A log π over tokens, for each of so many answers; A is a constant, each token's own (tokens,).

    An answer is one action: its tokens share its advantage, and no length divides it.
    """
    return -(advantages.detach() * log_probs).sum() / max(1, answers)


def spread_out(values: Tensor, lengths: Tensor) -> Tensor:  # (answers,) → (tokens,)
    """Each answer's value at each of its tokens."""
    return torch.repeat_interleave(values, lengths)
