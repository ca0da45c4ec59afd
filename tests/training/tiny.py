"""A small random policy with a head, made in the test, that reads and writes as real ones do."""

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.lm.tiny import make_tokenizer


def save_policy(folder: Path) -> Path:
    """Some thousand parameters; it ends now and then by itself."""
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    torch.manual_seed(4)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=64,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
