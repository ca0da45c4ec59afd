"""Encoders without padding: all texts of a batch stand in one row, and each attends to itself alone.

What a token goes through by itself (embeddings, projections, norms) runs over the whole row. Attention runs over all
texts in one kernel on CUDA, and over texts of equal length together elsewhere. Of the last layer only the pooled token
is computed, for nobody reads the others. All of it leaves the mathematics as it is, and what a text gets does not
depend on the texts beside it.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention as attention
from torch.utils.checkpoint import checkpoint

from lm import spans
from lm.spans import Spans

PACKED = {"bert": 0, "roberta": 1, "xlm-roberta": 1, "camembert": 1}  # 1: positions begin behind the padding index


def is_packable(model: Any) -> bool:
    """Whether the layers are built as BERT's are and see in both directions."""
    return model.config.model_type in PACKED and not model.config.is_decoder


def pooled(model: Any, sequences: Sequence[Sequence[int]]) -> Tensor:
    """(n, width): the last hidden state of each text's first token."""
    lengths, device = tuple(len(sequence) for sequence in sequences), model.device
    every = Spans(lengths, lengths, is_causal=False, device=device)
    firsts = Spans((1,) * len(lengths), lengths, is_causal=False, device=device)
    hidden = embedded(model, sequences).squeeze(0)
    *layers, last = model.encoder.layer
    for layer in layers:
        if layer.training:  # the mark of lm.recomputing
            hidden = checkpoint(layer_of, layer, hidden, hidden, every, use_reentrant=False)
        else:
            hidden = layer_of(layer, hidden, hidden, every)
    starts = torch.tensor([0, *lengths[:-1]], device=device).cumsum(0)
    return layer_of(last, hidden[starts], hidden, firsts)


def embedded(model: Any, sequences: Sequence[Sequence[int]]) -> Tensor:
    """(1, tokens, width)"""
    offset = (model.config.pad_token_id + 1) if PACKED[model.config.model_type] else 0
    ids = torch.tensor([[token for sequence in sequences for token in sequence]], device=model.device)
    counted = [offset + position for sequence in sequences for position in range(len(sequence))]
    return model.embeddings(input_ids=ids, position_ids=torch.tensor([counted], device=model.device))


def layer_of(layer: Any, asking: Tensor, hidden: Tensor, who: Spans) -> Tensor:  # → (asking, width)
    """A layer for the tokens that ask, (asking, width), among all, (tokens, width)."""
    own = layer.attention.self
    context = context_of(own, own.query(asking), own.key(hidden), own.value(hidden), who)
    found = layer.attention.output(context, asking)
    return layer.output(layer.intermediate(found), found)


def context_of(own: Any, query: Tensor, key: Tensor, value: Tensor, who: Spans) -> Tensor:  # → (asking, width)
    heads = (own.num_attention_heads, own.attention_head_size)
    if query.is_cuda:
        query, key, value = (part.view(-1, *heads) for part in (query, key, value))
        return spans.attention(query, key, value, who).flatten(1)
    alike = runs(list(zip(who.queries, who.keys, strict=True)))
    asked = query.split([queries * count for (queries, _), count in alike])
    keys, values = (part.split([seen * count for (_, seen), count in alike]) for part in (key, value))
    parts = zip(asked, keys, values, alike, strict=True)
    return torch.cat(
        [attended(*(part.view(count, -1, *heads).transpose(1, 2) for part in three)) for *three, (_, count) in parts]
    )


def runs(lengths: list[tuple[int, int]]) -> list[tuple[tuple[int, int], int]]:
    """(queries and keys of a text, how many texts in a row have as many)"""
    return [(length, len(list(group))) for length, group in groupby(lengths)]


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:  # (count, heads, length, part) → (asking, width)
    """What each query attends to, its heads side by side again."""
    return attention(query, key, value).transpose(1, 2).flatten(2).flatten(0, 1)
