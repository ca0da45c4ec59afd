"""Prior-constrained margins: the figures of the paper's code, the stationary margin, and what a fit makes of them."""

import pytest
import torch
from scipy.optimize import minimize_scalar

from lm.families import BERT
from lm.rendering import Rendered
from rewardmodels.learning import bradley_terry, making, margins, reading, scoring
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.margins import BoundedPairs, Ceilings
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry
from tests.rewardmodels.learning.test_making import commission, items, rows
from tests.rewardmodels.learning.worlds import columns, linear_world


def alike(value):
    return torch.tensor([value], dtype=torch.float64)


def text(*ids):
    """A prompt of two tokens and these."""
    return Rendered((1, 2, *ids), 2)


@pytest.mark.parametrize(("lengths", "expected"), [((50, 100), 26.9202), ((60, 60), 6.9800)])
def test_the_ceiling_by_length_is_that_of_the_papers_code(lengths, expected):
    texts = [text(*range(10, 10 + lengths[0])), text(*range(500, 500 + lengths[1]))]
    found = margins.ceilings(BradleyTerry(margin="length"), columns([0], [1], [1]), texts, torch.zeros(2, 3))
    assert found.values[0].item() == pytest.approx(expected, abs=1e-4)


def test_the_ceiling_by_state_is_that_of_the_papers_code():
    states = torch.tensor([[1.0, 0.0], [0.8, 0.6]])  # whose cosine is .8
    found = margins.ceilings(BradleyTerry(margin="cosine"), columns([0], [1], [1]), [text(3), text(4)], states)
    assert found.values[0].item() == pytest.approx(10.1204, abs=1e-4)


def test_states_further_apart_than_a_right_angle_count_as_one():
    apart = margins.by_state(torch.tensor([[1.0, 0.0]]), torch.tensor([[-1.0, 0.1]]))
    assert apart.item() == pytest.approx(0.5)


def test_lengths_are_counted_from_where_two_answers_part():
    assert margins.by_length((7, 7, 1), (7, 7, 2, 3)) == 0.5
    assert margins.by_length((7, 7), (7, 7)) == 1.0
    assert margins.by_length((7,), (7, 8)) == 0.0
    assert margins.by_length((), ()) == 1.0


@pytest.mark.parametrize("ceiling", [0.5, 6.98, 26.92])
def test_alone_both_terms_are_least_at_half_the_ceiling(ceiling):
    pairs = columns([0], [1], [1])
    likelihood = BoundedPairs(
        pairs, 1, side_bias=False, ceilings=Ceilings(torch.tensor([1]), alike(ceiling), candidates=2)
    )

    def loss(margin):
        return -float(likelihood(torch.tensor([margin, 0.0], dtype=torch.float64), pairs)[0])

    assert minimize_scalar(loss, bounds=(-50, 50), method="bounded").x == pytest.approx(ceiling / 2, abs=1e-3)


def test_a_ceiling_far_away_changes_nothing_and_ties_have_none():
    states, weights, pairs = linear_world(pairs=50, cut=0.5)
    utilities = states.double() @ weights
    keys = pairs.first * 100 + pairs.second
    plain = PairLikelihood(pairs, 1, side_bias=False)
    for ceiling, rows_alike in ((1e6, torch.ones(50).bool()), (0.1, pairs.outcome == 0)):
        values = torch.full((50,), ceiling, dtype=torch.float64)
        bounded = BoundedPairs(pairs, 1, side_bias=False, ceilings=Ceilings(keys, values, candidates=100))
        same = torch.isclose(bounded(utilities, pairs), plain(utilities, pairs), atol=1e-12)
        assert (same == rows_alike).all()


def test_each_pair_finds_its_own_ceiling_in_any_order():
    pairs = columns([0, 2, 1], [1, 0, 2], [1, 1, -1])
    texts = [text(1), text(2, 3), text(4, 5, 6, 7)]
    found = margins.ceilings(BradleyTerry(margin="length"), pairs, texts, torch.zeros(3, 2))
    expected = [20 / (ratio + 0.001) - 13 for ratio in (1 / 2, 1 / 4, 2 / 4)]
    assert found.of(pairs).tolist() == pytest.approx(expected)
    assert found.of(pairs.at(torch.tensor([2, 0]))).tolist() == pytest.approx([expected[2], expected[0]])


def test_courtesy_is_learned_with_less_spread_below_a_ceiling(encoder, tmp_path):
    evidence = reading.read(rows())
    spreads = {}
    for name, given in (("free", {}), ("bound", {"margin": "length", "margin_scale": 14.0})):
        made = making.make(reading.read(rows()), encoder, commission(tmp_path, name, weight_decay=0.01, **given))
        assert made.metrics["test"]["accuracy"] == 1
        scores = scoring.open_folder(tmp_path / name).score(items(evidence))
        spreads[name] = max(
            abs(scores[pair.first].reward - scores[pair.second].reward) for pair in evidence.pairs if pair.outcome
        )
    assert spreads["bound"] < spreads["free"] / 2


def test_the_decay_is_chosen_below_the_ceiling_too():
    states, _weights, pairs = linear_world(pairs=200)
    ceilings = Ceilings(pairs.first * 400 + pairs.second, torch.full((200,), 2.0, dtype=torch.float64), candidates=400)
    lesson = bradley_terry.Lesson(states, pairs, 1, BERT, 1, ceilings)
    fitted = bradley_terry.fit(BradleyTerry(margin="length"), lesson)
    assert len(fitted.held_out_losses) == len(bradley_terry.DECAYS)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"margin": "length", "margin_shift": -19.99}, "margin_shift"),
        ({"margin": "cosine", "margin_scale": 10.0}, "margin_shift"),
        ({"margin": "length", "mode": "lora"}, "margin"),
        ({"margin": "width"}, "margin"),
    ],
)
def test_ceilings_that_would_allow_no_preference_are_refused(given, name):
    with pytest.raises(SettingError) as caught:
        BradleyTerry(**given)
    assert caught.value.name == name
