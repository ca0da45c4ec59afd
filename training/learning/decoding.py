"""Answers sampled token by token: a prompt is read once for all its answers, who has ended leaves the batch.

What is sampled is the model's own distribution at T = 1, nothing cut off: a token is where its number in [0, 1) falls
in the cumulative distribution. Whoever brings the same numbers gets the same answer, whatever else is in the batch.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from lm import batching, likelihood

FULL = 0.8  # the share of a batch that must still be writing; below it, the others are taken out


class Answer(NamedTuple):
    """What was sampled after a prompt; the end is among its tokens where it was reached."""

    ids: tuple[int, ...]
    log_probs: tuple[float, ...]  # of each token, as it was sampled
    is_finished: bool


class RoomyLayer(DynamicLayer):
    """A layer's keys and values with room for more behind them, so that a new token copies nothing else."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.room: tuple[Tensor, Tensor] | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **named: Any) -> tuple[Tensor, Tensor]:
        used, added = self.get_seq_length(), key_states.shape[-2]
        if self.room is None or self.room[0].shape[-2] < used + added:
            self.room = self.make_room(key_states, used + added), self.make_room(value_states, used + added)
            if self.keys is not None and self.values is not None and used:
                self.room[0][:, :, :used], self.room[1][:, :, :used] = self.keys, self.values
            self.dtype, self.device, self.is_initialized = key_states.dtype, key_states.device, True
        keys, values = self.room
        keys[:, :, used : used + added], values[:, :, used : used + added] = key_states, value_states
        self.keys, self.values = keys[:, :, : used + added], values[:, :, : used + added]
        return self.keys, self.values

    @staticmethod
    def make_room(states: Tensor, least: int) -> Tensor:
        return states.new_empty(*states.shape[:-2], least + least // 2 + 16, states.shape[-1])

    def batch_repeat_interleave(self, repeats: int) -> None:
        super().batch_repeat_interleave(repeats)
        self.room = None

    def batch_select_indices(self, indices: Tensor) -> None:
        super().batch_select_indices(indices)
        self.room = None


def make_cache(model: Any) -> DynamicCache:
    cache = DynamicCache(config=model.config)
    cache.layers = [RoomyLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def choose(log_probs: Tensor, numbers: Tensor) -> Tensor:  # (rows, vocabulary), (rows,) → (rows,)
    """The token in whose part of the cumulative distribution each number of [0, 1) falls."""
    reached = log_probs.double().exp().cumsum(-1)
    found = torch.searchsorted(reached, (numbers.double() * reached[:, -1]).unsqueeze(1), right=True).squeeze(1)
    return found.clamp(max=log_probs.shape[-1] - 1)


def next_logits(model: Any, **read: Any) -> Tensor:  # → (rows, vocabulary)
    """Of the token that follows what was read; where layers compute in halves, the head does not, as in `passes`."""
    if not torch.is_autocast_enabled(model.device.type):
        found: Tensor = model(**read, use_cache=True, logits_to_keep=1).logits[:, -1]
        return found
    return likelihood.logits(model, model.base_model(**read, use_cache=True).last_hidden_state[:, -1])


class Writing:
    """A batch of answers as they are being written."""

    def __init__(self, model: Any, prompts: Sequence[Sequence[int]], numbers: Tensor, pad: int) -> None:
        """`numbers` is (prompts · samples, tokens); the answers to a prompt stand together."""
        self.model, self.pad = model, pad
        device = model.device
        batch = batching.pad(prompts, pad, "left")
        samples = len(numbers) // len(prompts)
        self.cache = make_cache(model)
        said = next_logits(
            model,
            input_ids=batch.ids.to(device),
            attention_mask=batch.mask.long().to(device),
            position_ids=batch.positions.to(device),
            past_key_values=self.cache,
        )
        self.cache.batch_repeat_interleave(samples)
        self.logits = said.repeat_interleave(samples, 0)
        self.mask = batch.mask.long().to(device).repeat_interleave(samples, 0)
        self.position = (batch.positions[:, -1:] + 1).to(device).repeat_interleave(samples, 0)
        self.numbers = numbers.to(device)
        self.rows = torch.arange(len(numbers), device=device)
        self.ids = torch.full(numbers.shape, pad, device=device)
        self.log_probs = torch.zeros(numbers.shape, device=device)

    def write(self, step: int) -> Tensor:
        """The next token of every row; returned by row."""
        log_probs = torch.log_softmax(self.logits.float(), -1)
        token = choose(log_probs, self.numbers[self.rows, step])
        self.ids[self.rows, step] = token
        self.log_probs[self.rows, step] = log_probs.gather(1, token.unsqueeze(1)).squeeze(1)
        return token

    def leave(self, kept: Tensor) -> None:  # (kept rows,) int64
        """Those that have ended are taken out."""
        self.cache.batch_select_indices(kept)
        self.mask, self.position, self.rows = self.mask[kept], self.position[kept], self.rows[kept]

    def read(self, token: Tensor) -> None:
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], 1)
        self.logits = next_logits(
            self.model,
            input_ids=token.unsqueeze(1),
            attention_mask=self.mask,
            position_ids=self.position,
            past_key_values=self.cache,
        )
        self.position = self.position + 1


@torch.inference_mode()
def write(
    model: Any, prompts: Sequence[Sequence[int]], numbers: Tensor, *, ends: Sequence[int], pad: int
) -> list[Answer]:
    """Answers to prompts of like length; `numbers` (prompts · samples, tokens) hold each answer's own, fp64."""
    writing = Writing(model, prompts, numbers, pad)
    stops = torch.tensor(list(ends), device=model.device)
    lengths = torch.full((len(numbers),), numbers.shape[1], device=model.device)
    finished = torch.zeros(len(numbers), dtype=torch.bool, device=model.device)
    for step in range(numbers.shape[1]):
        token = writing.write(step)
        ended = torch.isin(token, stops) & ~finished[writing.rows]
        lengths[writing.rows[ended]] = step + 1
        finished[writing.rows[ended]] = True
        going = (~finished[writing.rows]).nonzero().squeeze(1)
        if not len(going) or step + 1 == numbers.shape[1]:
            break
        if len(going) < FULL * len(token):
            writing.leave(going)
            token = token[going]
        writing.read(token)
    ids, log_probs = writing.ids.tolist(), writing.log_probs.tolist()
    return [
        Answer(tuple(ids[row][:length]), tuple(log_probs[row][:length]), done)
        for row, (length, done) in enumerate(zip(lengths.tolist(), finished.tolist(), strict=True))
    ]
