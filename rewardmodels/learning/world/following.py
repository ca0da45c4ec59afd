"""How well a policy speaks the world's language: what it says of each slot beside what the grammar says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from lm import batching
from lm.rendering import Renderer
from rewardmodels.learning import keys
from rewardmodels.learning.world import reference
from rewardmodels.learning.world.grammar import Grammar
from rewardmodels.learning.world.parser import COLUMNS, RIGHT, parse_all
from rewardmodels.learning.world.prompts import Request

SLOTS = ("item", "temperature", "allergy", "seat")


class Following(NamedTuple):
    """Shares of answers; each slot is right where the answer's first statement of it is what was asked for."""

    right: dict[str, float]
    ungrammatical: float  # unreadable sentences an answer
    words: float
    truncated: float


def of_world(grammar: Grammar) -> Following:
    """Exactly."""
    facts, probability = reference.distribution(grammar)
    right = {name: float(probability[facts[:, COLUMNS.index(name)] == RIGHT].sum()) for name in SLOTS}
    mean = dict(zip(COLUMNS, probability @ facts, strict=True))
    return Following(right, float(mean["ungrammatical"]), float(mean["words"]), 0.0)


def of_policy(model: Any, renderer: Renderer, requests: Sequence[Request], seed: int, batch: int = 128) -> Following:
    """From one sample to each request."""
    texts, truncated = answers(model, renderer, requests, seed, batch)
    facts = parse_all(texts, [request.wanted for request in requests])
    right = {name: float((facts[:, COLUMNS.index(name)] == RIGHT).mean()) for name in SLOTS}
    mean = dict(zip(COLUMNS, facts.mean(axis=0), strict=True))
    return Following(right, float(mean["ungrammatical"]), float(mean["words"]), truncated / len(texts))


@torch.inference_mode()
def answers(
    model: Any, renderer: Renderer, requests: Sequence[Request], seed: int, batch: int = 128
) -> tuple[list[str], int]:
    """(texts, how many were cut off): one sample to each request, from the model's own distribution."""
    tokenizer, texts, truncated = renderer.tokenizer, [], 0
    room = renderer.max_length - renderer.max_prompt
    with torch.random.fork_rng(devices=[]):
        for start in range(0, len(requests), batch):
            torch.manual_seed(keys.number(seed, "following", start))
            prompts = [renderer.prompt_ids(request.messages) for request in requests[start : start + batch]]
            padded = batching.pad(prompts, tokenizer.pad_token_id, "left")
            found = model.generate(
                input_ids=padded.ids,
                attention_mask=padded.mask.long(),
                max_new_tokens=room,
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
            )[:, padded.ids.shape[1] :]
            truncated += int((found != tokenizer.eos_token_id).all(dim=1).sum())
            texts += tokenizer.batch_decode(found, skip_special_tokens=True)
    return texts, truncated
