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


def clipped(log_probs: Tensor, before: Tensor, advantages: Tensor, weights: Tensor, clip: float) -> Tensor:
    """(): PPO's surrogate (Schulman et al., arXiv 1707.06347), tokens summed with their weights.

    `before` are the log-probabilities that the tokens were sampled with. All (tokens,).
    """
    ratio = (log_probs - before).exp()
    bounded = ratio.clamp(1 - clip, 1 + clip)
    return -(weights * torch.minimum(ratio * advantages.detach(), bounded * advantages.detach())).sum()
