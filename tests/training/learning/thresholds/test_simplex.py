"""The simplex as questions and answers: scipy's without noise, resumable everywhere, careful where there is noise."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize

from training.learning.thresholds import simplex
from training.learning.thresholds.simplex import Answer, Ask, Rules, Search

EXACT = Rules(near=0.0, smallest=1e-3, most=200)
CORNERS = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]


def hill(place):
    x, y = place
    return -((x - 1.3) ** 2) - 3 * (y - 0.4) ** 2 - 0.5 * x * y


def banana(place):
    x, y = place
    return -((1 - x) ** 2) - 10 * (y - x**2) ** 2


def climbed(search, value, error=0.0, noise=lambda: 0.0):
    """All that was asked."""
    asked = []
    while (ask := search.ask()) is not None:
        asked.append(ask)
        search.tell(Answer(value(ask.place) + noise(), error))
    return asked


@pytest.mark.parametrize("value", [hill, banana])
def test_without_noise_it_asks_what_scipy_asks(value):
    theirs = []

    def falling(place):
        theirs.append(tuple(place))
        return -value(place)

    minimize(falling, CORNERS[0], method="Nelder-Mead", options={"initial_simplex": CORNERS, "maxfev": 60})
    own = [ask.place for ask in climbed(Search(CORNERS, EXACT), value)]
    shared = min(len(own), len(theirs))
    assert shared > 30
    assert np.allclose(own[:shared], theirs[:shared], atol=1e-12)


def test_the_first_moves_by_hand():
    search = Search(CORNERS, EXACT)
    for value in (0.0, 2.0, 1.0):  # the corner at the origin is the worst
        search.tell(Answer(value))
    assert search.ask() == Ask((1.0, 1.0))  # over the middle of the others
    search.tell(Answer(3.0))
    assert search.ask() == Ask((1.5, 1.5))  # it was the best: twice as far
    search.tell(Answer(2.5))
    assert search.ask() == Ask((2.0, 0.0))  # it was not: the first stays, and the corner with 1 is turned over
    search.tell(Answer(0.0))
    assert search.ask() == Ask((0.5, 0.75))  # worse than the worst: half way back


def test_a_search_that_was_killed_asks_the_same_again():
    whole = climbed(Search(CORNERS, Rules(most=15)), hill)
    search, asked = Search(CORNERS, Rules(most=15)), []
    while (ask := search.ask()) is not None:
        asked.append(ask)
        search.tell(Answer(hill(ask.place)))
        search = simplex.restored(json.loads(json.dumps(search.state())))
        assert search.ask() == search.ask()
    assert asked == whole
    assert len(whole) > 8


def test_it_ends_on_the_hill():
    search = Search(CORNERS, EXACT)
    climbed(search, hill)
    best = minimize(lambda place: -hill(place), (0, 0)).x
    assert np.allclose(search.best.place, best, atol=1e-2)


def test_a_hidden_difference_is_measured_again_and_a_clear_one_is_not():
    told = [Answer(0.0, 0.1), Answer(5.0, 0.1), Answer(3.0, 0.1)]
    clear = Search(CORNERS, Rules(near=0.0), [*told, Answer(9.0, 0.1)])
    assert clear.ask() == Ask((1.5, 1.5))
    hidden = Search(CORNERS, Rules(near=0.0), [*told, Answer(5.05, 0.1)])
    assert hidden.ask() is not None
    assert hidden.ask().again
    first = hidden.ask().place
    hidden.tell(Answer(5.0, 0.1))
    assert hidden.ask().again
    assert hidden.ask().place != first  # the other one of the two
    hidden.tell(Answer(4.0, 0.1))
    assert not hidden.ask().again  # once each: then the means decide


def test_measurements_are_weighed_by_their_precision():
    vertex = simplex.Vertex((0.0,), 1.0, 0.2)
    vertex.add(Answer(2.0, 0.1))
    assert vertex.value == pytest.approx((1.0 / 0.04 + 2.0 / 0.01) / (1 / 0.04 + 1 / 0.01))
    assert vertex.error == pytest.approx((1 / 0.04 + 1 / 0.01) ** -0.5)


def test_what_lies_near_a_measured_place_is_not_asked_again():
    asked = climbed(Search(CORNERS, Rules(near=0.2, most=60)), hill)
    places = np.array([one.place for one in asked])
    apart = np.abs(places[:, None] - places[None]).max(-1) + np.eye(len(places))
    assert apart.min() > 0.2


def test_a_flat_hill_ends_the_search_within_its_noise():
    generator = np.random.default_rng(0)
    asked = climbed(Search(CORNERS, Rules(most=60)), lambda place: 0.0, 1.0, generator.standard_normal)
    assert len({one.place for one in asked}) < 12


def test_places_are_cut_off_at_their_limits():
    rules = Rules(near=0.0, smallest=1e-3, most=60, low=(0.0, 0.0), high=(1.0, 1.0))
    search = Search(CORNERS, rules)
    asked = climbed(search, lambda place: place[0] + place[1])
    assert all(0 <= one <= 1 for ask in asked for one in ask.place)
    assert search.best.place == (1.0, 1.0)


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        Search(CORNERS).tell(Answer(float("nan")))
