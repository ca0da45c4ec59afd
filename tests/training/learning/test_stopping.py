"""A run looks, stops when it should, says why, and keeps what was best."""

import pytest

from tests.training.learning.small import PROMPTS, Count, commission
from tests.training.learning.test_running import Told
from training.learning import keeping, running, stopping
from training.learning.commissions import Looking, Unrunnable
from training.learning.settings.online import Rloo
from training.learning.stopping import Peak
from training.learning.watching import Watch


def few(items):
    """Worth most at three “a”, and less than nothing beyond."""
    counts = [text.split().count("a") for _, text in items]
    return [count if count <= 3 else 6 - 1.5 * count for count in counts]


def test_a_check_that_falls_ends_the_run_and_its_peak_is_kept(tmp_path):
    told = Told()
    settings = {"samples": 8, "keep_every": 100, "learning_rate": 0.006}
    looking = Looking(PROMPTS * 8, {"few": few}, every=2, fall=0.3)
    made = commission(tmp_path, steps=40, looking=looking, **settings)
    outcome = running.run(made, told.observer)
    looked = {step: values["check/few"] for step, values in told.reports.items() if "check/few" in values}
    assert outcome.ended == "stopped"
    assert 0 < outcome.best < outcome.last < 40
    assert f"best after step {outcome.best}" in outcome.why
    assert looked[outcome.best] == max(looked.values()) == outcome.best_figures["check/few"]
    assert looked[outcome.last] < looked[outcome.best]
    assert keeping.kept(made.folder) == [outcome.best, outcome.last]
    again = running.run(commission(tmp_path, steps=40, looking=looking, **settings))
    assert (again.why, again.best, again.last) == (outcome.why, outcome.best, outcome.last)


@pytest.mark.parametrize(("rule", "words"), [({"stop_kl": 0.05}, "nats"), ({"stop_length": 1.2}, "times as long")])
def test_a_run_stops_at_a_distance_or_a_length(tmp_path, rule, words):
    outcome = running.run(commission(tmp_path, steps=40, samples=8, keep_every=100, **rule))
    assert outcome.ended == "stopped"
    assert words in outcome.why
    assert outcome.last < 40


def watch_of(**values):
    watch = Watch(2)
    for step in range(2):
        watch.add({name.replace("__", "/"): one[step] for name, one in values.items()})
    return watch


def test_members_that_no_longer_agree_stop_a_run():
    watch = watch_of(kl=[0.0, 0.0], length=[5.0, 5.0], spread__a=[1.0, 5.0])
    assert "“a” differ 3 times" in stopping.by_window(watch, Rloo(stop_spread=2.5))
    assert stopping.by_window(watch, Rloo(stop_spread=3.5)) is None


def test_nothing_stops_a_run_before_its_window_is_full():
    watch = Watch(3)
    watch.add({"kl": 100.0, "length": 5.0})
    assert stopping.by_window(watch, Rloo(stop_kl=1.0)) is None


def test_a_fall_within_the_noise_stops_nothing():
    peak = Peak()
    peak.add(0, [0.0, 0.0, 0.0, 0.0])
    peak.add(5, [1.0, 1.0, 1.0, 1.0])
    noisy, sure = [3.0, -3.0, 2.0, -1.0], [0.5, 0.4, 0.5, 0.4]
    assert stopping.by_look(peak, noisy, 0.1) is None
    assert "55% of its gain" in stopping.by_look(peak, sure, 0.1)
    assert stopping.by_look(peak, sure, 0.6) is None
    assert stopping.by_look(peak, sure, None) is None


def test_the_spread_of_an_ensemble_is_measured(tmp_path):
    told = Told()
    made = commission(tmp_path, steps=1)
    made.rewards["a"] = Count("a", spread=0.25)
    running.run(made, told.observer)
    assert told.reports[1]["spread/a"] == 0.25


def test_checks_need_prompts_held_out_and_a_fall_needs_a_check():
    with pytest.raises(Unrunnable, match="held out"):
        Looking(checks={"few": few})
    with pytest.raises(Unrunnable, match="only where it has one"):
        Looking(PROMPTS, fall=0.5)
    with pytest.raises(Unrunnable, match="more than nothing"):
        Looking(PROMPTS, {"few": few}, fall=0.0)


def test_a_check_that_is_no_number_is_refused(tmp_path):
    made = commission(tmp_path, looking=Looking(PROMPTS, {"odd": lambda items: [float("nan")] * len(items)}))
    with pytest.raises(Unrunnable, match="“odd” gives no number"):
        running.run(made)
