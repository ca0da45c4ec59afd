"""Whether a proxy's gain vouches for a truth: by hand, at limits, and on bandits where every angle is known."""

import math

import numpy as np
import pytest

from tests.training.learning.small import PROMPTS, commission
from tests.training.learning.test_running import Told
from training.learning import cone, running
from training.learning.commissions import Looking, Unrunnable
from training.learning.cone import Cone


def test_by_hand():
    assert cone.angle(0.75) == pytest.approx(math.pi / 4)
    assert Cone(0.75).needed == pytest.approx(math.sqrt(0.5))
    assert cone.cosine(gain=0.6, deviation=2.0, chi2=0.25) == pytest.approx(0.6)
    assert cone.within([1.0, 3.0, 10.0, 14.0], samples=2) == pytest.approx(math.sqrt((2 + 8) / 2))


def test_at_limits():
    """A proxy that is always right may do anything that does not lose; one that guesses vouches for nothing."""
    assert Cone(1.0).needed == pytest.approx(0.0)
    assert Cone(0.5).needed == pytest.approx(1.0)
    assert cone.divergence(1e-6) == pytest.approx(2e-6, rel=1e-5)
    assert cone.divergence(3.0) == pytest.approx(math.exp(3) - 1)
    assert cone.cosine(0.0, 1.0, 0.0) == 1.0


def test_normal_scores_agree_as_their_angle_says():
    """Sheppard's formula, on a million pairs."""
    generator = np.random.default_rng(0)
    theta = 0.7
    proxy, other = generator.normal(size=(2, 1_000_000))
    truth = math.cos(theta) * proxy + math.sin(theta) * other
    agreement = np.mean(np.sign(proxy) == np.sign(truth))
    assert cone.angle(float(agreement)) == pytest.approx(theta, abs=5e-3)


def bandit(seed, arms=12):
    """A reference, a centred proxy of deviation 1, and a tilt by it that grows."""
    generator = np.random.default_rng(seed)
    reference = generator.dirichlet(np.full(arms, 2.0))
    proxy = generator.gumbel(size=arms)
    proxy -= reference @ proxy
    return reference, proxy / math.sqrt(reference @ proxy**2)


def tilted(reference, proxy, strength):
    weights = reference * np.exp(strength * proxy)
    return weights / weights.sum()


def worst(reference, proxy, way, theta):
    """The truth at this angle to the proxy that has lost most by the way."""
    across = way - (reference @ (way * proxy)) * proxy
    across /= math.sqrt(reference @ across**2)
    return math.cos(theta) * proxy - math.sin(theta) * across


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0, 2.0, 4.0])
def test_on_a_bandit_some_truth_of_the_cone_has_lost_exactly_where_the_cosine_is_below(seed, strength):
    reference, proxy = bandit(seed)
    policy = tilted(reference, proxy, strength)
    way = policy / reference - 1
    chi2 = float(reference @ way**2)
    found = cone.cosine(float((policy - reference) @ proxy), 1.0, chi2)
    for theta in (0.1, 0.4, 0.8, 1.2):
        truth = worst(reference, proxy, way, theta)
        assert reference @ (truth * proxy) == pytest.approx(math.cos(theta))
        gain = float((policy - reference) @ truth)
        assert gain == pytest.approx(math.sqrt(chi2) * math.sin(math.pi / 2 - theta - math.acos(found)), abs=1e-9)
        assert (gain > 0) == (found > math.sin(theta))


@pytest.mark.parametrize("seed", range(4))
def test_a_bandits_divergence_is_what_is_taken_for_small_ways_and_never_less_than_its_floor(seed):
    reference, proxy = bandit(seed)
    for strength in (0.01, 1.0, 3.0):
        policy = tilted(reference, proxy, strength)
        kl = float(policy @ np.log(policy / reference))
        chi2 = float(reference @ (policy / reference - 1) ** 2)
        assert chi2 >= math.expm1(kl) - 1e-12
        if strength == 0.01:
            assert cone.divergence(kl) == pytest.approx(chi2, rel=0.03)


def test_noise_ends_nothing_and_a_gain_that_is_surely_too_small_does():
    asked = Cone(0.75)
    asked.begin([0.0] * 50)
    asked.learn_deviation([1.0, -1.0] * 8, 2)
    noisy = asked.look([9.0, -9.0] * 25, kl=0.5)
    assert noisy is not None and not noisy.why
    sure = asked.look([0.1, 0.12] * 25, kl=0.5)
    assert "no longer vouches" in sure.why
    assert sure.cosine == pytest.approx(0.11 / (math.sqrt(2) * 1.0))
    assert not asked.look([1.2, 1.3] * 25, kl=0.5).why


def test_a_policy_that_has_not_moved_is_not_judged():
    asked = Cone(0.75)
    asked.begin([0.0, 0.0])
    asked.learn_deviation([1.0, 2.0], 2)
    assert asked.look([0.0, 0.0], kl=0.0) is None


def test_a_run_ends_where_its_proxy_no_longer_vouches_and_ends_so_again(tmp_path):
    """A reward that is right on 97 of 100 pairs allows little; on 60 of 100 hardly anything."""
    told = Told()
    looking = Looking(PROMPTS * 8, every=2, agreement=0.6)
    made = commission(tmp_path, steps=40, looking=looking, samples=8, keep_every=100, learning_rate=0.02)
    outcome = running.run(made, told.observer)
    assert outcome.ended == "stopped"
    assert outcome.last < 40
    assert "agrees with it on 60% of pairs" in outcome.why
    looks = [step for step, values in told.reports.items() if "cone/proxy" in values]
    assert looks == list(range(2, outcome.last + 1, 2))
    assert told.reports[outcome.last]["cone/needed"] == pytest.approx(math.sin(0.4 * math.pi))
    again = running.run(commission(tmp_path, steps=40, looking=looking, samples=8, keep_every=100, learning_rate=0.02))
    assert (again.why, again.last) == (outcome.why, outcome.last)


def test_what_has_no_cone_is_refused(tmp_path):
    with pytest.raises(Unrunnable, match="more than half of all pairs"):
        Looking(PROMPTS, agreement=0.5)
    held = [{"name": "a", "bounds": [{"role": "at_least", "threshold": 1.0}]}]
    with pytest.raises(Unrunnable, match="where components have weights"):
        commission(tmp_path, held, {"role": "objective"}, looking=Looking(PROMPTS, agreement=0.8))
