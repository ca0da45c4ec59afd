"""A causal model of this machine with its language-model head: what it would say next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from lm import backbones, batching, hashing, hub, templates
from lm.names import Sources, Unavailable, first_line, locate


@dataclass(frozen=True)
class Causal:
    """A model that continues token ids."""

    name: str
    model: Any  # a transformers causal model in evaluation mode
    tokenizer: Any
    fingerprint: str  # SHA-256 of weights, configuration and tokenizer

    @property
    def context(self) -> int:
        """The most tokens that the model can read."""
        return backbones.context_of(self.model.config)

    def prompt(self, question: str) -> list[int]:
        """The ids of a user's question, as this model is asked: by its template, or as plain text where it has none."""
        if not self.tokenizer.chat_template:
            return list(self.tokenizer(question)["input_ids"])
        messages = list(templates.conversation(question))
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    @torch.inference_mode()
    def greedy(self, sequences: Sequence[list[int]], tokens: int) -> list[str]:
        """The likeliest continuation of each, token by token, up to so many."""
        batch = batching.pad(sequences, self.tokenizer.pad_token_id, "left")
        written = self.model.generate(
            input_ids=batch.ids.to(self.model.device),
            attention_mask=batch.mask.long().to(self.model.device),
            do_sample=False,
            num_beams=1,
            temperature=None,
            top_p=None,
            top_k=None,
            max_new_tokens=tokens,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        return list(self.tokenizer.batch_decode(written[:, batch.ids.shape[1] :], skip_special_tokens=True))

    @torch.inference_mode()
    def next_probabilities(self, ids: list[int]) -> Tensor:
        """(vocabulary,) fp64 probabilities of the token that follows."""
        logits = self.model(input_ids=torch.tensor([ids], device=self.model.device), use_cache=False).logits[0, -1]
        return torch.softmax(logits.cpu().double(), -1)

    def spellings(self, text: str) -> list[int]:
        """The tokens that write this text alone, with or without a space before it."""
        forms = (text, f"Ġ{text}", f"▁{text}")  # how byte-level and sentence-piece vocabularies write a space
        found = [self.tokenizer.convert_tokens_to_ids(form) for form in forms]
        return [number for number in found if number is not None and number != self.tokenizer.unk_token_id]


def load(name: str, sources: Sources) -> Causal:
    """The causal model behind a name; Unavailable says in a sentence why not."""
    place = locate(name, sources)
    return open_folder(place.folder or hub.fetch(place), name)


def open_folder(folder: Path, name: str) -> Causal:
    weights = backbones.weight_files(folder, name)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        read: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype="auto",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        model, info = read
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise Unavailable(f"“{name}” could not be read as a causal model: {first_line(error)}") from error
    if info["missing_keys"] or info["mismatched_keys"]:
        raise Unavailable(f"“{name}” is no causal model: it has no head that says what comes next.")
    backbones.ensure_pad(tokenizer, model)
    files = [folder / file for file in backbones.DESCRIPTION if (folder / file).is_file()]
    fingerprint = hashing.folder_sha256([*weights, *files])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Causal(name, model.to(device).eval().requires_grad_(False), tokenizer, fingerprint)
