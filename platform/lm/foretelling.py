"""The states that foretell the tokens of answers: of prompts and answers in rows, in the way that the model allows.

Where a prompt can be read once for its answers, rows stand behind one another without padding (`lm.sharing`); other
models read each answer behind its own prompt, padded.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lm import batching, sharing
from lm.sharing import Row


def groups(rows: Sequence[Row], budget: int, *, is_shared: bool) -> list[list[int]]:
    """Rows of one pass each, of at most so many tokens, padding included where there is any; the longest first."""
    lengths = [row.length for row in rows]
    return batching.packs(lengths, budget) if is_shared else batching.batches(lengths, budget, most=len(rows))


def states(model: Any, rows: Sequence[Row]) -> Tensor:
    """(tokens, width): before each token of each answer, row by row."""
    return side_by_side(model, rows) if sharing.is_sharable(model) else padded(model, rows)


def side_by_side(model: Any, rows: Sequence[Row]) -> Tensor:
    found = sharing.layout(rows)
    where, start = [], 0
    for row in rows:
        end = start + len(row.prompt)
        for answer in row.answers:
            where += [start + len(row.prompt) - 1, *range(end, end + len(answer) - 1)][: len(answer)]
            end += len(answer)
        start = end
    hidden = sharing.hidden(model.base_model, found)
    return hidden[torch.tensor(where, dtype=torch.int64, device=hidden.device)]


def padded(model: Any, rows: Sequence[Row]) -> Tensor:
    """Each row is one text, padded on the right."""
    texts = [[*row.prompt, *(token for answer in row.answers for token in answer)] for row in rows]
    batch = batching.pad(texts, model.config.pad_token_id or 0)
    where = torch.zeros_like(batch.mask)
    for number, row in enumerate(rows):
        where[number, len(row.prompt) - 1 : row.length - 1] = True
    ids, mask = batch.ids.to(model.device), batch.mask.long().to(model.device)
    hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
    found: Tensor = hidden[where.to(model.device)]
    return found


def tokens(rows: Sequence[Row], device: torch.device) -> Tensor:  # (tokens,) int64, row by row
    listed = [token for row in rows for answer in row.answers for token in answer]
    return torch.tensor(listed, dtype=torch.int64, device=device)
