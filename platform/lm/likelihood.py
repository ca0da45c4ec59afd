"""log p(answer | prompt) under a causal model: prompts that answers share are read once, and logits never held whole.

The layers run over rows of prompt and answers side by side (`lm.sharing`), and what says the next token runs only where
an answer's token is foretold, so many places at a time. With a gradient the logits of a chunk are computed again on the
way back rather than kept. The log-softmax is in fp32.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from lm import foretelling, sharing
from lm.sharing import Row, Text

MOST_LOGITS = 1 << 24  # held at once: 64 MiB in fp32


class Part(NamedTuple):
    """Some of the texts, as many as one pass may take."""

    places: list[int]
    sums: Tensor  # (places,) fp32


def sums(model: Any, texts: Sequence[Text], *, budget: int = 8_192) -> Tensor:
    """(texts,) fp32 on the model's device: the log-probability of each answer, its end included."""
    found = list(parts(model, texts, budget))
    order = torch.tensor([place for part in found for place in part.places])
    return torch.cat([part.sums for part in found])[torch.argsort(order).to(model.device)]


def parts(model: Any, texts: Sequence[Text], budget: int) -> Iterator[Part]:
    """The sums pass by pass, of at most so many tokens each; gradients flow where enabled."""
    rows = rows_of(model, texts)
    for group in foretelling.groups(rows, budget, is_shared=sharing.is_sharable(model)):
        chosen = [rows[index] for index in group]
        yield Part([place for row in chosen for place in row.places], sums_of_rows(model, chosen))


def rows_of(model: Any, texts: Sequence[Text]) -> list[Row]:
    """Texts by prompt where the layers allow it, or else each by itself; the longest first."""
    if sharing.is_sharable(model):
        return sharing.rows(texts)
    apart = [
        Row(tuple(text.ids[: text.prompt_length]), [tuple(text.ids[text.prompt_length :])], [place])
        for place, text in enumerate(texts)
    ]
    return sorted(apart, key=lambda row: (-row.length, row.places))


def sums_of_rows(model: Any, rows: Sequence[Row]) -> Tensor:
    """(answers,) fp32, row by row."""
    each = chunked(model, foretelling.states(model, rows), foretelling.tokens(rows, model.device))
    lengths = torch.tensor([len(answer) for row in rows for answer in row.answers], device=model.device)
    whose = torch.arange(len(lengths), device=model.device).repeat_interleave(lengths)
    return each.new_zeros(len(lengths)).index_add(0, whose, each)


def chunked(model: Any, hidden: Tensor, tokens: Tensor) -> Tensor:  # (tokens, width), (tokens,) → (tokens,) fp32
    """log p of each token; what does not fit at once goes in chunks whose logits are not kept."""
    size = max(1, MOST_LOGITS // model.config.vocab_size)
    if len(tokens) <= size:
        return of_tokens(model, hidden, tokens)
    chunks = zip(hidden.split(size), tokens.split(size), strict=True)
    return torch.cat([checkpoint(of_tokens, model, *chunk, use_reentrant=False) for chunk in chunks])


def of_tokens(model: Any, hidden: Tensor, tokens: Tensor) -> Tensor:  # → (tokens,) fp32
    found = logits(model, hidden)
    return found.gather(1, tokens[:, None]).squeeze(1) - found.logsumexp(1)


def logits(model: Any, hidden: Tensor) -> Tensor:  # (tokens, width) → (tokens, vocabulary) fp32
    """What the model's head says, with what some families do to it: a scale, a cap."""
    config = model.config
    head = model.get_output_embeddings()
    with torch.autocast(hidden.device.type, enabled=False):  # probabilities are in the weights' precision
        found = head(hidden.to(head.weight.dtype)).float()
    found = (
        found * float(getattr(config, "logit_scale", None) or 1) / float(getattr(config, "logits_scaling", None) or 1)
    )
    cap = getattr(config, "final_logit_softcapping", None)
    return found if cap is None else cap * torch.tanh(found / cap)


@torch.no_grad()
def is_readable(model: Any) -> bool:
    """Whether this way of reading finds the logits that the model itself gives, on a few tokens."""
    ids = torch.arange(min(8, model.config.vocab_size), device=model.device)[None]
    theirs = model(input_ids=ids, use_cache=False).logits[0].float()
    hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0]
    return bool(torch.allclose(logits(model, hidden), theirs, rtol=1e-3, atol=1e-3))
