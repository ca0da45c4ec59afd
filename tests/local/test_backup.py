"""A backup holds what was there, and a restore puts all of it back or changes nothing."""

import io
import json
import stat
import tarfile
from urllib.parse import urlsplit

import psycopg
import pytest

from config.management.commands import prepare
from local import archive, dump
from local.archive import Exchange
from local.dump import Database
from local.trouble import Trouble

ABOUT = {"version": "0.1.0", "made_at": "2026-01-01T00:00:00+00:00", "postgres": 18, "migrations": {}}


@pytest.fixture
def place(lasting, request):
    """`place("name")`: an empty database of that name."""
    made = []

    def make(name):
        with psycopg.connect(lasting.values["DATABASE_URL"], autocommit=True) as line:
            line.execute(f"DROP DATABASE IF EXISTS {name}")
            line.execute(f"CREATE DATABASE {name}")
        made.append(name)
        password = urlsplit(lasting.values["DATABASE_URL"]).password
        return Database(
            {"host": str(lasting.sockets), "user": "touchstone", "password": password or "", "dbname": name}
        )

    yield make
    with psycopg.connect(lasting.values["DATABASE_URL"], autocommit=True) as line:
        for name in made:
            line.execute(f"DROP DATABASE {name}")


@pytest.fixture
def source(place, tmp_path):
    """A database with a row and a folder with a file."""
    database = place("source")
    database.ask("CREATE TABLE word (id int PRIMARY KEY, text text); INSERT INTO word VALUES (1, 'Straße \\. tab\t')")
    (tmp_path / "files" / "deep").mkdir(parents=True)
    (tmp_path / "files" / "deep" / "one.bin").write_bytes(bytes(range(256)) * 1_000)
    return database


@pytest.fixture
def backup(source, tmp_path):
    dump.write(source, tmp_path / "made.dump")
    archive.write(tmp_path / "made.tar", dump=tmp_path / "made.dump", files=tmp_path / "files", about=ABOUT)
    return tmp_path / "made.tar"


def restore(path, database, files, folder):
    exchange = Exchange(files)
    archive.read(path).extract(dump=folder / "restored.dump", files=exchange.fresh)
    try:
        dump.restore(database, folder / "restored.dump", swap=exchange.swap)
    except BaseException:
        exchange.undo()
        raise
    exchange.finish()


def tampered(path, change):
    """The archive again, with each member passed through `change(name, content)`."""
    result = path.with_name("tampered.tar")
    with tarfile.open(path) as before, tarfile.open(result, "w") as after:
        for entry in before:
            name, content = change(entry.name, before.extractfile(entry).read())
            fresh = tarfile.TarInfo(name)
            fresh.size = len(content)
            after.addfile(fresh, io.BytesIO(content))
    return result


def test_rows_and_files_come_back_on_an_empty_machine(backup, source, place, tmp_path):
    target = place("target")
    restore(backup, target, tmp_path / "new", tmp_path)
    assert target.ask("SELECT * FROM word") == source.ask("SELECT * FROM word")
    assert (tmp_path / "new/deep/one.bin").read_bytes() == (tmp_path / "files/deep/one.bin").read_bytes()


def test_restoring_replaces_what_is_there(backup, place, tmp_path):
    target = place("target")
    target.ask("CREATE TABLE other (id int); CREATE TABLE word (id int)")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "other.bin").write_text("old")
    restore(backup, target, tmp_path / "new", tmp_path)
    assert target.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "1"
    assert [path.name for path in sorted((tmp_path / "new").rglob("*"))] == ["deep", "one.bin"]


def test_a_restore_that_fails_leaves_database_and_files_as_they_were(backup, place, tmp_path):
    target = place("target")
    target.ask("CREATE TABLE other (id int)")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "other.bin").write_text("old")
    broken = tampered(backup, lambda name, content: (name, content[:-50] if name == archive.DUMP else content))
    exchange = Exchange(tmp_path / "new")
    archive.Backup(broken, {}).extract(dump=tmp_path / "restored.dump", files=exchange.fresh)
    with pytest.raises(Trouble, match="is as it was"):
        dump.restore(target, tmp_path / "restored.dump", swap=exchange.swap)
    exchange.undo()
    assert target.ask("SELECT count(*) FROM other") == "0"
    assert (tmp_path / "new" / "other.bin").read_text() == "old"


