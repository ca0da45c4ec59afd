"""A tiny policy, and judgments of its made-up language in which a word decides which answer is better."""

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lm import causal
from tests.lm.tiny import make_tokenizer
from training.learning.direct.settings.kinds import KINDS

GOOD, BAD = "thank you please", "no no"
WORDS = ["the cat", "the mat", "ate the fish", "hello", "a number", "system", "how good"]
SIZES = {"max_length": 64, "max_prompt": 32}


def save_policy(folder: Path) -> Path:
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        initializer_range=0.3,
    )
    torch.manual_seed(6)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def opened(folder: Path) -> causal.Causal:
    return causal.open_folder(folder, str(folder))


def small(kind, **values):
    """Settings for texts of this world."""
    return KINDS[kind](**{**SIZES, "mode": "full", "learning_rate": 3e-3, "batch_size": 8, **values})


def drawn(number):
    generator = torch.Generator().manual_seed(number)
    return [WORDS[place] for place in torch.randint(0, len(WORDS), (4,), generator=generator).tolist()]


def row(number, kind, texts, answer, annotator="ann"):
    """A row of the layout `raw`; every tenth is held out."""
    return {
        "kind": kind,
        "annotator": annotator,
        "origin": "person",
        "prompt": [{"role": "user", "content": f"{number} {drawn(number)[0]}"}],
        "responses": [{"id": f"{number}-{place}", "text": text} for place, text in enumerate(texts)],
        "answer": answer,
        "currency": "EUR" if kind == "cardinal" else "",
        "split": "validation" if number % 10 == 9 else "train",
    }


def two(number):
    """A good and a bad answer."""
    _, one, other, more = drawn(number)
    return f"{one} {GOOD}", f"{other} {BAD} {more}"


def pair(number):
    good, bad = two(number)
    first = number % 3 != 0
    texts = (good, bad) if first else (bad, good)
    return row(number, "pairwise", texts, {"preferred": f"{number}-{0 if first else 1}", "strength": 1 + number % 3})


def amount(number):
    told = ["0", "0.50", "2", "5"][number % 4]
    good, bad = two(number)
    preferred = None if number % 8 == 4 else f"{number}-0"
    answer = {"preferred": preferred, "amount": told if preferred else "0"}
    return row(number, "cardinal", (good, bad), answer, annotator=f"ann-{number % 2}")


def verdict(number):
    good, bad = two(number)
    is_good = number % 3 == 0
    return row(number, "binary", (good if is_good else bad,), {"desirable": is_good})


def ranking(number):
    good, bad = two(number)
    order = [[f"{number}-0"], [f"{number}-1"], [f"{number}-2"]] if number % 4 else [[f"{number}-0", f"{number}-1"]]
    order = order if number % 4 else [*order, [f"{number}-2"]]
    return row(number, "ranking", (f"{good} {GOOD}", good, bad), {"order": order})


MADE = {"pairwise": pair, "cardinal": amount, "binary": verdict, "ranking": ranking}
ROWS = {"kto": "binary", "cardinal_dpo": "cardinal", "lipo": "ranking"}  # of the others, pairs


def rows_for(kind, count=40):
    return [MADE[ROWS.get(kind, "pairwise")](number) for number in range(count)]
