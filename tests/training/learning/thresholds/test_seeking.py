"""A search that trains a small policy: proposals begin where others stood, and kills change nothing."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch

from lm import causal
from rewardmodels.learning import checkpoints as files
from tests.training.learning import small
from training.learning import checkpoints
from training.learning.commissions import Unrunnable
from training.learning.settings import algorithms, searches
from training.learning.settings.searches import NelderMead
from training.learning.thresholds import judging, leading, measuring, searching
from training.learning.thresholds.judging import ByCheck
from training.learning.thresholds.leading import Led
from training.learning.thresholds.seeking import Quest, Seeker
from training.learning.watching import Watch

OWN = {"budget": 480, "share": 0.2, "looked": 24, "last": 3, "step": 0.5, "most": 4}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return small.save_policy(tmp_path_factory.mktemp("policy") / "policy")


def wanted(items):
    """Some of the word a is good, and more of it is not."""
    counts = [text.split().count("a") for _, text in items]
    return [one - 0.25 * one**2 for one in counts]


def quest(place, folder, *, names=("a",), steps=None, value=wanted, judge=None, **changes):
    given = {**small.SMALL, **searches.HELD}
    return Quest(
        opened=lambda: causal.open_folder(place, "small"),
        prompts=small.PROMPTS,
        looked=small.asked("a", "b b"),
        fresh=small.asked("d", "c c"),
        rewards={name: small.Count(name) for name in names},
        steps=steps or {},
        judge=judge or ByCheck(value),
        algorithm=algorithms.read("rloo", given),
        search=NelderMead(**{**OWN, **changes}),
        seed=3,
        folder=folder,
    )


def plain(found):
    """A vertex is the same as itself alone, so that it is compared by what it says."""
    return asdict(found.best.vertex), found.best.came, found._replace(best=None)


def told_of(quest):
    heard = []
    found = Seeker(quest, told=lambda number, done: heard.append((number, done))).seek()
    return found, heard


@pytest.fixture(scope="module")
def whole(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return folder, *told_of(quest(place, folder, names=("a", "b")))


def test_a_search_finds_thresholds_and_runs_them_again_from_the_reference(whole):
    _, found, heard = whole
    assert [number for number, _ in heard] == list(range(len(heard)))
    assert len(heard) >= 3
    corners = [done.trial.thresholds for _, done in heard[:3]]
    reference = found.reference
    assert corners[0] == pytest.approx(reference.means)
    assert corners[1] == pytest.approx((reference.means[0] + 0.5 * reference.deviations[0], reference.means[1]))
    assert corners[2] == pytest.approx((reference.means[0], reference.means[1] + 0.5 * reference.deviations[1]))
    assert found.best.vertex.value >= max(done.came.value for _, done in heard if done.trial.thresholds == corners[0])
    assert found.spent <= 480 + 24 + 12  # the last measurement and the last step are taken whole
    assert 1 <= found.again.steps <= 3
    worth = found.again.worth
    assert worth.gain == pytest.approx(worth.value - worth.reference)
    assert found.why in (searches.SPENT, searches.ENDED)


class Killed(BaseException):
    """Nobody's exception: as if the process had been killed."""


def test_a_search_that_is_killed_anywhere_finds_the_very_same(place, tmp_path, whole):
    _, found, heard = whole
    count = 0

    def dying(items):
        nonlocal count
        count += 1
        if count % 3 == 1:
            raise Killed
        return wanted(items)

    again = quest(place, tmp_path, names=("a", "b"), value=dying)
    ends, said = 0, []
    while True:
        try:
            last = Seeker(again, told=lambda number, done: said.append((number, done))).seek()
            break
        except Killed:
            ends += 1
            said.clear()
    assert ends > len(heard) / 3
    assert plain(last) == plain(found)
    assert said == heard


def test_it_goes_on_where_a_proposal_was_killed_in_a_step(place, tmp_path, whole, monkeypatch):
    root, found, _ = whole
    steps = 0
    one_step = Led.one_step

    def dying(self):
        nonlocal steps
        steps += 1
        if steps in (2, 5):
            raise Killed
        one_step(self)

    monkeypatch.setattr(Led, "one_step", dying)
    for _ in range(2):
        with pytest.raises(Killed):
            told_of(quest(place, tmp_path, names=("a", "b")))
    last, _ = told_of(quest(place, tmp_path, names=("a", "b")))
    assert plain(last) == plain(found)
    both = [files.load(folder / "proposals" / judging.LAST / checkpoints.STATE) for folder in (root, tmp_path)]
    assert all(torch.equal(one, both[1].tensors[name]) for name, one in both[0].tensors.items())


