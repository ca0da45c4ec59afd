"""Norms in one kernel give the numbers that projections saw before."""

import pytest
import torch

from lm import norming
from tests.lm.test_passes import gradients, make

IDS = torch.tensor([[5, 6, 7, 8, 9]])


def drawn(kind):
    """Weights of norms that are not all 1."""
    model = make(kind).float()
    for module in norming.norms(model):
        module.weight.data.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(4))
    return model


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3", "mistral", "phi3", "smollm3"])
def test_states_and_gradients_stay_as_they_are(kind):
    model = drawn(kind)
    expected = model(IDS).last_hidden_state
    before = gradients(model, expected)
    norming.begin(model)
    found = model(IDS).last_hidden_state
    assert (found - expected).abs().max() < 1e-5 * expected.abs().max()
    after = gradients(model, found)
    assert all(
        (after[name] - each).abs().max() < 1e-4 * max(1.0, float(each.abs().max())) for name, each in before.items()
    )
    norming.end(model)
    assert torch.equal(model(IDS).last_hidden_state, expected)


def test_in_half_precision_the_projections_see_the_same_numbers():
    model = drawn("llama")
    hidden = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(1))
    norm = model.layers[0].input_layernorm
    with torch.autocast("cpu", torch.bfloat16):
        expected = norm(hidden).to(torch.bfloat16)
        norming.begin(model)
        found = norm(hidden)
    assert found.dtype == torch.bfloat16
    assert (found.float() - expected.float()).abs().max() <= 2**-8 * expected.float().abs().max()
    assert (found != expected).float().mean() < 0.05  # where fp32 itself lies between two halves


def test_the_last_norm_is_left_to_a_head_in_fp32():
    model = drawn("llama")
    assert len(norming.norms(model)) == 2 * len(model.layers)
    norming.begin(model)
    assert "forward" not in vars(model.norm)


def test_norms_of_another_make_are_left_alone():
    assert norming.norms(make("gemma")) == []  # their weight is added to 1
    assert norming.norms(make("gpt2")) == []
