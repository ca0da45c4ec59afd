"""What a fit will take, on its form: nothing before something was measured, then an estimate that follows the form."""

import pytest

from annotation.snapshots import reading
from api.refusals import Unready
from rewardmodels import forecasts
from rewardmodels.learning import phases
from rewardmodels.learning.settings.kinds import BradleyTerry
from rewardmodels.models import BackboneSpeed
from tests.rewardmodels.conftest import rows

NEW = "/w/home/reward-models/new/"
BEFORE = "the first fit measures how fast it computes"
SIZES = {"layers": 2, "width": 10, "inner": 40, "embeddings": 1_000}


@pytest.fixture
def speed(backbone):
    return BackboneSpeed.objects.create(
        backbone=backbone,
        fingerprint="f",
        device="cpu",
        sizes=SIZES,
        reading=1e6,
        learning=1e6,
        step=2 * phases.REFERENCE_STEP,
        tokens_a_character=0.5,
    )


def form(member, **given):
    return member.browser.get(NEW, {"part": "rest", **given}, headers={"HX-Request": "true"}).content.decode()


def test_before_anything_was_measured_the_form_gives_no_number(researcher, snapshot, backbone):
    said = form(researcher, kind="bradley_terry", backbone=backbone)
    assert BEFORE in said
    assert "Estimated" not in said


def test_the_first_fit_measures_and_the_form_tells_an_estimate(researcher, learned, backbone):
    speed = BackboneSpeed.objects.get()
    assert speed.backbone == backbone
    assert speed.device in {"cpu", "cuda"}
    assert min(speed.reading, speed.learning, speed.step) > 0
    assert 0 < speed.tokens_a_character <= 2
    said = form(researcher, kind="bradley_terry", backbone=backbone)
    assert "Estimated: " in said
    assert "80 answers" in said
    assert BEFORE not in said


def test_a_second_fit_does_not_measure_again(researcher, wish, learned, finish_jobs):
    before = BackboneSpeed.objects.get()
    assert researcher.api.post("/api/v1/reward-models/", {**wish, "seed": 2}).status_code == 202
    finish_jobs()
    assert BackboneSpeed.objects.get().measured_at == before.measured_at


def test_a_fit_measures_again_where_the_step_was_not_measured_yet(learned, researcher, wish, finish_jobs):
    BackboneSpeed.objects.update(step=None)
    before = BackboneSpeed.objects.get()
    assert researcher.api.post("/api/v1/reward-models/", {**wish, "seed": 2}).status_code == 202
    finish_jobs()
    after = BackboneSpeed.objects.get()
    assert after.step > 0
    assert after.measured_at > before.measured_at


def test_the_estimate_is_that_of_the_settings_by_hand(snapshot, speed):
    # a layer has 1,200 weights, so a token costs 2 · 2 · (1,200 + 10 · tokens) operations
    sizes = forecasts.sizes_of(snapshot, ("pairwise", "cardinal"))
    assert (sizes.candidates, sizes.is_whole) == (80, True)
    tokens = sum(min(16, length * 0.5) for length in sizes.lengths) / len(sizes.lengths)
    reading_takes = 80 * tokens * 4 * (1_200 + 10 * tokens) / 1e6
    beside = 2 * phases.seconds(BradleyTerry(), {"pairwise": 24}, 80, 10)
    said = forecasts.told("bradley_terry", {"max_length": 16}, speed.backbone, snapshot)
    assert f"Estimated: {round(reading_takes + beside)} seconds" in said
    assert f"about {round(tokens)} tokens" in said


def test_it_follows_the_mode_that_is_chosen(researcher, snapshot, backbone, speed):
    said = [
        form(researcher, kind="bradley_terry", backbone=backbone, **{"settings-mode": mode})
        for mode in ("frozen", "full")
    ]
    assert all("Estimated" in one for one in said)
    assert said[0].split('id="forecast"')[1] != said[1].split('id="forecast"')[1]


def test_a_setting_that_makes_no_sense_yet_stands_at_its_default(researcher, snapshot, backbone, speed):
    asked = {"kind": "bradley_terry", "backbone": backbone}
    nonsense = form(researcher, **asked, **{"settings-epochs": "many"})
    assert nonsense.split('id="forecast"')[1][:200] == form(researcher, **asked).split('id="forecast"')[1][:200]


def mixed(number):
    """A comparison, or a mark of one answer alone."""
    row = {**rows(number + 1)[number], "split": "train"}
    if number % 2:
        return row
    answer = {"ratings": {"overall": 3}}
    return {**row, "kind": "rating", "responses": row["responses"][:1], "shown_order": ["good"], "answer": answer}


@pytest.mark.parametrize(
    ("kind", "answers"), [("bradley_terry", 40), ("ensemble", 40), ("joint", 60), ("compositional", 60)]
)
def test_every_kind_has_an_estimate_of_the_judgments_that_it_reads(freeze, speed, kind, answers):
    said = forecasts.told(kind, {}, speed.backbone, freeze([mixed(number) for number in range(40)]))
    assert "Estimated: " in said
    assert f"{answers} answers" in said


def test_a_language_models_ratings_are_said_to_be_left_out(snapshot, speed):
    said = forecasts.told("compositional", {"judge": "/models/rater"}, speed.backbone, snapshot)
    assert "The ratings of the language model are not in it." in said


@pytest.mark.parametrize("kind", ["binary", "no such kind"])
def test_kinds_that_find_nothing_to_learn_from_have_no_estimate(snapshot, speed, kind):
    assert forecasts.told(kind, {}, speed.backbone, snapshot) == ""


def test_a_snapshot_whose_file_is_gone_has_no_estimate(snapshot, speed, monkeypatch):
    def gone(*_):
        raise Unready("gone", retry_after=1)

    monkeypatch.setattr(reading, "peek", gone)
    assert forecasts.told("bradley_terry", {}, speed.backbone, snapshot) == ""


def test_of_a_large_snapshot_the_first_rows_are_scaled_and_said_to_be_a_bound(freeze, speed, monkeypatch):
    monkeypatch.setattr(forecasts, "ROWS", 10)
    frozen = freeze([{**row, "split": "train"} for row in rows(40)])
    assert not forecasts.sizes_of(frozen, ("pairwise",)).is_whole
    assert "at most" in forecasts.told("bradley_terry", {}, speed.backbone, frozen)


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (89, "89 seconds"), (600, "10 minutes"), (7_200, "2 hours")]
)
def test_times_are_told_in_one_unit(seconds, words):
    assert forecasts.duration(seconds) == words
