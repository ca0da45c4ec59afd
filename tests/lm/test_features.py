"""The cache of features, and the batches that fill it."""

import numpy as np
import pytest

from lm import encoding, features
from lm.batching import batches, packs
from lm.rendering import Rendered

TEXTS = [Rendered(ids, 0) for ids in ((5, 6, 7), (8, 9, 10, 11), (5, 6, 7), (12,))]


def test_features_are_those_of_the_model_in_the_order_asked(encoder, tmp_path):
    rows = features.compute(encoder, TEXTS, tmp_path)
    for text, row in zip(TEXTS, rows, strict=True):
        assert np.abs(encoding.states(encoder, [text]).numpy()[0] - row).max() < 1e-5
    assert (rows[0] == rows[2]).all()


def test_a_second_time_nothing_is_computed_and_every_bit_is_the_same(encoder, tmp_path, monkeypatch):
    first = features.compute(encoder, TEXTS, tmp_path)

    def fail(*_args, **_kwargs):
        raise AssertionError("computed again")

    monkeypatch.setattr(encoding, "parts", fail)
    again = features.compute(encoder, list(reversed(TEXTS)), tmp_path)
    assert (again[::-1] == first).all()


def test_a_killed_job_leaves_whole_shards_and_the_next_goes_on(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "SHARD", 2)
    reported = []

    def stop(done, total):
        reported.append(done)
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        features.compute(encoder, TEXTS, tmp_path, budget=4, report=stop)
    assert not list(tmp_path.rglob(".*"))
    monkeypatch.setattr(features, "SHARD", 512)
    assert features.compute(encoder, TEXTS, tmp_path).shape == (4, 16)


def test_a_damaged_shard_is_computed_again(encoder, tmp_path):
    first = features.compute(encoder, TEXTS, tmp_path)
    shard = next(tmp_path.rglob("*.npy"))
    shard.write_bytes(shard.read_bytes()[:100])
    assert np.abs(features.compute(encoder, TEXTS, tmp_path) - first).max() < 1e-6


def test_another_model_does_not_see_these_features(encoder, decoder, tmp_path):
    features.compute(encoder, TEXTS, tmp_path)
    assert not features.FeatureStore(tmp_path, decoder.fingerprint, decoder.width)._places


def test_trim_lets_the_oldest_go_until_the_bound_holds(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "SHARD", 1)
    features.compute(encoder, TEXTS, tmp_path)
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.npy")]
    assert len(sizes) == 3
    freed = features.trim(tmp_path, most_bytes=sizes[0])
    assert freed == 2 * sizes[0]
    assert len(list(tmp_path.rglob("*.npy"))) == len(list(tmp_path.rglob("*.keys"))) == 1


def test_batches_hold_every_index_once_within_the_budget():
    lengths = [3, 50, 7, 7, 20, 1, 64]
    groups = batches(lengths, budget=64)
    assert sorted(index for group in groups for index in group) == list(range(7))
    assert all(max(lengths[index] for index in group) * len(group) <= 64 for group in groups)
    assert [lengths[group[0]] for group in groups] == sorted((lengths[group[0]] for group in groups), reverse=True)


def test_packs_hold_every_index_once_and_fill_the_budget_with_tokens_alone():
    lengths = [3, 50, 7, 7, 20, 1, 64]
    groups = packs(lengths, budget=64)
    assert groups == [[6], [1], [4, 2, 3, 0, 5]]
    assert packs([100, 2], budget=10) == [[0], [1]]


def test_a_text_longer_than_the_budget_still_gets_a_batch():
    assert batches([100, 2], budget=10) == [[0], [1]]
