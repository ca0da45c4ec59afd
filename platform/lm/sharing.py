"""Causal models read a prompt once for all of its answers: texts stand in one row without padding.

An answer's token sees the prompt and what stands before it in its own answer, at the positions that it would have if
the answer followed alone: the hidden states are those of separate texts. The first answer follows its prompt as a text
does; the keys and values of the prompt are taken again for every other answer, which no mask has to keep apart.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from lm import spans
from lm.spans import Spans

SHARED = {"llama", "mistral", "qwen2", "qwen3", "gemma", "phi3"}
SHARED |= {"gpt_neox", "stablelm", "starcoder2", "smollm3", "gpt2"}
NAME = "side_by_side"  # of this attention, as transformers finds it


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


class Layout(NamedTuple):
    """Where tokens stand, and which keys each run of them sees."""

    ids: list[int]
    positions: list[int]
    keys: list[int]  # places of tokens, a prompt's once for each of its answers
    last: list[int]  # place of each answer's last token, row by row
    queries: list[int]  # tokens of each run
    seen: list[int]  # keys of each run


def is_sharable(model: Any) -> bool:
    """Whether every layer sees all that stands before, and takes positions as they are given."""
    config = model.config
    layers = set(getattr(config, "layer_types", None) or [])
    window = getattr(config, "sliding_window", None) if getattr(config, "use_sliding_window", True) else None
    sees_all = layers <= {"full_attention"} if layers else window is None
    return config.model_type in SHARED and sees_all and config._attn_implementation in {"sdpa", NAME}


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
    found = layout(part)
    states = hidden(model, found)
    return states[torch.tensor(found.last, device=states.device)]


def hidden(model: Any, found: Layout) -> Tensor:
    """(tokens, width): the last hidden state of every token of a layout."""
    device = model.device
    model.config._attn_implementation = NAME  # stays so: layers computed again on the way back need it too
    states: Tensor = model(
        input_ids=torch.tensor([found.ids], device=device),
        position_ids=torch.tensor([found.positions], device=device),
        attention_mask=mask_of(found, device),
        use_cache=False,
    ).last_hidden_state
    return states[0]


def layout(part: Sequence[Row]) -> Layout:
    found = Layout([], [], [], [], [], [])
    for row in part:
        start, width = len(found.ids), len(row.prompt)
        found.ids.extend(row.prompt)
        found.positions.extend(range(width))
        for number, answer in enumerate(row.answers):
            begin = len(found.ids)
            found.ids.extend(answer)
            end = len(found.ids)
            found.positions.extend(range(width, width + len(answer)))
            found.last.append(end - 1 if answer else start + width - 1)
            first = start if number == 0 else begin  # the prompt's own tokens are in the run of the first answer
            if end > first:
                found.queries.append(end - first)
                found.seen.append(width + len(answer))
                found.keys.extend([*range(start, start + width), *range(begin, end)])
    return found


class Mask(Tensor):
    """Carries a layout to every layer, and keeps transformers from making a mask."""

    spans: Spans
    keys: Tensor | None  # (keys,) int64; None where every token is seen by one run alone


def mask_of(found: Layout, device: torch.device) -> Mask:
    mask = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=device).as_subclass(Mask)
    mask.spans = Spans(tuple(found.queries), tuple(found.seen), is_causal=True, device=device)
    mask.keys = torch.tensor(found.keys, device=device) if len(found.keys) > len(found.ids) else None
    return mask


def attend(
    module: nn.Module,
    query: Tensor,  # (1, heads, tokens, part)
    key: Tensor,  # (1, groups, tokens, part)
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Attention as transformers asks for it: → (1, tokens, heads, part)."""
    if not isinstance(attention_mask, Mask):
        found, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **others)
        return found, None
    query, key, value = spans.in_one_precision(*(part[0].transpose(0, 1) for part in (query, key, value)))
    if attention_mask.keys is not None:
        key, value = key.index_select(0, attention_mask.keys), value.index_select(0, attention_mask.keys)
    return spans.attention(query, key, value, attention_mask.spans, scaling)[None], None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