def test_a_proposal_begins_with_the_weights_and_multipliers_of_another(place, tmp_path):
    own = Seeker(quest(place, tmp_path))
    own.near, own.spent = {"a": 0.0}, 0
    first = own.led((3.0,), None, 3, "0", "first")
    commission = small.commission(
        tmp_path / "next",
        policy=causal.open_folder(place, "small"),
        components=[{"name": "a", "bounds": [{"role": "equal", "threshold": 2.0}]}],
        kl={"role": "objective"},
        **searches.HELD,
    )
    second = Led(commission, tmp_path / "proposals" / "0", {"a": 0.0})
    for name, one in first.policy.learned.items():
        assert torch.equal(second.policy.learned[name], one)
    assert second.controller.multipliers() == first.controller.multipliers() != [0.0]
    assert second.controller.sums == first.controller.sums
    assert second.controller.before == [None]
    kept = first.learner.optimiser.state_dict()["state"][0]
    assert torch.equal(second.learner.optimiser.state_dict()["state"][0]["exp_avg"], kept["exp_avg"])
    begun = small.commission(tmp_path / "other", policy=causal.open_folder(place, "small"))
    assert all(
        torch.equal(one, dict(second.policy.reference.model.named_parameters())[name])
        for name, one in begun.policy.model.named_parameters()
    )


def test_a_proposal_ends_where_its_last_steps_are_near_enough(place, tmp_path):
    own = Seeker(quest(place, tmp_path))
    own.near, own.spent = {"a": 100.0}, 0
    led = own.led((1.0,), None, 9, "0", "near")
    assert led.is_reached
    assert led.step == min(leading.OVER, small.SMALL["window"])


def test_near_enough_is_judged_by_every_bound_over_the_last_steps():
    held = [leading.Held("a", "equal", 1.0), leading.Held("b", "equal", 1.0)]
    watch = Watch(5)
    for first, second in ((5.0, 0.0), (-0.3, 0.1), (0.3, 0.1)):
        watch.add({"violation/a/equal": first, "violation/b/equal": second})
    assert not leading.is_near(watch, held, {"a": 1.0, "b": 1.0})
    watch.add({"violation/a/equal": 0.3, "violation/b/equal": 0.1})
    assert leading.is_near(watch, held, {"a": 0.1001, "b": 0.1001})
    assert not leading.is_near(watch, held, {"a": 0.1001, "b": 0.0999})


def test_the_noise_of_a_measurement_is_that_of_its_answers_alone():
    values = np.array([[1.0, 3.0], [11.0, 11.0]])  # variances 2 and 0: (2/2 + 0)/2² = 1/4
    assert judging.noise(values) == 0.5
    generator = np.random.default_rng(0)
    levels = 10 * generator.standard_normal((40, 1))
    means = [
        (levels + generator.standard_normal((40, 4))).mean() for _ in range(500)
    ]  # the prompts' levels are the same each time, so that the mean varies by 1/√160
    one = judging.noise(levels + generator.standard_normal((40, 4)))
    assert one == pytest.approx(160**-0.5, rel=0.15)
    assert np.std(means) == pytest.approx(160**-0.5, rel=0.15)


def test_a_panel_answers_each_prompt_twice_at_least():
    assert measuring.panel(["p"] * 10, 64).samples == 6
    few = measuring.panel(["p"] * 100, 64)
    assert (len(few.prompts), few.samples, few.answers) == (32, 2, 64)


def test_best_thresholds_are_where_the_policy_is_when_they_were_not_reached():
    search = searching.Search([(0.0,), (1.0,)])
    own = searching.Searching(lambda trial: came(trial), search, (0.0,), 30, share=0.5)

    def came(trial):
        return searching.Came(trial.thresholds[0], 0.0, (min(0.5, trial.thresholds[0]),), 10)

    own.run = came
    vertex = own.go()
    assert vertex.place[0] > 0.5
    assert not own.best.is_reached
    assert own.best.thresholds == (0.5,)


def test_what_never_varies_needs_a_first_step_of_its_own(place, tmp_path):
    class Flat(small.Count):
        def score(self, items, *, budget=8_192):
            return [small.Score(1.0, 1.0, 1, True, None) for _ in items]

    own = quest(place, tmp_path)
    own.rewards["a"] = Flat("a")
    with pytest.raises(Unrunnable, match="all score the same on “a”"):
        Seeker(own).seek()


def test_another_search_does_not_go_on_in_this_ones_folder(place, whole):
    root, *_ = whole
    with pytest.raises(ValueError, match="another search"):
        told_of(quest(place, root, names=("a", "b"), step=1.0))


def test_the_state_of_a_search_is_plain_json(whole):
    root, _, heard = whole
    assert len(json.loads((root / "search.json").read_text())["done"]) == len(heard)


@pytest.mark.parametrize(
    ("budget", "share", "components", "least"),
    [
        (1_000, 0.125, 1, 4_096),  # (256 + 4 · 64) / ⅛
        (1_000, 0.4, 1, 0),  # three proposals of two fifths are more than all there is
        (1_000, 0.2, 2, 2_560),
        (1_000, 0.2, 3, 0),  # five fifths leave nothing for the reference
    ],
)
def test_the_least_budget_lets_a_proposal_go_somewhere_and_the_simplex_move_once(budget, share, components, least):
    own = NelderMead(budget=budget, share=share)
    assert own.least_budget(components, 64) == least
    if least:
        enough = NelderMead(budget=least, share=share)
        assert enough.of_proposal >= enough.least(64)
        assert enough.whole(components) <= enough.budget
