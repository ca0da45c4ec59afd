"""Trains the world's small policy on fresh answers of the grammar, and goes on from a checkpoint to the same bits."""

import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from rewardmodels.learning import checkpoints, keys
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.world import corpus
from rewardmodels.learning.world.corpus import Lesson
from rewardmodels.learning.world.recipe import Recipe

CHUNK = 25  # steps between checkpoints; their answers are drawn and sorted by length together
EMBEDDING = "embed_tokens"


class Diverged(RuntimeError):
    """A sentence that says that training lost its way."""


def make_model(recipe: Recipe, tokenizer: Any) -> LlamaForCausalLM:
    """A Llama with the weights that the recipe's seed begins with; the caller's random state stays as it is."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.width,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        intermediate_size=recipe.feed_forward,
        max_position_embeddings=recipe.positions,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keys.number(recipe.seed, "weights"))
        return LlamaForCausalLM(config)


def nats(model: LlamaForCausalLM, lesson: Lesson) -> Tensor:
    """(): −log p of all answers in a batch, each with its end."""
    states = model.model(input_ids=lesson.ids, use_cache=False).last_hidden_state[:, :-1]
    counted = lesson.counts[:, 1:]
    logits = model.lm_head(states[counted])
    return cross_entropy(logits.float(), lesson.ids[:, 1:][counted], reduction="sum")


@torch.inference_mode()
def held_out_nats(model: LlamaForCausalLM, recipe: Recipe, tokenizer: Any, answers: int = 512) -> float:
    """The mean −log p of an answer to requests that training never saw; never below the grammar's entropy for long."""
    total = sum(float(nats(model, lesson)) for lesson in corpus.held_out(recipe, tokenizer, answers))
    return total / answers


@dataclass
class Optimisers:
    """Muon for the layers' matrices, AdamW for the rest; one schedule for both."""

    model: LlamaForCausalLM
    recipe: Recipe
    all: list[torch.optim.Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        named = list(self.model.named_parameters())
        matrices = [one for name, one in named if one.ndim == 2 and EMBEDDING not in name]
        others = [one for name, one in named if one.ndim != 2 or EMBEDDING in name]
        self.all = [
            torch.optim.Muon(matrices, lr=self.recipe.matrix_rate, weight_decay=0.01),
            torch.optim.AdamW(others, lr=self.recipe.learning_rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]

    def step(self, number: int) -> None:
        """The number counts from 0."""
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = rate_share(self.recipe, number)
        for optimiser, rate in zip(self.all, (self.recipe.matrix_rate, self.recipe.learning_rate), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
            optimiser.step()
            optimiser.zero_grad()


def rate_share(recipe: Recipe, number: int) -> float:
    """Up over the warm-up, level, and down to a fiftieth over the cooldown."""
    rising = (number + 1) / recipe.warmup
    falling = (recipe.steps - number) / (recipe.cooldown * recipe.steps)
    return min(1.0, rising, max(0.02, falling))


def train(recipe: Recipe, tokenizer: Any, observer: Observer = NOBODY) -> LlamaForCausalLM:
    """The policy that the recipe describes."""
    model = make_model(recipe, tokenizer).train()
    optimisers = Optimisers(model, recipe)
    done = restore(model, optimisers, observer)
    for start, end in pairwise([*range(done, recipe.steps, CHUNK), recipe.steps]):
        lessons = corpus.lessons(recipe, tokenizer, start // CHUNK, CHUNK)
        tokens = corpus.token_counts(lessons) / len(lessons)
        for number, lesson in zip(range(start, end), lessons, strict=False):
            observer.report(number + 1, {"loss": one_step(model, optimisers, lesson, number, tokens)})
        observer.phase("training", end / recipe.steps)
        keep(model, optimisers, end, observer)
    return model.eval()


def one_step(model: LlamaForCausalLM, optimisers: Optimisers, lesson: Lesson, number: int, tokens: float) -> float:
    """Mean nats of an answer in the batch, before the step.

    `tokens` is the mean number of a batch: batches hold answers of like length, and a mean over each one's own tokens
    would count a short answer for more than a long one, and teach the policy to stop early.
    """
    loss = nats(model, lesson)
    if not bool(torch.isfinite(loss)):
        raise Diverged(f"The loss was no longer a number after step {number}. A smaller learning rate may help.")
    (loss / tokens).backward()
    optimisers.step(number)
    return loss.item() / len(lesson.ids)


def keep(model: LlamaForCausalLM, optimisers: Optimisers, done: int, observer: Observer) -> None:
    if observer.checkpoint is None:
        return
    tensors: dict[str, Tensor] = {f"weights.{name}": one.detach() for name, one in model.named_parameters()}
    shapes = []
    for number, optimiser in enumerate(optimisers.all):
        found, shape = checkpoints.flatten(copy.copy(optimiser.state_dict()))
        tensors |= {f"optimiser{number}.{name}": one for name, one in found.items()}
        shapes.append(shape)
    numbers = {"recipe": optimisers.recipe.fingerprint, "optimisers": shapes}
    checkpoints.save(observer.checkpoint, checkpoints.State(done, tensors, numbers))


def restore(model: LlamaForCausalLM, optimisers: Optimisers, observer: Observer) -> int:
    """Steps that a checkpoint of this recipe has done already, or 0."""
    state = checkpoints.load(observer.checkpoint) if observer.checkpoint else None
    if state is None or state.numbers.get("recipe") != optimisers.recipe.fingerprint:
        return 0
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state.tensors[f"weights.{name}"])
    for number, optimiser in enumerate(optimisers.all):
        prefix = f"optimiser{number}."
        own = {name.removeprefix(prefix): one for name, one in state.tensors.items() if name.startswith(prefix)}
        optimiser.load_state_dict(checkpoints.unflatten(own, state.numbers["optimisers"][number]))
    observer.resumed(state.step)
    return state.step
