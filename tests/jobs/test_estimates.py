"""The pace is the lately measured one, by hand."""

import pytest

from jobs.estimates import Pace


def test_the_pace_is_share_by_time():
    pace = Pace()
    for at, share in ((0.0, 0.0), (10.0, 0.1), (20.0, 0.3)):
        pace.note(at, share)
    assert pace.per_second() == pytest.approx(0.3 / 20)


def test_what_a_resumed_job_had_done_before_counts_for_nothing():
    pace = Pace()
    pace.note(0.0, 0.6)
    assert pace.per_second() is None
    pace.note(10.0, 0.7)
    assert pace.per_second() == pytest.approx(0.01)


def test_a_step_back_begins_a_new_history():
    pace = Pace()
    for at, share in ((0.0, 0.0), (10.0, 0.5), (20.0, 0.1), (30.0, 0.2)):
        pace.note(at, share)
    assert pace.per_second() == pytest.approx(0.01)


def test_the_window_forgets_a_quick_beginning():
    pace = Pace()
    pace.note(0.0, 0.0)
    for at in range(1, 400):
        pace.note(float(at), 0.5 + at / 1_000)
    assert pace.per_second() == pytest.approx(0.001, rel=0.01)
