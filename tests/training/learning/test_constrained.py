"""The constrained study: components from ratings, curves that are kept, verdicts that add up, the same again."""

import dataclasses
import json

import numpy as np
import pytest
from scipy.stats import t
from sklearn.linear_model import Ridge

from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.world import corpus, gold, policies, prompts
from rewardmodels.learning.world.grammar import STANDARD
from rewardmodels.learning.world.recipe import Recipe
from training.learning.studies import arms, constrained, rated, verdicts
from training.learning.studies.arms import Curve
from training.learning.studies.constrained import COMPONENTS, Study
from training.learning.studies.registry import STUDIES
from training.learning.studies.verdicts import Outcome
from training.learning.thresholds.surfaces import Point

TINY = Recipe(layers=1, width=16, feed_forward=32, heads=2, vocabulary=400, positions=256, steps=2, batch=2, warmup=1)
LIMITS = {"coverage": 4.0, "warmth": 2.0}
SMALL = dataclasses.replace(STUDIES["constrained"].tiers["smoke"], tokens=12)


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "TOKENIZER_TEXTS", 200)
        return policies.make(tmp_path_factory.mktemp("models"), TINY)


@pytest.fixture(scope="module")
def ratings():
    return rated.collect(0, 400, list(COMPONENTS))


def test_components_are_learned_from_ratings(ratings):
    request = prompts.draw(5, 40)
    texts = [
        f"Here is your {one.temperature} {one.item}. There is no {one.allergen} in it." if number % 2 else "Thank you."
        for number, one in enumerate(request)
    ]
    items = [(one.messages, text) for one, text in zip(request, texts, strict=True)]
    found = rated.single(ratings)
    assert rated.correlation(found["coverage"], gold.coverage, items) > 0.95
    assert found["warmth"].members.shape == (1, len(gold.FEATURES))
    assert found["warmth"].score(items)[0].spread is None


def test_a_fit_is_ridge_regression(ratings):
    """As a trusted library has it; the mean mark is met."""
    weights = np.arange(10.0)
    exact = ratings._replace(marks={"a": ratings.seen @ weights + 3.0})
    found = rated.single(exact)["a"]
    theirs = Ridge(alpha=rated.SHRINKAGE).fit(ratings.seen, exact.marks["a"])
    assert found.members[0] == pytest.approx(theirs.coef_, abs=1e-8)
    assert found.offsets[0] == pytest.approx(theirs.intercept_, abs=1e-8)
    assert ratings.seen.mean(0) @ found.members[0] + found.offsets[0] == pytest.approx(exact.marks["a"].mean())


def test_the_worst_member_is_never_above_the_mean(ratings):
    cautious = rated.ensembles(ratings, 0, 5, Combination("worst"))["warmth"]
    items = [(one.messages, "Thank you so much.") for one in prompts.draw(1, 5)]
    scores = cautious.score(items)
    mean = rated.Rated("warmth", cautious.members, cautious.offsets).score(items)
    assert all(low.reward <= middle.reward for low, middle in zip(scores, mean, strict=True))
    assert all(one.spread > 0 for one in scores)


def test_bounds_of_the_arms(ratings):
    own = constrained.Parts(rated.single(ratings), {}, {"coverage": 2.0, "warmth": 0.5})
    held = own.held(LIMITS)
    assert held.is_kl_objective
    assert [(one.name, one.bounds[0].role, one.bounds[0].threshold) for one in held.components] == [
        ("coverage", "equal", 4.0),
        ("warmth", "equal", 2.0),
    ]
    assert own.summed().kl is None
    assert own.summed(0.5).kl.coefficient == 0.5
    assert [one.name for one in own.alone("warmth").components] == ["warmth"]


def told_of(study):
    told = []
    found, ended = dataclasses.replace(study, told=lambda name, values: told.append((name, values))).run()
    return found, [(one.arm, one.seed, one.curve.row()) for one in ended], told


def test_a_study_makes_nothing_twice_and_its_seed_gives_it_again(speaker, tmp_path):
    study = Study(speaker, SMALL, 3, tmp_path / "first")
    found, ended, told = told_of(study)
    assert [one[0] for one in ended] == list(constrained.ARMS)
    assert len([one for one in told if one[0] == "curve"]) == constrained.runs(SMALL)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "first").rglob("*.json")}
    again = told_of(study)
    assert (again[0], again[1]) == (found, ended)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    elsewhere = told_of(dataclasses.replace(study, folder=tmp_path / "again"))
    assert (elsewhere[0], elsewhere[1]) == (found, ended)


