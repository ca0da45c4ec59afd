"""Sources compared by order: by hand, at limits, against closed forms and a trusted library."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from annotation.agreement import contestfit, contests, link, strengths, twoway
from annotation.agreement.contests import Contests
from annotation.agreement.twoway import Ways


def made(first, second, outcome, *, prompt=None, annotator=None, side=None, excess=None):
    """Verdicts as columns; a prompt of its own each, by one annotator, unless said otherwise."""
    count = len(outcome)
    prompt = np.arange(count) if prompt is None else np.array(prompt)
    nothing = np.zeros(count, int)
    return Contests(
        prompt,
        prompt,
        nothing if annotator is None else np.array(annotator),
        np.array(first),
        np.array(second),
        np.array(outcome),
        nothing if side is None else np.array(side),
        np.zeros(count) if excess is None else np.array(excess),
    )


def between_two(wins, ties, losses):
    outcome = [1] * wins + [0] * ties + [-1] * losses
    return made([0] * len(outcome), [1] * len(outcome), outcome)


def simulated(*, prompts=400, sources=4, cut=0.0, annotators=3, seed=0):
    random = np.random.default_rng(seed)
    strength = np.linspace(-0.7, 0.7, sources)
    first = random.integers(0, sources, prompts)
    second = (first + random.integers(1, sources, prompts)) % sources
    side, excess = random.choice([-1, 1], prompts), np.round(random.normal(0, 0.5, prompts), 2)
    z = strength[first] - strength[second] + 0.4 * side + 0.6 * excess + random.logistic(size=prompts)
    outcome = np.where(z > cut, 1, np.where(z < -cut, -1, 0))
    outcome = np.where((outcome == 0) & (cut == 0), 1, outcome)
    annotator = random.integers(0, annotators, prompts)
    return made(first, second, outcome, annotator=annotator, side=side, excess=excess)


def test_of_two_sources_without_ties_the_strengths_are_the_logit_of_the_win_rate():
    found = strengths.measure(between_two(30, 0, 10), 2, draws=50)
    assert found.rates[0].value == 0.75
    assert np.diff(found.strength.value)[0] == pytest.approx(-logit(0.75), abs=1e-5)
    assert found.field.value == pytest.approx([0.75, 0.25], abs=1e-6)


def test_of_two_sources_with_ties_the_strengths_have_rao_and_kuppers_closed_form():
    """σ(d − c) = 20/50 and σ(−d − c) = 10/50, so d is half the difference of the logits."""
    found = strengths.measure(between_two(20, 20, 10), 2, draws=50)
    assert found.rates[0].value == 0.6
    assert -np.diff(found.strength.value)[0] == pytest.approx((logit(0.4) - logit(0.2)) / 2, abs=1e-5)


def test_strengths_side_and_length_are_those_of_logistic_regression():
    verdicts = simulated()
    found = strengths.measure(verdicts, 4, draws=20)
    columns = np.zeros((400, 6))
    columns[np.arange(400), verdicts.first], columns[np.arange(400), verdicts.second] = 1, -1
    columns[:, 4], columns[:, 5] = verdicts.side, verdicts.excess
    won = verdicts.outcome == 1

    def fitted(width):
        return LogisticRegression(C=1e6, fit_intercept=False, tol=1e-10, max_iter=1000).fit(columns[:, :width], won)

    plain, controlled = fitted(5).coef_[0], fitted(6).coef_[0]
    assert found.strength.value == pytest.approx(plain[:4] - plain[:4].mean(), abs=1e-4)
    assert found.side.value[0] == pytest.approx(plain[4], abs=1e-4)
    assert found.at_equal_length.value == pytest.approx(controlled[:4] - controlled[:4].mean(), abs=1e-4)
    assert found.length.value[0] == pytest.approx(controlled[5], abs=1e-4)


def test_with_ties_the_mode_is_that_of_a_general_optimiser_on_the_link_of_pairs():
    verdicts = contests.oriented(simulated(cut=0.5))
    design, cell = strengths.design_of(verdicts, 4, with_length=True)
    found = contestfit.fit(design, np.bincount(cell, minlength=len(design.outcome))[None].astype(float))

    def loss(at):
        ends = link.edges(np.exp(at[-1:]))
        z = design.columns[cell] @ at[:-1]
        return -link.slopes(z, ends, link.places(verdicts.outcome, 1, ties=True)).value.sum() + 5e-7 * at @ at

    best = minimize(loss, np.zeros(7), method="BFGS", options={"gtol": 1e-6})
    assert found.linear[0] == pytest.approx(best.x[:-1], abs=1e-3)
    assert found.cut[0] == pytest.approx(np.exp(best.x[-1]), abs=1e-3)


def test_a_prompt_counts_once_however_many_verdicts_it_has():
    often = made([0] * 5, [1] * 5, [1, 1, 1, 1, -1], prompt=[0, 0, 0, 0, 1])
    assert strengths.measure(often, 2, draws=20).rates[0].value == 0.5


def test_prompts_that_are_alike_by_chance_say_no_more_than_all_their_verdicts():
    alike = made([0] * 18, [1] * 18, [1, 1, -1] * 6, prompt=np.repeat(np.arange(6), 3))
    (found,) = strengths.measure(alike, 2, draws=20).rates
    assert (found.low, found.high) == pytest.approx(twoway.wilson(2 / 3, 18))


def test_turning_a_verdict_around_changes_nothing():
    plain = simulated(cut=0.5)
    odd = np.arange(400) % 2 == 1
    sign = np.where(odd, -1, 1)
    turned = plain._replace(
        first=np.where(odd, plain.second, plain.first),
        second=np.where(odd, plain.first, plain.second),
        outcome=plain.outcome * sign,
        side=plain.side * sign,
        excess=plain.excess * sign,
    )
    one, other = (strengths.measure(found, 4, draws=20, seed=3) for found in (plain, turned))
    assert one.strength.value == pytest.approx(other.strength.value)
    assert one.strength.low == pytest.approx(other.strength.low)
    assert one.rates == other.rates


def test_where_everything_is_a_tie_nobody_is_stronger():
    found = strengths.measure(between_two(0, 12, 0), 2, draws=50)
    assert found.strength.value == pytest.approx([0, 0], abs=1e-6)
    assert found.rates[0].value == 0.5
    assert found.rates[0].low < 0.3 and found.rates[0].high > 0.7
    assert list(found.rank.value) == [1, 1]


def test_one_prompt_gives_a_rate_with_a_wide_interval_and_no_bootstrap():
    found = strengths.measure(between_two(1, 0, 0), 2, draws=20)
    assert (found.rates[0].low, found.rates[0].high) == (pytest.approx(twoway.wilson(1.0, 1)[0]), 1.0)
    assert np.isnan(found.field.low).all()


def test_who_always_won_has_no_strength_but_a_rate_that_is_not_certain():
    found = strengths.measure(between_two(20, 0, 0), 2, draws=100)
    assert not found.is_finite
    assert np.isnan(found.strength.value).all()
    assert found.rates[0].value == 1.0
    assert 0.8 < found.rates[0].low < 0.9
    assert list(found.rank.value) == [1, 2]
    assert np.isnan(found.field.low).all()
    assert np.isnan(found.rank.low).all()


def test_sources_that_never_met_are_compared_in_their_own_groups_alone():
    found = strengths.measure(made([0, 0, 2, 2], [1, 1, 3, 3], [1, -1, 1, -1]), 4, draws=20)
    assert list(found.group) == [0, 0, 1, 1]
    assert found.strength.value == pytest.approx([0, 0, 0, 0], abs=1e-6)
    assert list(found.rank.value) == [1, 1, 1, 1]


def test_a_chain_of_wins_that_closes_makes_every_strength_finite():
    circle = made([0, 1, 2], [1, 2, 0], [1, 1, 1])
    assert len(np.unique(contests.rounds(contests.oriented(circle), 3))) == 1
    open_chain = contests.oriented(made([0, 1], [1, 2], [1, 1]))
    assert len(np.unique(contests.rounds(open_chain, 3))) == 3


def test_a_source_against_itself_is_refused():
    with pytest.raises(ValueError, match="two different sources"):
        strengths.measure(made([0], [0], [1]), 1)


def test_no_verdicts_give_nothing():
    assert strengths.measure(between_two(0, 0, 0), 2) is None


def test_the_variance_by_prompts_is_that_of_a_mean():
    random = np.random.default_rng(0)
    values = random.normal(size=50)
    ways = Ways(np.arange(50), np.zeros(50, int))
    moved = (values - values.mean())[:, None] / 50
    assert ways.variance(moved)[0] == pytest.approx(values.var(ddof=1) / 50)
    assert ways.widening(moved)[0] == 1


def test_annotators_who_differ_widen_an_interval_and_those_who_do_not_leave_it():
    random = np.random.default_rng(1)
    person = np.repeat(np.arange(10), 40)
    taste, noise = random.normal(0, 1, 10)[person], random.normal(0, 1, 400)
    ways = Ways(np.arange(400), person)
    for values, least, most in ((taste + noise, 3, 7), (noise - np.repeat(noise.reshape(10, 40).mean(1), 40), 1, 1)):
        moved = (values - values.mean())[:, None] / 400
        assert least <= ways.widening(moved)[0] <= most


def test_drawing_again_spreads_as_the_variance_says():
    verdicts = between_two(60, 0, 40)
    found = strengths.measure(verdicts, 2, draws=1000)
    width = found.strength.high[0] - found.strength.low[0]
    error = np.sqrt(1 / (100 * 0.6 * 0.4)) / 2  # of half the logit
    assert width == pytest.approx(2 * 1.96 * error, rel=0.12)
