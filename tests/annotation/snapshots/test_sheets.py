"""What the page of a snapshot makes of its card."""

from annotation.models import Snapshot
from annotation.snapshots import sheets


def test_splits_stand_as_they_are_used_and_others_by_name():
    snapshot = Snapshot(
        splits={"test": 0.1, "b": 0.1, "validation": 0.1, "a": 0.1, "train": 0.6},
        counts={"pairwise": {"test": 1, "train": 6, "a": 2}},
    )
    assert sheets.in_order(snapshot) == ["train", "validation", "test", "a", "b"]
    assert [numbers for _kind, numbers, _all in sheets.counts(snapshot)] == [[6, 0, 1, 2, 0]]