def test_steps_that_are_taken_again_are_told_once(tmp_path):
    found = Curve("weights", 0)
    for step in (0, 1, 2):
        found.add(step, {"kl": float(step), "violation/coverage/equal": 0.5})
        found.add(step, {"check/gold": float(step)})
    found.cut(1)
    found.add(1, {"check/gold": 7.0})
    assert found.steps == [0, 1]
    assert found.gold == [0.0, 7.0]
    assert found.kl == {0: 0.0, 1: 1.0}
    assert found.violations == {"coverage": {0: 0.5, 1: 0.5}}
    assert (found.best, found.last) == (1, 1)
    arms.write(tmp_path / "curve.json", found)
    assert arms.read(tmp_path / "curve.json") == found


def outcome(first, best, last, *, arm="held", coverage=4.0, violations=None):
    def judged(value):
        around = np.array([-1.0, 1.0])
        return {"gold": value + around, "control": value + around, "coverage": coverage + around, "warmth": 2 + around}

    return Outcome(arm, judged(first), judged(best), judged(last), violations or {})


def test_what_is_kept_is_a_share_of_the_gain():
    free = [outcome(5.0, 9.0, 3.0), outcome(5.0, 7.0, 4.0)]
    held = [outcome(5.0, 8.0, 8.0), outcome(5.0, 9.0, 8.0)]
    found = verdicts.verdict(held, free, LIMITS)
    assert found.kept_of_own_peak.mean == pytest.approx((3 + 3) / (3 + 4))
    assert found.kept_of_own_peak.by_seed == pytest.approx([1.0, 0.75])
    assert found.kept_of_free_peak.mean == pytest.approx(6 / 6)
    assert (found.begin, found.peak, found.end) == ([5.0, 5.0], [8.0, 9.0], [8.0, 8.0])
    lost = verdicts.verdict(free, free, LIMITS)
    assert lost.kept_of_own_peak.mean == pytest.approx(-3 / 6)
    assert lost.control_after_peak.mean == pytest.approx(-9 / 6)


def test_without_the_arm_that_nothing_holds_no_share_of_its_peak_is_told():
    found = verdicts.verdict([outcome(5.0, 8.0, 8.0)], [], LIMITS)
    assert (found.kept_of_own_peak.mean, found.kept_of_free_peak.by_seed) == (1.0, [])
    assert np.isnan(found.kept_of_free_peak.mean)


def test_the_bound_of_a_share_by_hand():
    """Parts 1 and 3 of wholes 2 each: 1, and ½ ± ½ by seed; one degree of freedom."""
    found = verdicts.share([1.0, 3.0], [2.0, 2.0])
    assert found.mean == 1.0
    assert found.low == pytest.approx(1 - t.ppf(0.9, 1) * 0.5)
    same = verdicts.share([2.0, 2.0, 2.0], [2.0, 2.0, 2.0])
    assert (same.mean, same.low) == (1.0, 1.0)
    assert verdicts.share([1.0], [2.0]).low == float("-inf")


@pytest.mark.parametrize(
    ("coverage", "violation", "is_reached", "is_met"),
    [(4.1, 0.0, True, True), (4.5, 0.0, False, False), (4.1, 0.3, True, False)],
)
def test_a_bound_is_met_near_its_threshold_and_within_the_noise_of_its_steps(coverage, violation, is_reached, is_met):
    steps = {step: violation + 0.1 * (-1) ** step for step in range(40)}
    still = {step: 0.1 * (-1) ** step for step in range(40)}
    own = outcome(5.0, 8.0, 8.0, coverage=coverage, violations={"coverage": steps, "warmth": still})
    found = verdicts.verdict([own], [own], LIMITS)
    assert verdicts.reached(found, LIMITS) == [is_reached]
    assert verdicts.met(found, LIMITS) == [is_met]
    assert verdicts.least_chance(found) == pytest.approx(
        min(1.0, 2 * 2 * t.sf(violation / (0.1 / 3), 9))  # the last quarter, ten steps of ± .1; two bounds
    )


def test_where_no_surface_can_be_laid_the_best_look_stands_in():
    points = [Point(str(place), "x", (1.0, 2.0), float(place)) for place in range(4)]
    found = constrained.highest(points, np.random.default_rng(0))
    assert (found.thresholds, found.value) == ((1.0, 2.0), 3.0)
    assert json.loads(json.dumps(found._asdict()))["known"] == 0.0


def test_the_exact_tilt_has_the_means_that_it_was_asked_for_and_is_none_at_the_references_own(ratings):
    own = rated.single(ratings)
    log, cells, _worth = constrained.laid_out(own, STANDARD)
    there = dict(zip(own, constrained.means_of(np.zeros(2), log, cells), strict=True))
    assert list(constrained.exact_tilt(own, there).values()) == pytest.approx([0.0, 0.0], abs=1e-6)
    further = {"coverage": there["coverage"] + 0.5, "warmth": there["warmth"] - 0.3}
    found = constrained.exact_tilt(own, further)
    assert constrained.means_of(np.array(list(found.values())), log, cells) == pytest.approx(list(further.values()))
    assert found["coverage"] > 0 > found["warmth"]
