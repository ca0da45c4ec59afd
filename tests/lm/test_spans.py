"""Attention of runs that stand side by side is the attention of each run alone."""

import pytest
import torch

from lm import spans
from lm.spans import Spans

QUERIES, KEYS = (3, 1, 4), (3, 5, 6)


def draw(rows, heads, seed):
    return torch.randn(rows, heads, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_hand(query, key, value, *, is_causal):
    """softmax(q · k / √part) v, number by number; with causal runs the last query sees the last key."""
    found = torch.zeros_like(query)
    for head in range(query.shape[1]):
        group = head * key.shape[1] // query.shape[1]
        for row in range(len(query)):
            seen = len(key) - len(query) + row + 1 if is_causal else len(key)
            weights = torch.softmax(key[:seen, group] @ query[row, head] / 8**0.5, 0)
            found[row, head] = weights @ value[:seen, group]
    return found


@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize("groups", [4, 2, 1])
def test_each_run_of_queries_sees_its_own_keys_alone(is_causal, groups):
    query, key, value = draw(8, 4, 0), draw(14, groups, 1), draw(14, groups, 2)
    every = Spans(QUERIES, KEYS, is_causal=is_causal, device=query.device)
    runs = zip(query.split(QUERIES), key.split(KEYS), value.split(KEYS), strict=True)
    expected = torch.cat([by_hand(*three, is_causal=is_causal) for three in runs])
    assert (spans.attention(query, key, value, every) - expected).abs().max() < 1e-12


def test_a_scale_that_is_given_takes_the_place_of_the_usual_one():
    query, key, value = draw(8, 4, 0), draw(14, 4, 1), draw(14, 4, 2)
    every = Spans(QUERIES, KEYS, is_causal=True, device=query.device)
    found = spans.attention(query, key, value, every, 0.25)
    assert (found - spans.attention(query * 0.25 * 8**0.5, key, value, every)).abs().max() < 1e-12


def test_ends_of_runs_are_counted_as_kernels_want_them():
    every = Spans(QUERIES, KEYS, is_causal=True, device=torch.device("cpu"))
    assert every.query_ends.tolist() == [0, 3, 4, 8]
    assert every.key_ends.tolist() == [0, 3, 8, 14]
    assert every.key_ends.dtype == torch.int32
