"""What may be chosen, and the sentence for what may not."""

import dataclasses

import pytest

from rewardmodels.learning.settings.fields import SettingError
from training.learning.direct import objectives
from training.learning.direct.lessons import MAKERS
from training.learning.direct.settings import kinds


def test_every_kind_has_a_loss_and_a_way_to_its_rows():
    assert set(kinds.KINDS) == set(objectives.LOSSES) == set(MAKERS)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_setting_is_described_for_a_form_and_its_default_is_allowed(kind):
    made = kinds.read(kind, {})
    for one in dataclasses.fields(made):
        assert one.metadata["title"]
        assert one.metadata["description"]
    assert kinds.read(kind, dataclasses.asdict(made)) == made


@pytest.mark.parametrize(
    ("kind", "values", "name", "words"),
    [
        ("dpo", {"beta": 0.0}, "beta", "between"),
        ("dpo", {"gamma": 1.0}, "gamma", "has no setting"),
        ("orpo", {}, "kind", "no loss"),
        ("dpo", {"label_smoothing": 0.5}, "label_smoothing", "between"),
        ("dpo", {"max_length": 32, "max_prompt": 32}, "max_prompt", "leave room"),
        ("kto", {"batch_size": 1}, "batch_size", "other prompts"),
        ("odpo", {"gap": "reward"}, "reward", "Name a reward model"),
        ("odpo", {"reward": "model:3"}, "reward", "Name a reward model"),
        ("cardinal_dpo", {"form": "cubic"}, "form", "choose one of"),
        ("modpo", {"others": ["model:3"]}, "others", "not of the form"),
        ("modpo", {"others": ["=0.3"]}, "others", "not of the form"),
        ("modpo", {"others": ["model:3=1.0"]}, "others", "less than 1"),
        ("modpo", {"others": ["model:3=nan"]}, "others", "less than 1"),
        ("modpo", {"others": ["model:3=-0.1"]}, "others", "0 or more"),
        ("modpo", {"others": ["model:3=0.1", "model:3=0.2"]}, "others", "twice"),
    ],
)
def test_what_is_wrong_is_said_at_its_setting(kind, values, name, words):
    with pytest.raises(SettingError, match=words) as caught:
        kinds.read(kind, values)
    assert caught.value.name == name


def test_the_preference_has_the_weight_that_is_left():
    made = kinds.read("modpo", {"others": ["model:3=0.2", "model:4=0.3"]})
    assert made.weights == {"model:3": 0.2, "model:4": 0.3}
    assert made.weight == pytest.approx(0.5)
    assert made.rewards == ("model:3", "model:4")
