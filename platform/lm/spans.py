"""Attention over texts that stand in one row without padding: each run of queries sees a run of keys of its own.

On CUDA one kernel does all of them (FlashAttention, Dao 2023, for half precision; the memory-efficient one for fp32);
elsewhere they are done one by one. With causal spans the last query sees the last key, the one before it one key less.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

HALVES = (torch.bfloat16, torch.float16)
TO_THE_LAST_KEY = 2  # how the memory-efficient kernel names this causal mask


@dataclass(frozen=True)
class Spans:
    """How many queries and keys stand in each run, in the order of the rows."""

    queries: tuple[int, ...]
    keys: tuple[int, ...]
    is_causal: bool
    device: torch.device

    @cached_property
    def query_ends(self) -> Tensor:  # (runs + 1,) int32
        return torch.tensor([0, *accumulate(self.queries)], dtype=torch.int32, device=self.device)

    @cached_property
    def key_ends(self) -> Tensor:  # (runs + 1,) int32
        return torch.tensor([0, *accumulate(self.keys)], dtype=torch.int32, device=self.device)


def attention(query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float | None = None) -> Tensor:
    """(queries, heads, part) of (queries, heads, part) and twice (keys, groups, part); groups divide heads."""
    query, key, value = in_one_precision(query, key, value)
    if query.is_cuda and query.shape[-1] % 8 == 0 and query.dtype in HALVES:
        return flash(query, key, value, spans, scale)
    repeats = query.shape[1] // key.shape[1]
    if repeats > 1:
        key, value = key.repeat_interleave(repeats, 1), value.repeat_interleave(repeats, 1)
    if query.is_cuda and query.shape[-1] % 8 == 0 and query.dtype == torch.float32:
        return efficient(query, key, value, spans, scale)
    return one_by_one(query, key, value, spans, scale)


def in_one_precision(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """In that of autocast where it is on: rotations leave queries and keys in fp32."""
    device = query.device.type
    if torch.is_autocast_enabled(device):
        half = torch.get_autocast_dtype(device)
        return query.to(half), key.to(half), value.to(half)
    return query, key, value


def flash(query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float | None) -> Tensor:
    found: Tensor = torch.ops.aten._flash_attention_forward(
        query,
        key,
        value,
        spans.query_ends,
        spans.key_ends,
        max(spans.queries),
        max(spans.keys),
        0.0,
        spans.is_causal,
        False,
        scale=scale,
    )[0]
    return found


def efficient(query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float | None) -> Tensor:
    found: Tensor = torch.ops.aten._efficient_attention_forward(
        query[None],
        key[None],
        value[None],
        None,
        spans.query_ends,
        spans.key_ends,
        max(spans.queries),
        max(spans.keys),
        0.0,
        TO_THE_LAST_KEY if spans.is_causal else 0,
        True,
        scale=scale,
    )[0]
    return found[0]


def one_by_one(query: Tensor, key: Tensor, value: Tensor, spans: Spans, scale: float | None) -> Tensor:
    parts = zip(query.split(spans.queries), key.split(spans.keys), value.split(spans.keys), strict=True)
    return torch.cat([alone(*three, is_causal=spans.is_causal, scale=scale) for three in parts])


def alone(query: Tensor, key: Tensor, value: Tensor, *, is_causal: bool, scale: float | None) -> Tensor:
    """One run: (queries, heads, part)."""
    asked, seen = len(query), len(key)
    mask = None
    if is_causal and asked < seen:
        mask = torch.ones(asked, seen, dtype=torch.bool, device=query.device).tril(seen - asked)
    query, key, value = (part.transpose(0, 1)[None] for part in (query, key, value))
    found = scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=is_causal and mask is None, scale=scale
    )
    return found[0].transpose(0, 1)
