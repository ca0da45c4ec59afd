"""Passes that save work give the states, and the gradients, of passes that do not."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoConfig, AutoModel

from lm import batching, encoding, packing, recomputing, sharing
from lm.rendering import Rendered

PROMPTS = [(5, 6, 7, 8, 9, 10, 11), (20, 21), (30, 31, 32, 33)]
ANSWERS = [(40, 41, 42), (50,), (60, 61, 62, 63, 64), (70, 71)]
TEXTS = [Rendered((*prompt, *answer), len(prompt)) for answer in ANSWERS for prompt in PROMPTS]
SIZE: dict = {"vocab_size": 100, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
SIZE |= {"intermediate_size": 32, "initializer_range": 0.3, "max_position_embeddings": 64}
SIZE |= {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
ONE_KEY = {"num_key_value_heads": 1}  # grouped queries where a family has them
MORE: dict = dict.fromkeys(("llama", "qwen2", "phi3", "stablelm", "starcoder2", "smollm3"), ONE_KEY)
MORE |= {kind: {**ONE_KEY, "head_dim": 8} for kind in ("qwen3", "gemma")}
MORE["mistral"] = {**ONE_KEY, "sliding_window": None}
MORE["gpt2"] = {"n_embd": 16, "n_layer": 3, "n_head": 2, "n_positions": 64}


def make(kind):
    """A small random model in fp64, so that only mathematics can differ."""
    torch.manual_seed(3)
    config = AutoConfig.for_model(kind, **(SIZE | MORE.get(kind, {})))
    return AutoModel.from_config(config).double().eval()


def plain(model, texts, token):
    """What transformers computes of each text alone."""
    alone = [encoding.hidden_states(model, batching.pad([text.ids], 0)) for text in texts]
    return torch.cat([states[:, 0 if token == "first" else -1] for states in alone])


def gradients(model, states):
    model.zero_grad()
    weights = torch.linspace(-1, 1, states.numel(), dtype=states.dtype).view_as(states)
    (torch.tanh(states) * weights).sum().backward()
    return {name: each.grad.clone() for name, each in model.named_parameters() if each.grad is not None}


def assert_equal(model, ours, theirs, *, relative=1e-9):
    assert (ours - theirs).abs().max() <= relative * theirs.abs().max()
    own, expected = gradients(model, ours), gradients(model, theirs)
    assert set(own) <= set(expected)
    for name, gradient in expected.items():
        difference = (own[name] - gradient).abs().max() if name in own else gradient.abs().max()
        assert difference <= relative * max(float(gradient.abs().max()), 1e-3), name


@pytest.mark.parametrize("kind", sorted(packing.PACKED))
def test_texts_without_padding_have_the_states_and_gradients_of_padded_ones(kind):
    model = make(kind)
    assert packing.is_packable(model)
    assert_equal(model, packing.pooled(model, [text.ids for text in TEXTS]), plain(model, TEXTS, "first"))


@pytest.mark.parametrize("kind", sorted(sharing.SHARED))
def test_a_prompt_read_once_gives_the_states_and_gradients_of_a_prompt_read_each_time(kind):
    model = make(kind)
    assert sharing.is_sharable(model)
    rows = sharing.rows(TEXTS)
    assert len(rows) == len(PROMPTS)
    order = torch.tensor([place for row in rows for place in row.places])
    ours, theirs = sharing.pooled(model, rows)[torch.argsort(order)], plain(model, TEXTS, "last")
    assert_equal(model, ours, theirs, relative=1e-6)  # these models norm in fp32 whatever the weights are


def test_in_fp32_a_shared_prompt_changes_loss_and_gradient_by_less_than_1e_5():
    model = make("llama").float()
    rows = sharing.rows(TEXTS)
    order = torch.tensor([place for row in rows for place in row.places])
    ours, theirs = sharing.pooled(model, rows)[torch.argsort(order)], plain(model, TEXTS, "last")
    assert_equal(model, ours, theirs, relative=1e-5)


def test_a_prompt_of_several_answers_is_read_once():
    longest = [row.length for row in sharing.rows(TEXTS)]
    assert sum(longest) == sum(map(len, PROMPTS)) + len(PROMPTS) * sum(map(len, ANSWERS))


def test_an_empty_answer_is_judged_by_the_prompts_last_token():
    model = make("llama")
    texts = [Rendered((5, 6, 7), 3), Rendered((5, 6, 7, 8), 3)]
    assert (sharing.pooled(model, sharing.rows(texts)) - plain(model, texts, "last")).abs().max() < 1e-9


def test_a_model_that_forgets_what_is_far_reads_each_text_by_itself():
    config = AutoConfig.for_model("mistral", **(SIZE | {"sliding_window": 4, "num_key_value_heads": 1}))
    assert not sharing.is_sharable(AutoModel.from_config(config))


@pytest.mark.parametrize("backbone", ["encoder", "decoder"])
@pytest.mark.parametrize("budget", [1, 16, 10_000])
def test_the_budget_of_a_pass_changes_nothing(backbone, budget, request):
    backbone = request.getfixturevalue(backbone)
    with torch.no_grad():
        found = encoding.states(backbone, TEXTS, budget=budget)
    assert (found - plain(backbone.model, TEXTS, backbone.family.token)).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["distilbert", "electra"])
def test_other_families_go_through_padding(kind, encoder):
    sizes = {
        "distilbert": {"dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2},
        "electra": {"embedding_size": 16},
    }
    torch.manual_seed(3)
    model = AutoModel.from_config(AutoConfig.for_model(kind, **(SIZE | sizes[kind]))).eval()
    with torch.no_grad():
        found = encoding.states(replace(encoder, model=model), TEXTS, budget=40)
        assert (found - plain(model, TEXTS, "first")).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_layers_computed_again_on_the_way_back_give_the_same_gradients(kind, monkeypatch):
    model = make(kind)

    def states():
        if kind == "bert":
            return packing.pooled(model, [text.ids for text in TEXTS])
        return sharing.pooled(model, sharing.rows(TEXTS))

    passes = []
    inner = model.encoder.layer[1].output if kind == "bert" else model.layers[1].mlp
    inner.register_forward_pre_hook(lambda *_: passes.append(1))
    expected = gradients(model, states())
    assert len(passes) == 1
    recomputing.begin(model)
    found = gradients(model, states())
    assert len(passes) == 3  # once on the way there, once again on the way back
    assert all(torch.allclose(found[name], gradient, rtol=1e-9) for name, gradient in expected.items())
    assert not inner.training  # nothing inside a layer drops anything out
    recomputing.end(model)
    states()
    assert len(passes) == 4
