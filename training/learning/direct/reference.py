"""What the reference says of every answer, once: kept on disk by the policy's hash and that of the tokens."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lm import hashing, likelihood
from lm.features import SHARD, FeatureStore, in_order
from lm.sharing import Text
from rewardmodels.learning.observing import Observer

BUDGET = 8_192  # tokens in one pass without a gradient


def key(text: Text) -> bytes:
    """The same tokens cut elsewhere are another answer."""
    return hashing.tokens_key([text.prompt_length, *text.ids])


@torch.no_grad()
def log_probabilities(
    model: Any, texts: Sequence[Text], *, fingerprint: str, cache: Path, observer: Observer
) -> Tensor:  # → (texts,) fp32
    """Sums over the answers' tokens; a job that is killed goes on behind the last shard."""
    store = FeatureStore(cache, f"{fingerprint}-log-probabilities", 1)
    keys = [key(text) for text in texts]
    unique = {each: text for each, text in zip(keys, texts, strict=True) if each not in store}
    missing = in_order(unique)
    for start in range(0, len(missing), SHARD):
        part = missing[start : start + SHARD]
        rows = np.empty((len(part), 1), dtype=np.float32)
        for found in likelihood.parts(model, [unique[each] for each in part], BUDGET):
            rows[found.places, 0] = found.sums.cpu().numpy()
            observer.phase("Asking the reference", start / len(missing))
        store.add(part, rows)
    return torch.from_numpy(store.gather(keys)[:, 0].copy())
