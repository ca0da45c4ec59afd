"""What becomes of rewards before they are raised."""

import pytest
import torch

from tests.training.learning.small import commission
from tests.training.learning.test_running import Told, same, weights
from training.learning import running, transforms
from training.learning.settings.online import Online, Rloo
from training.learning.transforms import Given


def given(rewards, references=((),), counts=None, **settings):
    values = torch.tensor(rewards, dtype=torch.float64)
    counted = torch.ones(len(values), dtype=torch.bool) if counts is None else torch.tensor(counts)
    return Given(values, counted, torch.tensor(references, dtype=torch.float64), Rloo(**settings))


def test_par_is_the_mean_chance_to_be_preferred():
    assert transforms.par(given([1.0], [[0.0, 2.0]])).tolist() == pytest.approx([0.5])
    far = transforms.par(given([100.0, -100.0], [[0.0, 2.0]]))
    assert far.tolist() == pytest.approx([1.0, 0.0])


def test_whitened_rewards_keep_their_order_and_have_no_mean():
    """The sign is the right way round, and the deviation divides by n."""
    found = transforms.whiten(given([1.0, 3.0]))
    assert found.tolist() == [-1.0, 1.0]
    masked = transforms.whiten(given([1.0, 3.0, 100.0], counts=[True, True, False]))
    assert masked.tolist() == [-1.0, 1.0, 98.0]
    assert transforms.whiten(given([2.0, 2.0])).tolist() == [0.0, 0.0]


def test_delta_is_cut_on_both_sides():
    assert transforms.delta(given([0.0, 1.5, 9.0], [[1.0, 1.0]], widest=0.8)).tolist() == pytest.approx(
        [-0.8, 0.5, 0.8]
    )


def test_answers_of_the_reference_are_uniform_when_calibrated():
    generator = torch.Generator().manual_seed(0)
    own, beside = torch.randn(4_000, generator=generator), torch.randn(1, 500, generator=generator)
    found = transforms.calibrated(Given(own.double(), torch.ones(4_000, dtype=torch.bool), beside.double(), Rloo()))
    levels = torch.quantile(found, torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64))
    assert levels.tolist() == pytest.approx([0.1, 0.5, 0.9], abs=0.05)
    assert transforms.calibrated(given([1.0], [[1.0, 0.0]])).tolist() == [0.75]  # a tie counts half


def test_bends_keep_the_order():
    one = given([0.0, 1.0, 2.0], [[0.5, 1.5]], sharpness=2.0)
    for bend in (transforms.best_of_n, transforms.worst_of_n):
        assert bend(one).diff().min() > 0
    assert transforms.best_of_n(one).tolist() == pytest.approx([1.0, torch.e, torch.e**2])


def test_the_choices_are_those_that_there_are():
    enum = next(one for one in Online.__dataclass_fields__.values() if one.name == "transform").metadata["enum"]
    assert list(enum) == list(transforms.TRANSFORMS)


def test_a_run_raises_what_was_transformed_and_resumes_with_its_references(tmp_path):
    settings = {"transform": "par", "references": 2, "keep_every": 100, "truncated": "scored", "empty": "scored"}
    told = Told()
    running.run(commission(tmp_path / "whole", **settings), told.observer)
    assert all(0.0 <= value <= 1.0 + 1e-9 for value in told.values("objective"))
    assert max(told.values("reward/a")) > 0
    with pytest.raises(KeyboardInterrupt):
        running.run(commission(tmp_path / "parts", **settings), Told(stop_at=3).observer)
    running.run(commission(tmp_path / "parts", **settings))
    same(weights(tmp_path / "whole"), weights(tmp_path / "parts"))