def test_files_that_were_put_in_place_go_back_when_the_database_refuses(tmp_path):
    exchange = Exchange(tmp_path / "files")
    for folder, word in ((exchange.folder, "old"), (exchange.fresh, "new")):
        folder.mkdir()
        (folder / "word").write_text(word)
    exchange.swap()
    assert (tmp_path / "files" / "word").read_text() == "new"
    exchange.undo()
    assert (tmp_path / "files" / "word").read_text() == "old"


def test_a_file_that_goes_while_the_backup_is_made_is_left_out(source, tmp_path, monkeypatch):
    (tmp_path / "files" / "scratch").write_text("of a job that ends just now")
    add = archive.add

    def late(tar, path, name):
        if path.name == "scratch":
            path.unlink()
        return add(tar, path, name)

    monkeypatch.setattr(archive, "add", late)
    dump.write(source, tmp_path / "made.dump")
    archive.write(tmp_path / "made.tar", dump=tmp_path / "made.dump", files=tmp_path / "files", about=ABOUT)
    assert sorted(archive.read(tmp_path / "made.tar").manifest["members"]) == ["database.dump", "files/deep/one.bin"]


@pytest.fixture
def broken_off(tmp_path, settings):
    """A restore that was killed when the files were in place and the database was not."""
    exchange = Exchange(tmp_path / "files")
    for folder, word in ((exchange.folder, "old"), (exchange.fresh, "half")):
        folder.mkdir()
        (folder / "word").write_text(word)
    exchange.swap()
    settings.MEDIA_ROOT = exchange.folder
    return exchange.folder


def test_after_a_restore_that_was_broken_off_nothing_starts(broken_off):
    with pytest.raises(Trouble, match="A restore was broken off"):
        prepare.check_restored()


def test_a_second_try_that_fails_leads_back_to_what_was_before_the_first(broken_off):
    again = Exchange(broken_off)
    again.fresh.mkdir()
    again.swap()
    again.undo()
    assert (broken_off / "word").read_text() == "old"


def test_a_second_try_that_ends_well_leaves_nothing_behind(broken_off):
    again = Exchange(broken_off)
    again.fresh.mkdir()
    (again.fresh / "word").write_text("new")
    again.swap()
    again.finish()
    prepare.check_restored()
    assert [path.name for path in broken_off.parent.iterdir()] == ["files"]
    assert (broken_off / "word").read_text() == "new"


def test_an_archive_is_private(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_one_changed_byte_is_found_before_anything_is_touched(backup):
    def change(name, content):
        return name, content[:-1] + b"x" if name.endswith("one.bin") else content

    with pytest.raises(Trouble, match=r"files/deep/one\.bin is not what was written"):
        archive.read(tampered(backup, change))


def test_an_archive_without_its_end_is_refused(backup):
    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) // 2])
    with pytest.raises(Trouble, match=r"damaged|end is missing"):
        archive.read(backup)


def test_any_other_file_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear all")
    with pytest.raises(Trouble, match="no backup"):
        archive.read(tmp_path / "letter.txt")


def test_a_backup_of_a_newer_format_is_refused(backup):
    def change(name, content):
        return name, json.dumps(json.loads(content) | {"format": 2}).encode() if name == "manifest.json" else content

    with pytest.raises(Trouble, match="newer version"):
        archive.read(tampered(backup, change))


@pytest.mark.parametrize("name", ["files/../../outside", "files//outside"])
def test_an_archive_cannot_write_outside_its_folder(backup, name, tmp_path):
    evil = tampered(backup, lambda old, content: (name if old.startswith("files/") else old, content))
    with pytest.raises(Trouble, match="outside its folder"):
        archive.Backup(evil, {}).extract(dump=tmp_path / "d", files=tmp_path / "x")


def test_a_backup_never_overwrites_a_file(tmp_path):
    (tmp_path / "kept.tar").write_text("old")
    with pytest.raises(Trouble, match="exists already"), archive.whole(tmp_path / "kept.tar"):
        pass


def test_a_backup_that_fails_leaves_no_file(tmp_path):
    with pytest.raises(OSError, match="full"), archive.whole(tmp_path / "made.tar") as fresh:
        fresh.write_text("half")
        raise OSError("full")
    assert not list(tmp_path.iterdir())


def test_a_database_that_does_not_answer_is_told_in_a_sentence():
    with pytest.raises(Trouble, match=r"The database does not answer: .*No such file"):
        Database({"host": "/nowhere", "user": "touchstone", "dbname": "touchstone"}).ask("SELECT 1")
