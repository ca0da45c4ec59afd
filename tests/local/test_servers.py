"""The embedded servers: found again, never two on one folder, gone when asked."""

import json
import os
import shutil
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from local import bootstrap, children, processes, record, servers
from local.processes import Sighting
from local.servers import Wish
from local.trouble import Trouble
from tests.local.conftest import make_folder


def run_file(data_dir):
    return json.loads((data_dir / "run.json").read_text())


def answers(url):
    try:
        return redis.Redis.from_url(url).ping()
    except redis.ConnectionError:
        return False


def test_what_was_written_is_there_after_a_second_start(start):
    with start() as first, psycopg.connect(first.values["DATABASE_URL"]) as line:
        line.execute("CREATE TABLE written AS SELECT 'here' AS word")
    with start() as second, psycopg.connect(second.values["DATABASE_URL"]) as line:
        assert line.execute("SELECT word FROM written").fetchone() == ("here",)
        assert second.values == first.values


def test_run_file_goes_away_with_the_servers(start, data_dir):
    with start():
        assert run_file(data_dir)
    assert not (data_dir / "run.json").exists()


def test_servers_left_behind_by_a_killed_start_are_ended_first(start, data_dir):
    with start() as running:
        left = [child.sighting for child in running.children.started]
        remembered = (data_dir / "processes.json").read_text()
        running.children.started.clear()  # as if this process had been killed: nobody stops them
    (data_dir / "processes.json").write_text(remembered)
    assert all(sighting.is_alive for sighting in left)
    with start() as running:
        assert not any(sighting.is_alive for sighting in left)
        assert redis.Redis.from_url(running.values["REDIS_URL"]).ping()


def test_a_copied_folder_has_a_database_of_its_own_and_leaves_the_first_one_alone(start, data_dir):
    folder = make_folder()
    try:
        with start() as first:
            assert (first.home / "postgres").is_dir()
        shutil.copytree(data_dir, folder / "data", symlinks=True)
        for path in (data_dir / "servers", *(data_dir / "servers").rglob("*")):
            own = path.lstat()
            os.chown(folder / "data" / path.relative_to(data_dir), own.st_uid, own.st_gid, follow_symlinks=False)
        with start() as first, psycopg.connect(first.values["DATABASE_URL"]) as line:
            line.execute("CREATE TABLE only_here AS SELECT 1 AS one")
            line.commit()
            (folder / "data" / "processes.json").write_text((data_dir / "processes.json").read_text())
            with servers.running(Wish(folder / "data", bootstrap.VENV, for_tests=True, what="a test")) as second:
                assert second.home == folder / "data" / "servers" and first.home != second.home
                assert all(child.sighting.is_alive for child in first.children.started)
                with psycopg.connect(second.values["DATABASE_URL"]) as other, pytest.raises(psycopg.Error):
                    other.execute("SELECT one FROM only_here")
            line.execute("DROP TABLE only_here")
            line.commit()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_lock_of_postgres_whose_number_passed_to_another_program_is_removed(start, wish):
    with start() as running:
        data = running.home / "postgres"
    (data / "postmaster.pid").write_text(f"1\n{data}\n")
    with start() as running, psycopg.connect(running.values["DATABASE_URL"]) as line:
        assert line.execute("SELECT 1").fetchone() == (1,)


def test_lost_secrets_are_made_anew_and_the_data_stay(start, data_dir):
    with start() as first, psycopg.connect(first.values["DATABASE_URL"]) as line:
        line.execute("CREATE TABLE kept (word text)")
    (data_dir / "servers.json").unlink()
    with start() as second, psycopg.connect(second.values["DATABASE_URL"]) as line:
        assert line.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert second.values["DATABASE_URL"] != first.values["DATABASE_URL"]


def test_a_folder_of_another_major_is_refused_with_instructions(start):
    with start() as running:
        version = running.home / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(Trouble, match=r"PostgreSQL 16.*carries 18.*make backup"), start():
        pass
    assert version.read_text() == "16\n"
    version.write_text("18\n")


def test_a_damaged_file_of_redis_is_set_aside(start):
    with start() as running:
        redis.Redis.from_url(running.values["REDIS_URL"]).set("a", "b" * 100)
        folder = running.home / "redis"
    file = folder / "appendonly.aof"
    file.write_bytes(b"nonsense\r\n" + file.read_bytes())
    with start() as running:
        assert redis.Redis.from_url(running.values["REDIS_URL"]).get("a") is None
        assert list(folder.glob("appendonly.aof.damaged-*"))


def test_a_killed_server_is_brought_back(start):
    with start() as running:
        fallen = next(child for child in running.children.started if child.program.name == "redis")
        processes.signal_to(fallen.sighting, signal.SIGKILL)
        fallen.process.wait()
        running.children.tend()
        fallen.back_at = 0.001
        running.children.tend()
        children.wait_until(lambda: answers(running.values["REDIS_URL"]), fallen, seconds=90)


def test_a_server_that_does_not_start_is_told_with_its_words_and_leaves_nothing_running(start, capsys):
    with start() as running:
        extra = running.home / "postgres" / "postgresql.auto.conf"
        extra.write_text("shared_buffers = nonsense\n")
    with pytest.raises(Trouble, match="postgres ended with 1"), start():
        pass
    extra.write_text("")
    assert "shared_buffers" in capsys.readouterr().err
    assert not list(processes.inside(running.home / "postgres"))
    assert not answers(running.values["REDIS_URL"])


def test_an_address_of_ones_own_replaces_a_server(wish, data_dir):
    only_redis = servers.Wish(wish.data_dir, wish.venv, postgres=False, what="a test")
    with servers.running(only_redis) as running:
        assert [child.program.name for child in running.children.started] == ["redis"]
        assert "DATABASE_URL" not in run_file(data_dir)


def test_children_of_a_killed_child_are_ended_by_the_next_start(data_dir, tmp_path):
    """The workers of a killed web server would hold its port for a while."""
    words = "import subprocess, sys; subprocess.Popen(['sleep', '60']); print('ready', flush=True); sys.stdin.read()"
    leader = subprocess.Popen(
        [sys.executable, "-c", words],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert leader.stdout.readline() == b"ready\n"
    remembered = tmp_path / "processes.json"
    seen = Sighting.of(leader.pid)
    record.write_private(remembered, {"web": [seen.pid, seen.started, str(tmp_path)]})
    leader.kill()
    leader.wait()
    (left,) = processes.of_session(leader.pid, tmp_path)
    children.end_leftovers(remembered)
    assert not left.is_alive


def test_a_full_disk_does_not_end_the_ones_that_still_run(tmp_path, monkeypatch, capsys):
    def full(path, content):
        raise OSError(28, "No space left on device")

    kept = children.Children(tmp_path / "processes.json")
    program = children.Program("sleeper", ["sleep", "60"], tmp_path / "log", {"PATH": "/usr/bin:/bin"}, tmp_path)
    child = kept.start(program)
    child.process.kill()
    child.process.wait()
    kept.tend()
    monkeypatch.setattr(children.record, "write_private", full)
    child.back_at = 0.001
    kept.tend()
    assert "No space left" in capsys.readouterr().err
    assert child.process.poll() is None
    kept.stop()
    assert child.process.poll() is not None
