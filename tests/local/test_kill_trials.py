"""After the sudden end of any process, or of all, everything comes back with all data there."""

import pytest

from benchmarks import kill_trials

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill_trials")]


@pytest.fixture(scope="module")
def site():
    with kill_trials.site() as running:
        yield running


@pytest.mark.parametrize("victim", kill_trials.TRIALS)
def test_all_comes_back(site, victim):
    told = kill_trials.trial(site, victim)
    assert told["row_is_there"]
    assert told["key_is_there"]
    assert told["processes"] == len(kill_trials.NAMES)
