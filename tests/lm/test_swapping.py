"""Several adapters over one backbone: each says what its merge would say, and nobody else notices."""

import copy

import pytest
import torch
from transformers import GPT2Config, GPT2Model

from lm import adapters, hashing, swapping
from lm.adapters import Shape
from tests.lm.tiny import save_decoder, save_encoder

SHAPE = Shape(2, 4.0)
IDS = torch.tensor([[5, 9, 2, 7]])


def gpt2():
    """Its projections are stored the other way round."""
    torch.manual_seed(0)
    return GPT2Model(GPT2Config(vocab_size=32, n_embd=8, n_layer=1, n_head=2, n_positions=16)).eval()


@pytest.fixture(params=["encoder", "decoder", "gpt2"])
def model(request, tmp_path):
    from transformers import AutoModel

    if request.param == "gpt2":
        return gpt2().requires_grad_(False)
    save = {"encoder": save_encoder, "decoder": save_decoder}[request.param]
    return AutoModel.from_pretrained(save(tmp_path / "model")).eval().requires_grad_(False)


def adapted(model, seed):
    """A copy with the adapter merged into it, and the adapter."""
    own = copy.deepcopy(model)
    adapters.put_in(own, SHAPE, seed=seed)
    with torch.no_grad():
        for number, (name, parameter) in enumerate(sorted(own.named_parameters())):
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed + number)))
    matrices = adapters.matrices(own)
    adapters.merge(own)
    return own, matrices


@torch.no_grad()
def says(model):
    return model(input_ids=IDS).last_hidden_state


def test_each_adapter_says_what_its_merge_says_and_none_is_left_behind(model):
    before, hashed = says(model), hashing.tensors_sha256(model.state_dict())
    around = swapping.around(model)
    for seed in (1, 2):
        merged, matrices = adapted(model, seed)
        with swapping.put_on(around, matrices, SHAPE):
            assert torch.equal(says(around), says(merged))
            assert not torch.allclose(says(around), before, atol=1e-3)
            assert torch.equal(says(model), before)  # whoever shares the weights sees nothing of it
    assert torch.equal(says(around), before)
    assert hashing.tensors_sha256(model.state_dict()) == hashed


def test_the_copy_of_the_structure_takes_no_memory_of_its_own(model):
    around = swapping.around(model)
    assert around is not model
    assert [one.data_ptr() for one in around.parameters()] == [one.data_ptr() for one in model.parameters()]


def test_what_fails_inside_leaves_the_model_as_it_was(model):
    around, (_, matrices) = swapping.around(model), adapted(model, 1)
    with pytest.raises(ZeroDivisionError), swapping.put_on(around, matrices, SHAPE):
        raise ZeroDivisionError
    assert torch.equal(says(around), says(model))
