"""What an ensemble says of itself: whether members differ, and whether that points at errors."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from rewardmodels.learning.ensembles import use
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.ensembles.use import Seen
from tests.rewardmodels.learning.worlds import columns

HOW = Combination("mean")


def seen(utilities, outcome=None, hidden=None, train=None):
    """Pairs (0, 1), (2, 3), …, the first preferred unless another outcome is given."""
    count = utilities.shape[1] // 2
    first = 2 * torch.arange(count)
    second = first + 1
    held_out = columns(first, second, torch.ones(count).long() if outcome is None else outcome)
    hidden = torch.zeros(2 * count, 2, dtype=torch.float64) if hidden is None else hidden
    return Seen(utilities, hidden, train or held_out, held_out, 1.0, HOW, 0)


def test_an_area_is_that_of_a_trusted_library_and_lies_in_its_interval():
    generator = np.random.default_rng(0)
    wrong = generator.random(200) < 0.3
    values = np.round(generator.normal(size=200) + wrong, 1)  # with ties
    area, (low, high) = use.auroc(values, wrong, generator.multinomial(200, np.full(200, 1 / 200), size=500))
    assert area == pytest.approx(roc_auc_score(wrong, values), abs=1e-12)
    assert low < area < high
    assert high - low == pytest.approx(4 * 0.04, rel=0.35)  # Hanley and McNeil's standard error at this n and area


def test_members_that_are_one_do_not_differ():
    said = torch.randn(1, 40, generator=torch.Generator().manual_seed(1)).double().repeat(3, 1)
    found = use.describe(seen(said))
    assert found["disagreement"] == 0
    assert found["correlation"] == pytest.approx(1)


def test_members_that_never_agree_are_said_to():
    said = torch.randn(1, 40, generator=torch.Generator().manual_seed(1)).double()
    found = use.describe(seen(torch.cat([said, -said])))
    assert found["disagreement"] == 1
    assert found["correlation"] == pytest.approx(-1)


def noisy_where(is_hard, generator):
    """Members that are apart, and wrong half of the time, on hard pairs alone."""
    count = len(is_hard)
    gap = torch.where(is_hard, 0.0, 2.0).double()
    noise = torch.randn(5, count, generator=generator).double() * torch.where(is_hard, 1.0, 0.1)
    said = torch.zeros(5, 2 * count, dtype=torch.float64)
    said[:, ::2] = gap + noise
    return said


def test_a_spread_that_points_at_errors_is_informative():
    is_hard = torch.arange(200) % 2 == 0
    found = use.describe(seen(noisy_where(is_hard, torch.Generator().manual_seed(0))))
    assert found["spread"]["is_informative"]
    assert found["spread"]["auroc"] > 0.7


def test_a_spread_that_is_the_same_everywhere_is_not():
    generator = torch.Generator().manual_seed(3)
    said = torch.zeros(5, 400, dtype=torch.float64)
    said[:, ::2] = torch.randn(200, generator=generator).double() + 0.1 * torch.randn(5, 200, generator=generator)
    found = use.describe(seen(said))
    assert not found["spread"]["is_informative"]


def test_a_pair_far_from_the_evidence_is_distant():
    hidden = torch.tensor([[1.0, 0], [0, 0], [5, 0], [0, 0], [0, 5], [0, 0]], dtype=torch.float64)
    train = columns(torch.tensor([0] * 99), torch.tensor([1] * 99), torch.ones(99).long())
    near, along, across = use.distance(seen(torch.zeros(2, 6).double(), None, hidden, train), seen_pairs()).tolist()
    assert near == pytest.approx(0.1)  # 1 / √(99 + 1)
    assert along == pytest.approx(0.5)
    assert across == pytest.approx(5)  # nothing was ever learned in that direction


def seen_pairs():
    return columns(torch.tensor([0, 2, 4]), torch.tensor([1, 3, 5]), torch.ones(3).long())


def test_few_errors_are_left_without_a_figure():
    said = torch.zeros(3, 20, dtype=torch.float64)
    said[:, ::2] = 1.0
    found = use.describe(seen(said))
    assert found["wrong"] == 0
    assert "spread" not in found


def test_nothing_held_out_is_said_plainly():
    assert use.describe(seen(torch.zeros(3, 0).double())) == {"n": 0}
