"""Requests and answers of the world as token ids, and the tokenizer that writes them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from rewardmodels.learning import keys
from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.grammar import Grammar, sample
from rewardmodels.learning.world.recipe import Recipe

PAD, END = "<|pad|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
TOKENIZER_TEXTS = 4_000


class Lesson(NamedTuple):
    """A batch of answers after their prompts; the loss counts the answers' tokens and their end."""

    ids: Tensor  # (batch, length) int64, padded on the right
    counts: Tensor  # (batch, length) bool: whether this token is predicted for the loss


def written(request: prompts.Request) -> str:
    """A request as the chat template writes it, up to where the answer begins."""
    turns = "".join(f"<|{turn['role']}|>{turn['content']}{END}" for turn in request.messages)
    return f"{turns}<|assistant|>"


def pairs(grammar: Grammar, seed: int, count: int, *words: object, held_out: bool = False) -> list[tuple[str, str]]:
    """(prompt, answer) as texts."""
    asked = prompts.draw(seed, count, held_out=held_out, purpose="/".join(map(str, ("corpus", *words))))
    generator = keys.numpy_generator(seed, "answers", held_out, *words)
    return [(written(request), sample(grammar, request.wanted, generator) + END) for request in asked]


def make_tokenizer(recipe: Recipe) -> PreTrainedTokenizerFast:
    """A byte-level BPE of the world's text that can write any other text too; pad is not the end (T1)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    texts = pairs(recipe.grammar, recipe.seed, TOKENIZER_TEXTS, "tokenizer")
    tokenizer.train_from_iterator((part for both in texts for part in both), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=list(ROLES),
        model_max_length=recipe.positions,
        padding_side="left",
    )
    fast.chat_template = TEMPLATE
    return fast


def lessons(recipe: Recipe, tokenizer: Any, chunk: int, chunk_steps: int) -> list[Lesson]:
    """The batches of one chunk of steps, each of answers of like length: fresh answers, keyed by the chunk."""
    texts = pairs(recipe.grammar, recipe.seed, recipe.batch * chunk_steps, "chunk", chunk)
    rows = tokenized(tokenizer, texts)
    rows.sort(key=lambda row: len(row[0]))
    order = keys.numpy_generator(recipe.seed, "order", chunk).permutation(chunk_steps)
    return [padded(rows[n * recipe.batch : (n + 1) * recipe.batch], tokenizer.pad_token_id) for n in order]


def tokenized(tokenizer: Any, texts: list[tuple[str, str]]) -> list[tuple[list[int], int]]:
    """(ids, length of the prompt): prompt and answer apart, as `lm.rendering` tokenizes them."""
    before = tokenizer([prompt for prompt, _ in texts], add_special_tokens=False)["input_ids"]
    after = tokenizer([answer for _, answer in texts], add_special_tokens=False)["input_ids"]
    return [(one + other, len(one)) for one, other in zip(before, after, strict=True)]


def padded(rows: list[tuple[list[int], int]], pad: int) -> Lesson:
    longest = max(len(ids) for ids, _ in rows)
    ids, counts = np.full((len(rows), longest), pad), np.zeros((len(rows), longest), bool)
    for number, (row, prompt_length) in enumerate(rows):
        ids[number, : len(row)] = row
        counts[number, prompt_length : len(row)] = True
    return Lesson(torch.from_numpy(ids), torch.from_numpy(counts))


def held_out(recipe: Recipe, tokenizer: Any, answers: int, batch: int = 64) -> Iterator[Lesson]:
    """Answers to requests that training never saw."""
    rows = tokenized(tokenizer, pairs(recipe.grammar, recipe.seed, answers, "held out", held_out=True))
    rows.sort(key=lambda row: len(row[0]))
    return (padded(rows[start : start + batch], tokenizer.pad_token_id) for start in range(0, len(rows), batch))


def token_counts(batches: Iterable[Lesson]) -> int:
    return sum(int(lesson.counts.sum()) for lesson in batches)
