"""The policy that learns, and the reference that it is held against: itself as the run began."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lm import adapters, recomputing, templates
from lm.causal import Causal
from lm.rendering import Renderer
from lm.templates import Conversation
from rewardmodels.learning import keys
from training.learning import sharding
from training.learning.commissions import Unrunnable
from training.learning.settings.online import Online
from training.learning.sharding import Whole


@dataclass(frozen=True)
class Policy:
    """A causal model that learns all of its weights, or adapters in it."""

    causal: Causal
    renderer: Renderer
    learned: dict[str, nn.Parameter]  # by their names in the model, fp32
    whole: Whole  # the model, as passes go through it
    reference: Whole | None  # a frozen copy, or None where switching adapters off gives it
    ends: tuple[int, ...]  # tokens that end an answer
    recompute: bool = False  # layers, on the way back

    @property
    def model(self) -> Any:
        return self.causal.model

    @property
    def pad(self) -> int:
        return int(self.causal.tokenizer.pad_token_id)

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)

    def prompt(self, conversation: Conversation) -> list[int]:
        return self.renderer.prompt_ids(conversation)

    def text(self, ids: Sequence[int]) -> str:
        return str(self.causal.tokenizer.decode(list(ids), skip_special_tokens=True))

    @contextmanager
    def as_reference(self) -> Iterator[Whole]:
        """The model as the run began; no gradient is to be taken in it."""
        if self.reference is not None:
            yield self.reference
            return
        layers = [layer for _, layer in adapters.layers(self.model)]
        for layer in layers:
            layer._disable_adapters = True  # peft's own switch would also make the adapters fixed
        try:
            yield self.whole
        finally:
            for layer in layers:
                layer._disable_adapters = False

    @contextmanager
    def recomputing(self) -> Iterator[None]:
        """For passes that are learned from; sampling keeps its cache, which does not go with it."""
        if not self.recompute:
            yield
            return
        recomputing.begin(self.model)
        try:
            yield
        finally:
            recomputing.end(self.model)


def prepare(causal: Causal, settings: Online, seed: int) -> Policy:
    """The policy, ready to learn; its model is changed in place."""
    longest = settings.max_prompt + settings.max_new_tokens
    if longest > causal.context:
        raise Unrunnable(
            f"Prompts of {settings.max_prompt} and answers of {settings.max_new_tokens} tokens are more than the "
            f"{causal.context} that “{causal.name}” can read. Choose fewer of either."
        )
    is_half = settings.precision == "bf16"
    if is_half and not has_halves(causal):
        raise Unrunnable("bf16 needs a CUDA device that computes in it, and this worker has none; choose fp32.")
    ends = ends_of(causal)
    _, template = templates.choose(causal.tokenizer, is_causal=True)
    renderer = Renderer(causal.tokenizer, template, longest, settings.max_prompt)
    reference = None
    if settings.mode == "lora":
        shape = adapters.Shape(settings.rank, settings.alpha)
        adapters.put_in(causal.model, shape, seed=keys.number(seed, "adapters"))
        for name, one in causal.model.named_parameters():
            one.data = one.data.float() if "lora_" in name else one.data
    else:
        causal.model.float()  # AdamW loses small steps in fewer bits
        reference = sharding.share_out(copy.deepcopy(causal.model).requires_grad_(False), is_half)
        causal.model.requires_grad_(True)
    whole = sharding.share_out(causal.model, is_half)
    learned = {name: one for name, one in causal.model.named_parameters() if one.requires_grad}
    return Policy(causal, renderer, learned, whole, reference, ends, settings.recompute)


def has_halves(causal: Causal) -> bool:
    return torch.device(causal.model.device).type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def ends_of(causal: Causal) -> tuple[int, ...]:
    """The tokenizer's end and those that the model was made to stop at."""
    configured = getattr(causal.model.generation_config, "eos_token_id", None)
    listed = configured if isinstance(configured, list) else [configured]
    found = {int(one) for one in (*listed, causal.tokenizer.eos_token_id) if one is not None}
    if not found:
        raise Unrunnable(f"“{causal.name}” has no token that ends an answer, so that every answer would be cut off.")
    return tuple(sorted(found))
