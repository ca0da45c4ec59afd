"""Plans and settings that make no sense are refused at the right field, in a sentence."""

import subprocess
import sys

import pytest

from api.schemas import describing
from rewardmodels.learning.settings.fields import SettingError
from training.learning.settings import algorithms, plan
from training.learning.settings.plan import Bound, Component, Kl, Plan

WEIGHTED = {"name": "good", "weight": 1.0}


def good(**values):
    return [{"name": "good", **values}]


def bounded(**values):
    return good(bounds=[values])


def refused(components, kl=None):
    with pytest.raises(SettingError) as found:
        plan.read(components, kl)
    return found.value.name, found.value.message


def test_a_plan_is_read_from_plain_values():
    found = plan.read(
        [WEIGHTED, {"name": "safe", "bounds": [{"role": "at_least", "threshold": 0.5}]}],
        {"role": "at_most", "target": 4},
    )
    safe = Component("safe", None, (Bound("at_least", 0.5),))
    assert found == Plan((Component("good", 1.0), safe), Kl("at_most", target=4))
    assert found.is_constrained


@pytest.mark.parametrize(
    ("components", "kl", "field", "words"),
    [
        ([], None, "components", "at least one component"),
        (["good"], None, "components.0", "must be an object"),
        ([{"name": "a/b", "weight": 1.0}], None, "components.0.name", "letters"),
        ([{"name": "kl", "weight": 1.0}], None, "components.0.name", "distance"),
        ([{"weight": 1.0}], None, "components.0.name", "needed"),
        (good(), None, "components.0.weight", "neither"),
        (good(weight=0.0), None, "components.0.weight", "does nothing"),
        (good(weight=float("nan")), None, "components.0.weight", "number"),
        (good(weight=True), None, "components.0.weight", "number"),
        ([WEIGHTED, WEIGHTED], None, "components", "called “good”"),
        (bounded(role="over", threshold=1), None, "components.0.bounds.0.role", "one of"),
        (bounded(role="equal"), None, "components.0.bounds.0.threshold", "needed"),
        (bounded(role="equal", threshold="x"), None, "components.0.bounds.0.threshold", "number"),
        (bounded(role="equal", threshold=1.0), None, "components", "Nothing is to be raised"),
        ([WEIGHTED], {"role": "at_most"}, "kl.target", "needs its target"),
        ([WEIGHTED], {"role": "objective"}, "kl", "no weight"),
        ([WEIGHTED], {"role": "at_most", "target": 3.0, "coefficient": 0.1}, "kl.coefficient", "Only a penalty"),
        ([WEIGHTED], {"role": "penalty", "target": 3.0, "coefficient": 0.0}, "kl.coefficient", "above 0"),
        ([WEIGHTED], {"role": "penalty", "strength": 3.0}, "kl.strength", "no setting"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_at_its_field(components, kl, field, words):
    name, message = refused(components, kl)
    assert name == field
    assert words in message


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ([("at_least", 2.0), ("at_most", 1.0)], "contradict"),
        ([("at_least", 1.0), ("at_most", 1.0)], "use equal"),
        ([("equal", 1.0), ("at_most", 3.0)], "no other bound"),
        ([("at_least", 1.0), ("at_least", 2.0)], "once"),
    ],
)
def test_bounds_that_no_mean_meets_are_refused(bounds, words):
    listed = [{"role": role, "threshold": threshold} for role, threshold in bounds]
    name, message = refused([{"name": "good", "weight": 1.0, "bounds": listed}])
    assert name == "components.0.bounds"
    assert words in message


def test_a_component_may_lie_between_two_bounds():
    assert Component("good", None, (Bound("at_least", 1.0), Bound("at_most", 2.0)))


def test_bounds_alone_need_the_kl_as_the_objective():
    held = [{"name": "good", "bounds": [{"role": "equal", "threshold": 1.0}]}]
    assert plan.read(held, {"role": "objective"}).is_kl_objective


def test_one_sample_has_no_others_to_be_compared_with():
    with pytest.raises(SettingError, match="at least 2") as found:
        algorithms.read("rloo", {"samples": 1})
    assert found.value.name == "samples"


def test_an_unknown_algorithm_or_setting_is_named():
    with pytest.raises(SettingError, match="'best'") as found:
        algorithms.read("best", {})
    assert found.value.name == "algorithm"
    with pytest.raises(SettingError, match="'speed'"):
        algorithms.read("rloo", {"speed": 1})


@pytest.mark.parametrize("name", algorithms.ALGORITHMS)
def test_every_algorithm_describes_itself(name):
    found = describing.of_fields(algorithms.ALGORITHMS[name])
    assert all(one["title"] and one["description"] for one in found["properties"].values())
    assert describing.of_fields(Plan)["properties"]["components"]["items"]


def test_settings_leave_torch_out():
    code = "import sys; from training.learning.settings import algorithms, plan; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
