"""Causal models read a prompt once for all of its answers: prompt and answers stand in one row, side by side.

An answer's token sees the prompt and what stands before it in its own answer, at the positions that it would have if
the answer followed alone: the hidden states are those of separate texts.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

FAMILIES = "llama mistral qwen2 qwen3 gemma phi3 gpt_neox stablelm starcoder2 smollm3 gpt2"
SHARED = {"llama", "mistral", "qwen2", "qwen3", "gemma", "phi3"}
SHARED |= {"gpt_neox", "stablelm", "starcoder2", "smollm3", "gpt2"}


class Text(Protocol):
    """Token ids of which the first `prompt_length` are the prompt's."""

    @property
    def ids(self) -> Sequence[int]: ...
    @property
    def prompt_length(self) -> int: ...


class Row(NamedTuple):
    """A prompt and its answers."""

    prompt: tuple[int, ...]
    answers: list[tuple[int, ...]]
    places: list[int]  # which text each answer is

    @property
    def length(self) -> int:
        return len(self.prompt) + sum(map(len, self.answers))


def is_sharable(model: Any) -> bool:
    """Whether every layer sees all that stands before, and takes positions and masks as they are given."""
    config = model.config
    layers = set(getattr(config, "layer_types", None) or [])
    window = getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    sees_all = layers <= {"full_attention"} if layers else window is None
    return config.model_type in SHARED and sees_all and config._attn_implementation == "sdpa"


def rows(texts: Sequence[Text]) -> list[Row]:
    """Texts by prompt, the longest row first."""
    found: dict[tuple[int, ...], Row] = {}
    for place, text in enumerate(texts):
        prompt = tuple(text.ids[: text.prompt_length])
        row = found.setdefault(prompt, Row(prompt, [], []))
        row.answers.append(tuple(text.ids[text.prompt_length :]))
        row.places.append(place)
    return sorted(found.values(), key=lambda row: (-row.length, row.places))


def pooled(model: Any, part: Sequence[Row]) -> Tensor:
    """(answers, width): the last hidden state of each answer's last token, row by row."""
    longest = max(row.length for row in part)
    ids = torch.full((len(part), longest), model.config.pad_token_id or 0)
    positions = torch.zeros(len(part), longest, dtype=torch.int64)
    owner = torch.full((len(part), longest), -1)  # 0: the prompt's token, n: the n-th answer's, -1: nobody's
    where: list[tuple[int, int]] = []
    for number, row in enumerate(part):
        end = len(row.prompt)
        ids[number, :end] = torch.tensor(row.prompt, dtype=torch.int64)
        positions[number, :end] = torch.arange(end)
        owner[number, :end] = 0
        for count, answer in enumerate(row.answers, start=1):
            begin, end = end, end + len(answer)
            ids[number, begin:end] = torch.tensor(answer, dtype=torch.int64)
            positions[number, begin:end] = torch.arange(len(row.prompt), len(row.prompt) + len(answer))
            owner[number, begin:end] = count
            where.append((number, end - 1 if answer else len(row.prompt) - 1))
    device = model.device
    hidden = model(
        input_ids=ids.to(device),
        position_ids=positions.to(device),
        attention_mask=visible(owner).to(device),
        use_cache=False,
    ).last_hidden_state
    index = torch.tensor(where, device=device)
    return hidden[index[:, 0], index[:, 1]]


def visible(owner: Tensor) -> Tensor:  # (rows, length) → (rows, 1, length, length) bool
    """Which token sees which; one that is nobody's sees itself, for a softmax over nothing is no number."""
    length = owner.shape[1]
    before = torch.ones(length, length, dtype=torch.bool).tril()
    own = owner[:, :, None] == owner[:, None, :]
    prompts = (owner == 0)[:, None, :] & (owner >= 0)[:, :, None]
    return ((own | prompts) & before)[:, None]
