"""Small random models, made in the test, that read and write as real ones do."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, LlamaModel, PreTrainedTokenizerFast

TEXT = [
    "the cat sat on the mat and ate the fish",
    "user: assistant: system: hello yes no please thank you",
    "a reward is a number that says how good an answer is",
]


def make_tokenizer(**specials) -> PreTrainedTokenizerFast:
    """A byte-level BPE of three hundred words, with the special tokens that are asked for."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    words = [word for word in specials.values() if isinstance(word, str)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        TEXT, trainers.BpeTrainer(vocab_size=320, special_tokens=words, initial_alphabet=alphabet)
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **specials)


def save_encoder(folder: Path) -> Path:
    tokenizer = make_tokenizer(cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.3,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_decoder(folder: Path, *, pad_token: str | None = "</s>") -> Path:
    """A Llama whose tokenizer pads with its end of sequence, as many do."""
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>")
    tokenizer.pad_token = pad_token
    torch.manual_seed(2)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=128,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        initializer_range=0.3,
    )
    LlamaModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_rater(folder: Path) -> Path:
    """A causal model with a head: whatever it reads, it answers with a digit, and after a digit with its end."""
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=32,
        max_position_embeddings=2_048,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.3,
    )
    model = LlamaForCausalLM(config)
    digits = [tokenizer.convert_tokens_to_ids(digit) for digit in "0123456789"]
    with torch.no_grad():
        words, said = model.model.embed_tokens.weight, model.lm_head.weight
        words[:, 0] = -3.0  # one direction tells digits from all else
        words[digits] = 0.0
        words[digits, 0] = 20.0
        said[digits[1:]] *= 8
        said[digits[1:], 0] = 0.0
        said[tokenizer.eos_token_id] = 0.0
        said[tokenizer.eos_token_id, 0] = 20.0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
