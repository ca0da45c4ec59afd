"""Into a folder: whole or not there, and nowhere but below what the operator lists."""

import os
import time
from pathlib import Path

import pytest

from annotation.delivery import destinations, folders
from annotation.delivery.destinations import Wish
from api.refusals import Conflict

pytestmark = pytest.mark.django_db


def put(folder, parcel, progress=lambda share: None):
    return folders.put(folder, parcel, progress)


def test_it_lies_below_the_workspaces_own_name(folder, parcel, root):
    sent = parcel()
    where = put(folder, sent)
    assert where == str(root / "home" / "sets" / "new" / "abc-raw-jsonl.zip")
    assert Path(where).read_bytes() == sent.path.read_bytes()
    assert os.listdir(os.path.dirname(where)) == ["abc-raw-jsonl.zip"]


def test_until_all_of_it_is_written_what_was_there_before_stays(folder, parcel, root):
    place = root / "home" / "sets" / "new"
    put(folder, parcel(b"before"))

    def stop(share):
        assert (place / "abc-raw-jsonl.zip").read_bytes() == b"before"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(folder, parcel(b"after"), stop)
    assert os.listdir(place) == ["abc-raw-jsonl.zip"]


def test_bytes_that_changed_on_the_way_are_not_delivered(folder, parcel, root):
    sent = parcel()
    sent.path.write_bytes(b"x" * sent.size)
    with pytest.raises(Conflict, match="not what was packed"):
        put(folder, sent)
    assert os.listdir(root / "home" / "sets" / "new") == []


def test_what_a_killed_attempt_left_goes_after_a_day(folder, parcel, root):
    place = root / "home" / "sets" / "new"
    place.mkdir(parents=True)
    old, young = place / ".abc-raw-jsonl.zip.1.part", place / ".abc-raw-jsonl.zip.2.part"
    old.touch(), young.touch()
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    put(folder, parcel())
    assert (old.exists(), young.exists()) == (False, True)


def test_a_link_that_leads_out_is_refused(folder, parcel, root, tmp_path):
    (tmp_path / "outside").mkdir()
    (root / "home").symlink_to(tmp_path / "outside")
    with pytest.raises(Conflict, match="leads out"):
        put(folder, parcel())
    assert os.listdir(tmp_path / "outside") == []


def test_a_folder_that_the_operator_took_from_the_list_is_refused(folder, parcel, settings):
    settings.DELIVERY_ROOTS = []
    with pytest.raises(Conflict, match="DELIVERY_ROOTS"):
        put(folder, parcel())


def test_one_that_cannot_be_written_says_why(folder, parcel, root):
    (root / "home").write_text("a file where a folder has to be")
    with pytest.raises(Conflict, match="takes no file"):
        put(folder, parcel())


def test_trying_out_leaves_nothing(folder, root, admin):
    destinations.try_out(scope=admin.scope, destination=folder)
    assert [path for path in root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("prefix", ["../other", "a/../b", ".hidden", "a//b", "a b", "/etc/.."])
def test_names_that_lead_elsewhere_are_refused(admin, root, prefix):
    with pytest.raises(Exception, match="none begins with a dot"):
        destinations.create(scope=admin.scope, wish=Wish("x", "folder", str(root), prefix))
