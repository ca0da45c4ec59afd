"""Loads an encoder or a causal model from safetensors, without its language-model head and without foreign code."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from lm import families, hashing, hub, templates
from lm.names import Sources, Unavailable, first_line, locate

WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
DESCRIPTION = ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


@dataclass(frozen=True)
class Backbone:
    """A model that turns token ids into hidden states, with its tokenizer and how conversations are written for it."""

    name: str
    folder: Path
    model: Any  # a transformers base model in evaluation mode, fp32
    tokenizer: Any
    family: families.Family
    template_name: str
    template: str
    fingerprint: str  # SHA-256 of weights, configuration and tokenizer

    @property
    def is_causal(self) -> bool:
        return self.family.token == "last"  # noqa: S105 - a token of text

    @property
    def width(self) -> int:
        return int(self.model.config.hidden_size)

    @property
    def context(self) -> int:
        """The most tokens that the model can read."""
        return context_of(self.model.config)


def load(name: str, sources: Sources) -> Backbone:
    """The backbone behind a name; Unavailable says in a sentence why not."""
    place = locate(name, sources)
    folder = place.folder or hub.fetch(place)
    return open_folder(folder, name)


def open_folder(folder: Path, name: str) -> Backbone:
    """The backbone in a folder of safetensors; anything else is refused."""
    weights = weight_files(folder, name)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        family = families.of(config)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = read_model(folder, config, family)
    except MemoryError:
        raise
    except Exception as error:  # a configuration that makes no sense fails anywhere in transformers, with anything
        raise Unavailable(f"“{name}” could not be read: {first_line(error)}") from error
    ensure_pad(tokenizer, model)
    template_name, template = templates.choose(tokenizer, is_causal=family.token == "last")  # noqa: S105
    described = [folder / file for file in DESCRIPTION if (folder / file).is_file()]
    fingerprint = hashing.folder_sha256([*weights, *described])
    return Backbone(name, folder, model, tokenizer, family, template_name, template, fingerprint)


def weight_files(folder: Path, name: str) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            shards = set(json.loads(index.read_text())["weight_map"].values())
            files = [folder / Path(shard).name for shard in sorted(shards)]
        except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise Unavailable(f"The list of “{name}”’s weights, {index.name}, cannot be read.") from error
    else:
        files = [folder / "model.safetensors"]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise Unavailable(f"“{name}” has no {missing[0]}: only weights in safetensors are read, never pickles.")
    return files


def read_model(folder: Path, config: Any, family: families.Family) -> Any:
    """The base model in fp32; a tensor that is missing is an error, but for the head that we put in its place."""
    model, info = AutoModel.from_pretrained(
        folder,
        config=config,
        dtype=torch.float32,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    replaced = family.dense.partition(".")[2] or "\0"
    missing = [key for key in info["missing_keys"] if not key.startswith((replaced, "pooler"))]
    if missing or info["mismatched_keys"]:
        raise ValueError(f"tensors are missing or of another shape: {sorted(missing)[:3]}")
    return model.eval().requires_grad_(False)


def ensure_pad(tokenizer: Any, model: Any) -> None:
    """A pad token that is neither eos nor any token of a text: a decoder pools the last token that is not pad (T1)."""
    taken = {tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id} - {None}
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id in taken:
        words = {str(token): number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        spare = [word for word in words if "pad" in word.lower() or "reserved" in word.lower()]
        tokenizer.pad_token = next((word for word in spare if words[word] not in taken), None) or "<|pad|>"
        if tokenizer.pad_token_id is None or len(tokenizer) > model.get_input_embeddings().num_embeddings:
            tokenizer.add_special_tokens({"pad_token": tokenizer.pad_token})
    before = model.get_input_embeddings().num_embeddings
    if tokenizer.pad_token_id >= before:
        model.resize_token_embeddings(tokenizer.pad_token_id + 1, mean_resizing=False)
        model.get_input_embeddings().weight.data[before:] = 0.0  # drawn at random they would differ each time
    model.config.pad_token_id = tokenizer.pad_token_id


def context_of(config: Any) -> int:
    """Positions that a text may use; RoBERTa's table begins after its padding position."""
    positions = int(getattr(config, "max_position_embeddings", 0) or getattr(config, "n_positions", 0) or 2_048)
    is_offset = config.model_type in {"roberta", "xlm-roberta", "camembert", "mpnet"}
    return positions - 2 if is_offset else positions
