"""One shot, whole: a pool that outlives a kill, what the dual foretells, pairs, and a policy that goes there."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from rewardmodels.learning.rewards import Score
from tests.training.learning.direct.worlds import opened, save_policy
from training.learning.observing import RunObserver
from training.learning.oneshot import foretold, mocan, pools
from training.learning.oneshot.mocan import Shot
from training.learning.oneshot.multipliers import Unfindable
from training.learning.oneshot.pools import Answered
from training.learning.settings import plan as plans
from training.learning.settings.oneshot import Mocan

BETA = 0.5


class Letters:
    """How many of a letter an answer has."""

    def __init__(self, letter):
        self.letter = letter

    def score(self, items, *, budget=0):
        return [Score(float(text.count(self.letter)), 0.0, 1, True) for _prompt, text in items]


def planned(role="at_least", threshold=0.3):
    bounds = [{"role": role, "threshold": threshold}]
    return plans.read([{"name": "r", "weight": 1.0}, {"name": "g", "bounds": bounds}])


def pool_of(reward, safety, prompts=20):
    """Each prompt with the same answers; those of the reference are alike, so that chances are counts."""
    return [Answered([str(n) for n in range(len(reward))], {"r": reward, "g": safety}) for _ in range(prompts)]


def spelled_out(counts, values):
    return [value for count, value in zip(counts, values, strict=True) for _ in range(count)]


def test_the_dual_foretells_the_solution_of_a_table():
    """One prompt with reference (.5, .3, .2), r (1, .2, −.5), g (−1, .4, 1.2), β .5 and a threshold of .3."""
    counts = (5, 3, 2)
    pool = pool_of(spelled_out(counts, (1.0, 0.2, -0.5)), spelled_out(counts, (-1.0, 0.4, 1.2)))
    found = foretold.foretold(pool, planned().components, BETA, seed=1)
    (bound,) = found.told["bounds"]
    assert bound["multiplier"] == pytest.approx(0.941927, abs=1e-6)
    assert (bound["low"], bound["high"]) == pytest.approx((0.941927, 0.941927), abs=1e-6)
    expected = (0.253201, 0.428698, 0.318101)
    assert found.told["components"]["g"]["predicted"] == pytest.approx(0.3, abs=1e-6)
    assert found.told["components"]["g"]["reference"] == pytest.approx(-0.14)
    reward = np.dot(expected, (1.0, 0.2, -0.5))
    assert found.told["components"]["r"]["predicted"] == pytest.approx(reward, abs=1e-5)
    kl = sum(p * math.log(p / q) for p, q in zip(expected, (0.5, 0.3, 0.2), strict=True))
    assert found.told["kl"]["predicted"] == pytest.approx(kl, abs=1e-5)
    counted = 1 / sum(p * p / n for p, n in zip(expected, counts, strict=True))
    assert found.told["counted"] == pytest.approx(counted, abs=1e-4)
    assert max(found.told["checks"].values()) < 1e-8


def test_a_margin_over_the_reference_is_a_threshold_from_its_mean():
    """The reference of the same table has −.14, so that .44 more is .3; −.44 at most is as much less of the cost."""
    counts = (5, 3, 2)
    reward, safety = spelled_out(counts, (1.0, 0.2, -0.5)), spelled_out(counts, (-1.0, 0.4, 1.2))
    pool = pool_of(reward, safety)
    found = foretold.foretold(pool, planned(threshold=0.44).components, BETA, seed=1, are_margins=True)
    (bound,) = found.told["bounds"]
    assert bound["multiplier"] == pytest.approx(0.941927, abs=1e-6)
    assert (bound["threshold"], bound["margin"]) == pytest.approx((0.3, 0.44))
    assert (bound["low"], bound["high"]) == pytest.approx((0.941927, 0.941927), abs=1e-6)
    cost = pool_of(reward, [-one for one in safety])
    other = foretold.foretold(cost, planned("at_most", -0.44).components, BETA, seed=1, are_margins=True)
    assert other.multipliers == pytest.approx(found.multipliers)
    assert other.told["bounds"][0]["threshold"] == pytest.approx(-0.3)
    assert max(other.told["checks"].values()) < 1e-8


def test_no_margin_at_all_is_held_by_the_reference_alone():
    pool = pool_of([0.0, 0.0], [1.0, 2.0])
    found = foretold.foretold(pool, planned(threshold=0.0).components, BETA, seed=1, are_margins=True)
    assert (found.multipliers.tolist(), found.told["kl"]["predicted"]) == ([0.0], pytest.approx(0.0))


def test_at_most_is_at_least_of_the_negative():
    reward, cost = [1.0, 0.2, -0.5, 0.0], [1.0, -0.4, -1.2, 0.1]
    least = foretold.foretold(pool_of(reward, [-c for c in cost]), planned("at_least", 0.3).components, BETA, seed=1)
    most = foretold.foretold(pool_of(reward, cost), planned("at_most", -0.3).components, BETA, seed=1)
    assert most.multipliers == pytest.approx(least.multipliers)
    assert most.told["components"]["g"]["predicted"] == pytest.approx(-0.3, abs=1e-6)


def test_a_bound_that_holds_by_itself_has_no_multiplier_and_one_out_of_reach_none_at_all():
    pool = pool_of([0.0, 1.0], [1.0, 2.0])
    assert foretold.foretold(pool, planned(threshold=0.5).components, BETA, seed=1).multipliers.tolist() == [0.0]
    with pytest.raises(Unfindable, match="Lower a threshold"):
        foretold.foretold(pool, planned(threshold=2.5).components, BETA, seed=1)


def test_the_interval_of_a_mean_is_that_over_prompts():
    pool = [Answered(["a", "b"], {"r": [0.0, 0.0], "g": [value, value]}) for value in (1.0, 2.0, 3.0)]
    found = foretold.foretold(pool, planned(threshold=0.0).components, BETA, seed=1).told["components"]["g"]
    assert (found["predicted"], found["low"]) == pytest.approx((2.0, 2.0 - 1.96 / math.sqrt(3)))


def test_best_of_n_is_every_draw_of_n_chosen_by_what_the_multipliers_weigh():
    reward, safety = [1.0, 0.2, -0.5, 0.1], [-1.0, 0.4, 1.2, -0.3]
    found = foretold.foretold(pool_of(reward, safety), planned().components, BETA, seed=1)
    rows = {one["n"]: one for one in found.told["best_of_n"]}
    assert list(rows) == [1, 2, 4]
    utility = np.array(reward) + found.multipliers[0] * np.array(safety)
    chosen = [max(pair, key=lambda place: utility[place]) for pair in itertools.combinations(range(4), 2)]
    assert rows[2]["components"]["g"]["mean"] == pytest.approx(np.mean([safety[place] for place in chosen]))
    assert rows[1]["components"]["r"]["mean"] == pytest.approx(np.mean(reward))
    assert rows[4]["components"]["r"]["mean"] == pytest.approx(reward[int(utility.argmax())])
    assert rows[4]["kl"] == pytest.approx(math.log(4) - 0.75)


def test_pairs_differ_and_are_drawn_once():
    generator = np.random.default_rng(1)
    made = mocan.drawn(["a", "a", "b", " ", "c"], 99, generator)
    assert {frozenset(pair) for pair in made} == {frozenset(p) for p in ((0, 2), (1, 2), (0, 4), (1, 4), (2, 4))}
    assert len(made) == 5
    assert len(mocan.drawn(["a", "b", "c"], 2, generator)) == 2


@pytest.fixture
def shot(tmp_path):
    folder = save_policy(tmp_path / "policy")
    prompts = [[{"role": "user", "content": f"hello {number}"}] for number in range(14)]
    own = Mocan(
        mode="full", max_length=48, learning_rate=1e-3, batch_size=8, beta=BETA,
        prompts=12, answers=4, pairs=2, max_new_tokens=8,
    )  # fmt: skip
    rewards = {"r": Letters("e"), "g": Letters("o")}
    return Shot(opened(folder), prompts, rewards, planned("at_most", 2.0), own, 3, tmp_path / "run")


def test_a_run_says_what_to_expect_before_it_learns_and_leaves_a_policy(shot):
    told, order = [], []
    observer = RunObserver(report=lambda step, values: order.append(step))
    outcome = mocan.run(shot, observer, lambda one: (told.append(one), order.append("foretold")))
    assert order[0] == "foretold"
    assert told[0]["prompts"] == 12
    assert outcome.steps >= 1
    assert (outcome.folder / "model.safetensors").is_file()
    assert (len(shot.fresh), len(shot.held_out)) == (2, 1)


def test_a_pool_that_was_cut_off_in_a_line_is_filled_up_and_is_the_same(shot, monkeypatch):
    class Killed(BaseException):
        pass

    def stop(name, share):
        if name == "Answers of the reference" and share > 0:
            raise Killed

    with pytest.raises(Killed):
        mocan.run(shot, RunObserver(phase=stop))
    path = shot.folder / "pool.jsonl"
    kept = path.read_bytes()
    assert len(kept.splitlines()) == pools.AT_ONCE
    path.write_bytes(kept + kept[:50])
    mocan.run(shot)
    whole = replace(shot, policy=opened(shot.folder.parent / "policy"), folder=shot.folder / "whole")
    mocan.run(whole)
    assert path.read_bytes() == (whole.folder / "pool.jsonl").read_bytes()


def test_a_policy_that_hardly_moved_is_said():
    assert mocan.fell_short(2.0, 1.0) == ""
    assert mocan.fell_short(0.0, 0.0) == ""  # nothing had to be learned
    said = mocan.fell_short(2.4, 1e-5)
    assert said.startswith("The policy went 1e-05 nats from the reference, and what is foretold lies 2.4 away")


def test_few_answers_that_count_are_an_alarm(shot):
    heard = []
    mocan.run(shot, RunObserver(alarm=lambda name, step, text: heard.append((name, text))))
    assert [name for name, _text in heard] == ["few_answers"]


def test_prompt_and_answer_must_fit_into_the_length():
    with pytest.raises(mocan.alignment.SettingError, match="must fit"):
        Mocan(max_length=64, max_new_tokens=40)
