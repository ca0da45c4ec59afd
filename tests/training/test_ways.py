"""The papers' ways: a preset fills in what a run is asked with, in the form and over the API."""

import pytest
from django.db import IntegrityError, transaction

from tests.training.test_api import begin, refused
from training.learning.settings.presets import PRESETS
from training.models import Run, RunComponent
from training.sheets.parts import prefix_of

LIST, HOME = "/api/v1/runs/", "/w/home/runs/"


@pytest.fixture
def two(asked, reward):
    """A wish without an algorithm: one component that is raised, one with a threshold."""
    parts = [
        {"reward_model": str(reward("Warmth").pk), "weight": 2.0},
        {"reward_model": str(reward("Length").pk), "bounds": [{"role": "at_least", "threshold": 0.5}]},
    ]
    return {name: value for name, value in {**asked, "components": parts}.items() if name not in ("algorithm", "kl")}


def told(run):
    return [
        (part.name, part.weight, part.target, [(bound.role, bound.threshold) for bound in part.bounds.all()])
        for part in run.components.all()
    ]


@pytest.mark.parametrize(
    ("preset", "parts", "kl"),
    [
        ("ppo_free", [("warmth", 2.0, None, []), ("length", 1.0, None, [])], {}),
        (
            "ppo_sat",
            [("warmth", 2.0, None, []), ("length", 1.0, 0.5, [])],
            {},
        ),
        (
            "ppo_lag",
            [("warmth", 2.0, None, []), ("length", None, None, [("at_most", 0.5)])],
            {"role": "penalty", "coefficient": 0.02},
        ),
    ],
)
def test_a_preset_brings_algorithm_settings_roles_and_kl(researcher, two, preset, parts, kl):
    run = begin(researcher, two, preset=preset)
    assert (run.algorithm, told(run), run.kl) == ("ppo", parts, kl)
    assert run.settings["samples"] == 2  # as it was sent
    assert run.settings["controller"] == ("pid" if preset == "ppo_lag" else "bounded")
    shown = researcher.api.get(f"/api/v1/runs/{run.pk}/").json()
    assert (run.preset, shown["preset"]) == (preset, preset)
    assert PRESETS[preset].title in researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    assert run.settings["normalise"] is (preset != "ppo_lag")


def test_what_was_sent_stands_before_what_the_paper_sets(researcher, two):
    run = begin(researcher, two, preset="ppo_lag", settings={**two["settings"], "cap": 7.0})
    assert run.settings["cap"] == 7.0
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert f"{PRESETS['ppo_lag'].title} ({PRESETS['ppo_lag'].source}), but for cap" in page


def test_a_way_that_holds_all_needs_all_thresholds(researcher, two):
    refused(researcher, {**two, "preset": "mu_ppo"}, 422, "components.0.bounds")
    refused(researcher, {**two, "preset": "alchemy"}, 400, "preset")
    refused(researcher, {**two, "preset": "mu_ppo", "components": []}, 422, "components")
    refused(researcher, two, 400, "algorithm")


def test_a_target_needs_a_weight_above_0(researcher, two):
    parts = [{**two["components"][0], "target": 1.0, "weight": -1.0}, two["components"][1]]
    refused(researcher, {**two, "algorithm": "rloo", "components": parts}, 422, "components.0.target")
    run = begin(researcher, two, preset="ppo_sat")
    with pytest.raises(IntegrityError), transaction.atomic():
        RunComponent.objects.filter(run=run, name="length").update(weight=None)


def test_the_form_is_filled_in_and_keeps_what_was_typed(researcher, two, policy):
    one, other = (prefix_of(part["reward_model"]) for part in two["components"])
    typed = {"name": "Held", "policy": policy, "algorithm": "rloo", "prompts": "records", "records": "a\nb"}
    typed |= {
        f"{one}-at_most": "1.5",
        f"{other}-equal": "0.5",
        "preset": "xi_ppo",
        "part": "preset",
        "kl_coefficient": "1",
    }
    page = researcher.browser.get(f"{HOME}new/", typed, headers={"HX-Request": "true"})
    sheet = page.context["sheet"]
    assert 'id="algorithm-chosen" hx-swap-oob="true"' in page.content.decode()
    assert (sheet.wish["algorithm"].value(), sheet.wish["kl_role"].value()) == ("ppo", "objective")
    assert (sheet.wish["kl_coefficient"].value(), sheet.wish["records"].value()) == ("", "a\nb")
    assert sheet.settings["discount"].value() == "0.99"
    thresholds = {part.model.name: part.thresholds for part in sheet.parts}
    assert thresholds == {"Courtesy": [], "Warmth": [("equal", 1.5)], "Length": [("equal", 0.5)]}
    lag = {**typed, "preset": "ppo_lag"}
    sheet = researcher.browser.get(f"{HOME}new/", lag, headers={"HX-Request": "true"}).context["sheet"]
    assert sheet.settings["normalise"].value() is False
    assert not Run.objects.exists()


def test_a_way_without_components_leaves_the_form_as_it_was(researcher, two):
    asked = {"preset": "mu_ppo", "part": "preset", "algorithm": "rloo"}
    sheet = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"}).context["sheet"]
    assert sheet.method.name == "rloo"
