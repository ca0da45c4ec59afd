"""Heads for rated aspects: the closed form, what is held out, and when nothing can be learned."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from rewardmodels.learning.composition import rated
from rewardmodels.learning.composition.rated import Ratings


def world(prompts=60, width=8, noise=0.3, seed=0):
    """(states, cluster of each, ratings): two answers a prompt, rated by a linear aspect with noise."""
    generator = np.random.default_rng(seed)
    states = generator.normal(size=(2 * prompts, width)) * 3 + 5
    cluster = np.repeat(np.arange(prompts), 2)
    value = states @ np.linspace(-0.5, 0.5, width) + noise * generator.normal(size=2 * prompts)
    return states, cluster, Ratings(np.arange(2 * prompts), value, cluster)


@pytest.mark.parametrize("penalty", [0.1, 10.0, 1_000.0])
def test_ridge_is_that_of_scikit_learn_on_standardised_states(penalty):
    states, _, given = world()
    ours = rated.ridge(states, given.value, penalty)
    standard = (states - states.mean(0)) / states.std(0)
    theirs = Ridge(alpha=penalty).fit(standard, given.value)
    assert np.allclose(ours.predict(states), theirs.predict(standard), atol=1e-8)


def test_without_penalty_an_exact_aspect_is_found_exactly():
    states, _, given = world(noise=0.0)
    head = rated.ridge(states, given.value, 1e-9)
    assert np.allclose(head.weight, np.linspace(-0.5, 0.5, 8), atol=1e-6)
    assert head.bias == pytest.approx(0, abs=1e-5)


def test_an_endless_penalty_leaves_the_mean():
    states, _, given = world()
    assert np.allclose(rated.ridge(states, given.value, 1e12).predict(states), given.value.mean(), atol=1e-6)


def test_noise_that_was_seen_is_not_told_back_to_the_training_answers():
    """Ratings are pure noise: a head that had seen them would follow them, one that had not cannot."""
    generator = np.random.default_rng(1)
    states, cluster, given = world(prompts=40, width=120)
    given = given._replace(value=generator.normal(size=80))
    learned = rated.learn(states, cluster, given, seed=1)
    leaky = rated.ridge(states, given.value, 0.1).predict(states)
    assert np.corrcoef(leaky, given.value)[0, 1] > 0.9
    assert abs(np.corrcoef(learned.out_of_fold, given.value)[0, 1]) < 0.4
    assert learned.penalty == max(rated.PENALTIES)


def test_a_prompts_answers_are_predicted_without_any_of_its_ratings(monkeypatch):
    monkeypatch.setattr(rated, "choose", lambda rows, ratings, fold: 10.0)
    states, cluster, given = world()
    before = rated.learn(states, cluster, given, seed=1)
    shouted = given._replace(value=np.where(given.cluster == 7, 1e6, given.value))
    after = rated.learn(states, cluster, shouted, seed=1)
    assert (after.out_of_fold[cluster == 7] == before.out_of_fold[cluster == 7]).all()
    assert not np.allclose(after.head.predict(states[cluster == 7]), before.head.predict(states[cluster == 7]))


def test_answers_of_prompts_that_nobody_rated_get_the_head_of_all_ratings():
    states, cluster, given = world()
    kept = given.cluster < 50
    learned = rated.learn(states, cluster, Ratings(*(part[kept] for part in given)), seed=1)
    unrated = cluster >= 50
    assert np.allclose(learned.out_of_fold[unrated], learned.head.predict(states)[unrated])
    assert not np.allclose(learned.out_of_fold[~unrated], learned.head.predict(states)[~unrated], atol=1e-6)
    assert learned.correlation > 0.9
    assert learned.n == 100


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Ratings(np.arange(5), np.arange(5.0), np.arange(5)), "5 ratings"),
        (Ratings(np.arange(40), np.arange(40.0), np.arange(40) // 20), "2 prompts"),
        (Ratings(np.arange(40), np.full(40, 3.0), np.arange(40)), "equal"),
    ],
)
def test_too_little_to_learn_an_aspect_from_is_a_sentence(given, said):
    assert said in rated.why_not(given)
    assert not rated.why_not(world()[2])
