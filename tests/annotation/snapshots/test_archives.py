"""Packed archives go when they are old: whoever asks again gets the same bytes."""

import os
import time

import pytest

from annotation.snapshots import archives

DAY = 86_400


@pytest.mark.parametrize(("age", "goes"), [(29 * DAY, False), (31 * DAY, True)])
def test_a_packed_archive_goes_after_thirty_days(settings, tmp_path, age, goes):
    settings.MEDIA_ROOT = tmp_path
    path = archives.place("ab12")
    path.parent.mkdir(parents=True)
    path.write_text("zip")
    os.utime(path, (time.time() - age,) * 2)
    assert archives.forget() == goes
    assert path.exists() is not goes


def test_where_nothing_was_packed_nothing_goes(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert archives.forget() == 0
