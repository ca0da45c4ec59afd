"""The comparison of the search with a grid, in small: what it counts, what it judges, and that it goes on."""

import json

import numpy as np
import pytest
import torch

from benchmarks import searching
from benchmarks.searching import TIERS, Bench, outcome, share
from rewardmodels.learning.world import corpus, policies
from rewardmodels.learning.world.recipe import Recipe

TINY = Recipe(layers=1, width=16, feed_forward=32, heads=2, vocabulary=400, positions=256, steps=2, batch=2, warmup=1)


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "TOKENIZER_TEXTS", 200)
        return policies.make(tmp_path_factory.mktemp("models"), TINY)


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_grid_and_a_search_are_judged_on_the_same_prompts_and_go_on_from_their_folder(speaker, tmp_path, capsys):
    Bench(speaker, TIERS["smoke"], 0, tmp_path).run()
    first = lines(capsys)
    grid = [one for one in first if one["figure"] == "grid"]
    box = next(one for one in first if one["figure"] == "box")
    assert grid[0]["thresholds"] == box["means"]
    step = [apart - begin for begin, apart in zip(box["means"], grid[4]["thresholds"], strict=True)]
    assert step == pytest.approx(box["sizes"], abs=2e-4)  # one along each of three by three
    assert len(grid) == 9
    verdict = first[-1]
    spent = verdict["spent"]
    assert spent["grid"] == 16 + sum(one["spent"] for one in grid) <= 16 + 9 * (16 + 3 * 6)
    searched = [one for one in first if one["figure"] == "search"]
    assert spent["search"] == 16 + sum(one["came"]["spent"] for one in searched) <= spent["grid"] / 3
    assert verdict["answers"] == 24
    assert len(verdict["grid"]["gains"]) == len(verdict["search"]["gains"]) == 2
    assert verdict["ahead"]["mean"] == pytest.approx(verdict["search"]["mean"] - verdict["grid"]["mean"], abs=2e-4)
    Bench(speaker, TIERS["smoke"], 0, tmp_path).run()
    assert lines(capsys) == first
    with pytest.raises(SystemExit, match="another seed"):
        Bench(speaker, TIERS["smoke"], 1, tmp_path)


def test_a_place_that_was_not_reached_counts_where_it_came_to():
    came = searching.Reached((3.0,), 1.0, 0.1, (2.0,), 4, 40, is_reached=False)
    assert (came.again, came._replace(is_reached=True).again) == ((2.0,), (3.0,))


def test_shares_and_intervals_by_hand_and_at_a_limit():
    same = np.array([1.0, 3.0, 2.0, 2.0])
    assert share(0.5 * same, same, 0) == pytest.approx({"mean": 0.5, "low": 0.5, "high": 0.5})
    found = outcome(np.stack([same + 1, same - 1]))
    assert found["gains"] == [3.0, 1.0]
    assert (found["mean"], found["high"] - 2.0) == (2.0, pytest.approx(1.96 * (2 / 3) ** 0.5 / 2))
    values = np.random.default_rng(0).normal(1.0, 0.5, 400)
    ratio = share(values, np.ones(400), 0)  # of a constant: the interval of a mean
    assert (ratio["low"], ratio["high"]) == pytest.approx([outcome(values)[name] for name in ("low", "high")], abs=4e-3)
