"""A merge along its path: its points, its weights there, what is looked at and kept, and going on where it was."""

import copy
import json
from dataclasses import replace

import pytest
import torch

from rewardmodels.learning.rewards import Score
from tests.training.learning.direct.worlds import opened, save_policy
from training.learning import beside, mixtures
from training.learning.mixtures import Mixture
from training.learning.observing import RunObserver
from training.learning.settings.mixtures import Soup

PROMPTS = [[{"role": "user", "content": f"hello {number}"}] for number in range(3)]


class Length:
    def score(self, items, *, budget=0):
        return [Score(float(len(text)), 0.0, 1, True) for _prompt, text in items]


@pytest.fixture
def mixture(tmp_path):
    """Two policies that began as one, looked at by the length of what they say."""
    folder = save_policy(tmp_path / "policy")
    first, second = opened(folder), replace(opened(folder), name="other")
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in second.model.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=generator)
    own = Soup(points=3, prompts=3, samples=2, max_new_tokens=6, max_prompt=24)
    return Mixture(
        [first, second], [0.75, 0.25], opened(folder), own, tmp_path / "run", PROMPTS, {"length": Length()}, seed=3
    )


class Told:
    def __init__(self):
        self.figures, self.kept, self.samples = {}, {}, {}
        self.observer = RunObserver(
            report=lambda step, values: self.figures.update({step: values}),
            kept=lambda step, folder, figures: self.kept.update({step: folder}),
            samples=lambda step, rows: self.samples.update({step: rows}),
        )


def test_the_last_has_its_share_and_the_others_keep_their_proportions():
    assert mixtures.weights_at([0.2, 0.3, 0.5], 0.0) == pytest.approx([0.4, 0.6, 0.0])
    assert mixtures.weights_at([0.2, 0.3, 0.5], 0.9) == pytest.approx([0.04, 0.06, 0.9])
    assert mixtures.weights_at([0.0, 0.0, 1.0], 0.5) == [0.25, 0.25, 0.5]
    third = [1 / 3, 1 / 3, 1 / 3]
    assert mixtures.weights_at(third, third[-1]) == third


def test_the_path_holds_even_points_and_the_weights_asked_for(mixture):
    assert mixtures.path(mixture) == {0: 0.0, 25: 0.25, 50: 0.5, 100: 1.0}
    near = replace(mixture, weights=[0.501, 0.499])
    assert mixtures.path(near) == {0: 0.0, 50: 0.499, 100: 1.0}
    assert mixtures.path(replace(mixture, prompts=())) == {25: 0.25}


def test_the_ends_say_what_the_policies_say_and_the_beginning_is_at_no_distance(mixture):
    told = Told()
    outcome = mixtures.run(mixture, told.observer)
    assert (outcome.best, outcome.last) == (25, 100)
    assert list(told.figures) == [0, 25, 50, 100]
    assert told.figures[0]["kl"] == pytest.approx(0.0, abs=1e-6)
    assert told.figures[100]["kl"] > 0.01
    way = mixture.way
    alone = beside.still(mixture.policies[1], way.max_prompt, way.max_new_tokens, mixture.reference)
    order = [mixture.prompts[place] for place in mixtures.rollouts.order(3, 3, 0, 3)]
    expected = beside.figures(beside.look(alone, order, mixture.rewards, way))
    assert told.figures[100] == pytest.approx({**expected, "weight/1": 0.0, "weight/2": 1.0})
    assert [row["response"] == row["reference"] for row in told.samples[0]] == [True] * 3


def test_only_what_was_asked_for_is_kept_unless_the_path_is(mixture):
    told = Told()
    mixtures.run(mixture, told.observer)
    assert list(told.kept) == [25]
    one, other = (policy.model.state_dict() for policy in mixture.policies)
    found = opened(told.kept[25]).model.state_dict()
    assert all(torch.allclose(found[name], 0.75 * one[name] + 0.25 * other[name], atol=1e-6) for name in one)
    told = Told()
    path = replace(mixture, settings=replace(mixture.settings, keep="path"), folder=mixture.folder / "path")
    mixtures.run(path, told.observer)
    assert list(told.kept) == [25, 50]


def test_a_merge_that_was_killed_does_the_rest_and_says_the_same(mixture):
    class Killed(BaseException):
        pass

    def stop(step, values):
        if step == 50:
            raise Killed

    with pytest.raises(Killed):
        mixtures.run(mixture, RunObserver(report=stop))
    done = {path.name: path.read_text() for path in mixture.folder.glob("*.json")}
    assert set(done) == {"0.json", "25.json", "50.json"}
    told, again = Told(), Told()
    mixtures.run(mixture, told.observer)
    assert {name: (mixture.folder / name).read_text() for name in done} == done
    assert list(told.samples) == [100]
    mixtures.run(replace(mixture, folder=mixture.folder / "whole"), again.observer)
    assert told.figures == again.figures
    assert told.figures[25] == json.loads((mixture.folder / "25.json").read_text())


def test_the_error_is_that_of_a_mean_over_prompts(mixture):
    policy = beside.still(mixture.policies[0], 24, 6)
    seen = beside.look(policy, PROMPTS, mixture.rewards, mixture.way)
    lengths = torch.tensor([float(len(text)) for text in seen.rollout.texts]).reshape(3, 2).mean(dim=1)
    found = beside.figures(seen)
    assert found["reward/length"] == pytest.approx(float(lengths.mean()))
    assert found["reward_error/length"] == pytest.approx(float(lengths.std()) / 3**0.5)


def test_merging_leaves_the_policies_as_they_were(mixture):
    before = [copy.deepcopy(policy.model.state_dict()) for policy in mixture.policies]
    mixtures.run(mixture)
    for policy, state in zip(mixture.policies, before, strict=True):
        assert all(torch.equal(tensor, state[name]) for name, tensor in policy.model.state_dict().items())
