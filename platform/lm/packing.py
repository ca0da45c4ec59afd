"""Encoders without padding: all texts of a batch stand in one row, and each attends to itself alone.

What a token goes through by itself (embeddings, projections, norms) runs over the whole row; attention runs over texts
of equal length together. Of the last layer only the pooled token is computed, for nobody reads the others. Both leave
the mathematics as it is, and what a text gets does not depend on the texts beside it.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attention
from torch.utils.checkpoint import checkpoint

PACKED = {"bert": 0, "roberta": 1, "xlm-roberta": 1, "camembert": 1}  # 1: positions begin behind the padding index


def is_packable(model: Any) -> bool:
    """Whether the layers are built as BERT's are and see in both directions."""
    return model.config.model_type in PACKED and not model.config.is_decoder


def pooled(model: Any, sequences: Sequence[Sequence[int]]) -> Tensor:
    """(n, width): the last hidden state of each text's first token."""
    lengths = [len(sequence) for sequence in sequences]
    device = model.device
    hidden = embedded(model, sequences).squeeze(0)
    *layers, last = model.encoder.layer
    for layer in layers:
        if layer.training:  # the mark of lm.recomputing
            hidden = checkpoint(layer_of_all, layer, hidden, lengths, use_reentrant=False)
        else:
            hidden = layer_of_all(layer, hidden, lengths)
    starts = torch.tensor([0, *lengths[:-1]], device=device).cumsum(0)
    return layer_of_first(last, hidden, lengths, starts)


def embedded(model: Any, sequences: Sequence[Sequence[int]]) -> Tensor:
    """(1, tokens, width)"""
    offset = (model.config.pad_token_id + 1) if PACKED[model.config.model_type] else 0
    ids = torch.tensor([[token for sequence in sequences for token in sequence]], device=model.device)
    counted = [offset + position for sequence in sequences for position in range(len(sequence))]
    return model.embeddings(input_ids=ids, position_ids=torch.tensor([counted], device=model.device))


def layer_of_all(layer: Any, hidden: Tensor, lengths: list[int]) -> Tensor:  # (tokens, width) → (tokens, width)
    own = layer.attention.self
    sizes = [length * count for length, count in runs(lengths)]
    parts = zip(*(part(hidden).split(sizes) for part in (own.query, own.key, own.value)), strict=True)
    context = [
        attended(*(headed(part, own, count) for part in three))
        for three, (_, count) in zip(parts, runs(lengths), strict=True)
    ]
    found = layer.attention.output(torch.cat(context), hidden)
    return layer.output(layer.intermediate(found), found)


def layer_of_first(layer: Any, hidden: Tensor, lengths: list[int], starts: Tensor) -> Tensor:  # → (n, width)
    own = layer.attention.self
    counts = [count for _, count in runs(lengths)]
    sizes = [length * count for length, count in runs(lengths)]
    first = hidden[starts]
    parts = zip(
        own.query(first).split(counts), own.key(hidden).split(sizes), own.value(hidden).split(sizes), strict=True
    )
    context = [
        attended(*(headed(part, own, count) for part in three)) for three, count in zip(parts, counts, strict=True)
    ]
    found = layer.attention.output(torch.cat(context), first)
    return layer.output(layer.intermediate(found), found)


def runs(lengths: list[int]) -> list[tuple[int, int]]:
    """(length, how many in a row have it)"""
    return [(length, len(list(group))) for length, group in groupby(lengths)]


def headed(states: Tensor, own: Any, count: int) -> Tensor:  # (count · length, width) → (count, heads, length, part)
    return states.view(count, -1, own.num_attention_heads, own.attention_head_size).transpose(1, 2)


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:  # → (count · length, width)
    """What each query attends to, its heads side by side again."""
    return attention(query, key, value).transpose(1, 2).flatten(2).flatten(0, 1)
