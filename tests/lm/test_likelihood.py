"""Log-probabilities of answers: those of transformers' own pass, whoever stands beside whom."""

from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    GPT2Config,
    GraniteConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
)

from lm import likelihood, sharing
from lm.rendering import Rendered

SIZES: dict[str, Any] = {"vocab_size": 60, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
SIZES |= {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 64}
FAMILIES = {
    "llama": LlamaConfig(**SIZES),
    "qwen2": Qwen2Config(**SIZES),
    "gpt2": GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_positions=64),
    "granite": GraniteConfig(**SIZES, logits_scaling=3.0),
    "gemma2": Gemma2Config(**SIZES, sliding_window=4, final_logit_softcapping=0.5, pad_token_id=0),
    "mistral with a window": MistralConfig(**SIZES, sliding_window=4),
}
TEXTS = [
    Rendered((5, 6, 7, 8, 9, 10), 3),
    Rendered((5, 6, 7, 20, 21), 3),
    Rendered((11, 12, 13, 14), 2),
    Rendered((5, 6, 7), 3),  # an empty answer
    Rendered((5, 6, 7, 8, 9, 10), 3),
]


def made(name):
    torch.manual_seed(4)
    config = FAMILIES[name]
    config.initializer_range = 0.3
    return AutoModelForCausalLM.from_config(config).eval()


def plainly(model, text):
    """What transformers' own pass over one text says."""
    ids = torch.tensor(text.ids)
    each = model(input_ids=ids[None], use_cache=False).logits[0].log_softmax(-1)[:-1].gather(1, ids[1:, None])
    return each[text.prompt_length - 1 :].sum()


@pytest.mark.parametrize("name", FAMILIES)
def test_sums_and_gradients_are_those_of_separate_texts(name):
    model = made(name)
    weights = torch.tensor([1.0, -0.5, 2.0, 1.0, 0.3])
    expected = torch.stack([plainly(model, text) for text in TEXTS])
    found = likelihood.sums(model, TEXTS, budget=12)
    assert (found - expected).abs().max() < 1e-5
    assert found[3] == 0
    wanted = torch.autograd.grad((weights * expected).sum(), list(model.parameters()), allow_unused=True)
    got = torch.autograd.grad((weights * found).sum(), list(model.parameters()), allow_unused=True)
    for one, other in zip(wanted, got, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one - other).abs().max() <= 1e-5 * max(1.0, float(one.abs().max()))


def test_a_prompt_is_read_once_for_all_of_its_answers():
    rows = likelihood.rows_of(made("llama"), TEXTS)
    assert [len(row.prompt) for row in rows] == [3, 2]
    assert len(likelihood.rows_of(made("mistral with a window"), TEXTS)) == len(TEXTS)


def test_logits_in_chunks_are_the_same_logits(monkeypatch):
    model = made("llama")
    whole = likelihood.sums(model, TEXTS)
    wanted = torch.autograd.grad(whole.sum(), list(model.parameters()))
    monkeypatch.setattr(likelihood, "MOST_LOGITS", 60 * 2)
    chunked = likelihood.sums(model, TEXTS)
    got = torch.autograd.grad(chunked.sum(), list(model.parameters()))
    assert torch.allclose(whole, chunked, atol=1e-6)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(wanted, got, strict=True))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_head_that_does_something_unknown_to_its_logits_is_found_out(name, monkeypatch):
    model = made(name)
    assert likelihood.is_readable(model)
    plain = type(model).forward

    def bent(self, *args, **options):
        found = plain(self, *args, **options)
        found.logits = found.logits * 2
        return found

    monkeypatch.setattr(type(model), "forward", bent)
    assert not likelihood.is_readable(model)


def test_only_models_that_see_all_share_prompts():
    assert sharing.is_sharable(made("gpt2"))
    assert not sharing.is_sharable(made("gemma2"))


def test_half_precision_inside_the_layers_leaves_the_head_as_it_is():
    model = made("llama")
    exact = likelihood.sums(model, TEXTS)
    with torch.autocast("cpu", torch.bfloat16):
        near = likelihood.sums(model, TEXTS)
        hidden = model.base_model(input_ids=torch.tensor([TEXTS[0].ids])).last_hidden_state[0]
        found = likelihood.logits(model, hidden)
    assert torch.equal(found, hidden.float() @ model.lm_head.weight.T)
    assert 0 < (near - exact).abs().max() < 1
    assert near.dtype == torch.float32
