"""The registry of studies: what each takes and gives, its estimate before it begins, its curves by their hash."""

import dataclasses
import math
import subprocess
import sys

import pytest

from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.world import corpus, policies
from rewardmodels.learning.world.recipe import Recipe
from training.learning.observing import NOBODY, RunObserver
from training.learning.studies import registry, results
from training.learning.studies.registry import STUDIES, Commission
from training.learning.studies.results import Chart, Curve, Result

TINY = Recipe(layers=1, width=16, feed_forward=32, heads=2, vocabulary=400, positions=256, steps=2, batch=2, warmup=1)
SMALL = {
    "constrained": {"steps": 2, "look_every": 1, "tokens": 12},
    "over_optimisation": {"tokens": 12},
    "ensembles": {},
}


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "TOKENIZER_TEXTS", 200)
        return policies.make(tmp_path_factory.mktemp("models"), TINY)


@pytest.fixture(scope="module")
def run(speaker, tmp_path_factory):
    root = tmp_path_factory.mktemp("studies")

    def run(name, folder="first", observer=NOBODY, seed=3):
        settings = STUDIES[name].read("smoke", SMALL[name])
        commission = Commission(settings, seed, root / name / folder, lambda: speaker)
        return registry.run(STUDIES[name], commission, observer).as_dict()

    return run


@pytest.mark.parametrize("name", STUDIES)
def test_a_smoke_can_be_drawn_whole_and_nothing_of_it_is_made_twice(run, name):
    found = run(name)
    assert found["simulated"] is True
    assert found["notes"]
    assert found["sha256"] == results.digest(found["charts"])
    for chart in found["charts"]:
        for curve in chart["curves"]:
            assert len(curve["x"]) == len(curve["mean"]) > 0
            assert all(map(math.isfinite, [*curve["x"], *curve["mean"], *curve["low"], *curve["high"]]))
        assert len({curve["name"] for curve in chart["curves"]}) == len(chart["curves"])
    drawn = {curve["name"] for chart in found["charts"] for curve in chart["curves"] if curve["what"] == "measured"}
    assert drawn <= {one["curve"] for one in found["peaks"]}
    told = []
    assert run(name, observer=RunObserver(report=lambda step, values: told.append(step))) == found
    assert told == []  # all of it lay in the folder


@pytest.mark.parametrize("name", STUDIES)
def test_tiers_grow_and_say_so_before_they_begin(name):
    study = STUDIES[name]
    seconds = [study.estimate(study.tiers[tier]).seconds for tier in ("smoke", "quick", "full")]
    assert seconds[0] <= 60 < seconds[1] <= 1_200 < seconds[2] <= 4 * 3_600
    assert study.tiers["quick"] == study.settings()  # what a schema shows as defaults is the tier that is taken
    assert [study.tier_of(study.tiers[tier]) for tier in study.tiers] == list(study.tiers)


class Killed(Exception):
    """As from outside, at a moment of our choosing."""


@pytest.mark.parametrize(("name", "reports"), [("ensembles", 2), ("over_optimisation", 22)])
def test_a_study_that_was_killed_goes_on_to_the_same(run, name, reports):
    told = []

    def report(step, values):
        told.append(values)
        if len(told) == reports:  # of over_optimisation the second step of its first run
            raise Killed

    with pytest.raises(Killed):
        run(name, "killed", RunObserver(report=report))
    resumed = []
    assert run(name, "killed", RunObserver(resumed=resumed.append)) == run(name)
    assert len(resumed) == 1


def test_settings_are_those_of_the_tier_but_for_what_is_said():
    found = STUDIES["constrained"].read("full", {"seeds": 1})
    assert found == dataclasses.replace(STUDIES["constrained"].tiers["full"], seeds=1)
    for tier, values, name in (("full", {"seed": 1}, "seed"), ("half", {}, "tier"), ("quick", {"steps": 0}, "steps")):
        with pytest.raises(SettingError) as caught:
            STUDIES["constrained"].read(tier, values)
        assert caught.value.name == name
    with pytest.raises(SettingError, match="constrained"):
        registry.find("unknown")


def test_a_folder_is_one_studys_alone(tmp_path):
    study = STUDIES["ensembles"]
    (tmp_path / "study.json").write_text('{"study": "ensembles", "settings": {}, "seed": 0}')
    with pytest.raises(registry.OtherStudy, match="another folder"):
        registry.run(study, Commission(study.tiers["smoke"], 0, tmp_path, lambda: tmp_path), NOBODY)


def test_the_hash_is_of_the_curves_alone():
    chart = Chart("a", "A", "x", "y", [Curve("one", [0, 1], [0.1 + 0.2, 1 / 3])])
    one, other = Result([chart], notes=["said"]).as_dict(), Result([chart]).as_dict()
    assert one["sha256"] == other["sha256"]
    assert one["charts"][0]["curves"][0]["mean"] == [0.3, 0.333333333]
    moved = dataclasses.replace(chart, curves=[Curve("one", [0, 1], [0.3, 0.33])])
    assert Result([moved]).as_dict()["sha256"] != one["sha256"]
    with pytest.raises(ValueError, match="different lengths"):
        Curve("bad", [0, 1], [0.0])


def test_asking_what_studies_there_are_loads_no_torch():
    code = "import sys; sys.path[:0] = ['platform']; from training.learning.studies import registry; "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
