"""Token ids to the one hidden state that a head reads."""

import inspect
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lm import batching
from lm.backbones import Backbone
from lm.batching import Batch

ROBERTA_LIKE = {"roberta", "xlm-roberta", "camembert", "mpnet"}  # derive positions from padding themselves


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
    states = hidden_states(model, batch)
    index = batching.token_index(batch.mask, token)
    return states[torch.arange(len(index), device=states.device), index].float()


@torch.inference_mode()
def features(backbone: Backbone, sequences: Sequence[Sequence[int]], *, side: str = "right") -> Tensor:
    """(batch, width) of one batch of token sequences."""
    batch = batching.pad(sequences, backbone.tokenizer.pad_token_id, side)
    device = next(backbone.model.parameters()).device
    batch = Batch(*(part.to(device) for part in batch))
    return pooled(backbone.model, batch, backbone.family.token).cpu()
