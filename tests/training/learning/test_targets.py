"""What is pulled to a target instead of being raised (PPO-SAT): −α (r − θ)² by answer, and no multiplier."""

import pytest
import torch

from rewardmodels.learning.settings.fields import SettingError
from tests.training.learning.small import commission
from tests.training.learning.test_running import Told
from training.learning import advantages, running, signals
from training.learning.settings import plan
from training.learning.settings.plan import Component
from training.learning.settings.presets import PRESETS


def counted(target, *rewards):
    return signals.aimed(Component("a", 1.0, target=target), torch.tensor(rewards, dtype=torch.float64))


def test_an_answer_counts_minus_its_squared_distance_by_hand():
    assert counted(2.0, 1.0, 2.0, 4.0).tolist() == [-1.0, 0.0, -4.0]
    assert counted(None, 1.0, 2.0, 4.0).tolist() == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(("target", "best"), [(3.0, 2), (1.0, 1), (-1.0, 0)])
def test_the_nearest_answer_gains_on_either_side(target, best):
    found = advantages.BASELINES["group"](counted(target, 0.0, 1.0, 2.0), torch.ones(3, dtype=torch.bool), 3)
    assert int(found.argmax()) == best
    assert found.sum().item() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_target_far_away_raises_or_lowers_the_reward_itself(sign):
    """−(r − T)²/2|T| → sign·r + constant."""
    values = counted(sign * 1e7, 0.0, 1.0, 3.0) / 2e7
    assert (values - values[0]).tolist() == pytest.approx([0.0, sign, 3 * sign], abs=1e-5)


@pytest.mark.parametrize(("target", "way"), [(3.0, 1.0), (0.0, -1.0)])
def test_the_mean_goes_towards_the_target(tmp_path, target, way):
    told = Told()
    components = [{"name": "a", "weight": 1.0, "target": target}]
    running.run(commission(tmp_path, components, steps=25, prompts=3, samples=8, learning_rate=0.02), told.observer)
    means = told.values("reward/a")
    assert way * (sum(means[-5:]) - sum(means[:5])) / 5 > 0.25
    assert f"as minus its squared distance from {target:g}" in card_of(tmp_path)


def card_of(folder):
    return (folder / "run" / "checkpoints" / "25" / "README.md").read_text()


def test_the_preset_pulls_what_has_a_threshold_and_raises_the_rest():
    found = PRESETS["ppo_sat"].plan({"a": 2.0, "c": 1.0}, {"a": 0.5, "b": 1.5})
    assert [(one.name, one.weight, one.target) for one in found.components] == [
        ("c", 1.0, None),
        ("a", 2.0, 0.5),
        ("b", 1.0, 1.5),
    ]
    assert found.kl is None
    assert not found.is_constrained


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"weight": 0.0, "target": 1.0}, "weight"),
        ({"weight": -1.0, "target": 1.0}, "target"),
        ({"target": 1.0, "bounds": [{"role": "equal", "threshold": 1.0}]}, "target"),
        ({"weight": 1.0, "target": float("nan")}, "target"),
    ],
)
def test_a_target_without_a_weight_that_pulls_to_it_is_refused(values, field):
    with pytest.raises(SettingError) as caught:
        plan.read([{"name": "a", **values}])
    assert caught.value.name == f"components.0.{field}"
