"""Token ids to the one hidden state that a head reads: the same for training, scoring and the cache of features."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lm import batching, packing, sharing
from lm.backbones import Backbone
from lm.batching import Batch
from lm.sharing import Text

ROBERTA_LIKE = {"roberta", "xlm-roberta", "camembert", "mpnet"}  # derive positions from padding themselves


class Part(NamedTuple):
    """Some of the texts, as many as one pass may take."""

    places: list[int]
    states: Tensor  # (places, width) fp32


def states(backbone: Backbone, texts: Sequence[Text], *, budget: int = 8_192) -> Tensor:
    """(texts, width) fp32 on the model's device, in passes of at most `budget` tokens; gradients flow where enabled."""
    found = list(parts(backbone, texts, budget))
    order = torch.tensor([place for part in found for place in part.places])
    together = torch.cat([part.states for part in found])
    return together[torch.argsort(order).to(together.device)]


def parts(backbone: Backbone, texts: Sequence[Text], budget: int) -> Iterator[Part]:
    """The states pass by pass: without padding where that is possible, and shared prompts once."""
    if packing.is_packable(backbone.model):
        yield from packed_parts(backbone, texts, budget)
    elif sharing.is_sharable(backbone.model):
        yield from shared_parts(backbone, texts, budget)
    else:
        yield from padded_parts(backbone, texts, budget)


def packed_parts(backbone: Backbone, texts: Sequence[Text], budget: int) -> Iterator[Part]:
    for group in batching.packs([len(text.ids) for text in texts], budget):
        yield Part(group, packing.pooled(backbone.model, [texts[place].ids for place in group]).float())


def shared_parts(backbone: Backbone, texts: Sequence[Text], budget: int) -> Iterator[Part]:
    rows = sharing.rows(texts)
    for group in batching.packs([row.length for row in rows], budget):
        chosen = [rows[index] for index in group]
        places = [place for row in chosen for place in row.places]
        yield Part(places, sharing.pooled(backbone.model, chosen).float())


def padded_parts(backbone: Backbone, texts: Sequence[Text], budget: int) -> Iterator[Part]:
    for group in batching.batches([len(text.ids) for text in texts], budget):
        batch = batching.pad([texts[place].ids for place in group], backbone.tokenizer.pad_token_id)
        device = backbone.model.device
        yield Part(group, pooled(backbone.model, Batch(*(part.to(device) for part in batch)), backbone.family.token))


def hidden_states(model: Any, batch: Batch) -> Tensor:
    """(batch, length, width) of a transformers base model."""
    inputs = {"input_ids": batch.ids, "attention_mask": batch.mask.long()}
    accepted = inspect.signature(model.forward).parameters
    if "position_ids" in accepted and model.config.model_type not in ROBERTA_LIKE:
        inputs["position_ids"] = batch.positions  # or else left padding would move the positions (T2)
    if "use_cache" in accepted and model.config.model_type not in ROBERTA_LIKE:
        return model(**inputs, use_cache=False).last_hidden_state
    return model(**inputs).last_hidden_state


def pooled(model: Any, batch: Batch, token: str) -> Tensor:
    """(batch, width) fp32: the hidden state of each sequence's first or last attended token."""
    found = hidden_states(model, batch)
    index = batching.token_index(batch.mask, token)
    return found[torch.arange(len(index), device=found.device), index].float()
