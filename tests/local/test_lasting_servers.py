"""What the embedded servers refuse, and whom they let in."""

import json
import stat

import psycopg
import pytest
import redis

from local import servers
from local.trouble import Trouble


def test_run_file_is_private(lasting):
    path = lasting.children.path.with_name("run.json")
    assert json.loads(path.read_text()) == lasting.values
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_folder_of_the_sockets_is_private_and_its_paths_are_short(lasting):
    assert stat.S_IMODE(lasting.sockets.stat().st_mode) == 0o700
    assert max(len(str(path)) for path in lasting.sockets.iterdir()) < 100


def test_a_second_server_on_one_folder_is_refused_and_the_first_lives_on(lasting):
    wish = servers.Wish(lasting.children.path.parent, lasting.home)
    with pytest.raises(Trouble, match=r"a test .process .* already uses"), servers.running(wish):
        pass
    assert redis.Redis.from_url(lasting.values["REDIS_URL"]).ping()


def test_the_database_asks_for_its_password(lasting):
    wrong = lasting.values["DATABASE_URL"].replace("touchstone:", "touchstone:x", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_redis_asks_for_its_password(lasting):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(unix_socket_path=str(lasting.sockets / "redis.sock")).ping()


def test_the_owner_of_the_database_is_no_superuser(lasting):
    with psycopg.connect(lasting.values["DATABASE_URL"]) as line:
        assert line.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)


def test_nothing_listens_on_a_port(lasting):
    with psycopg.connect(lasting.values["DATABASE_URL"]) as line:
        assert line.execute("SHOW listen_addresses").fetchone() == ("",)
    assert redis.Redis.from_url(lasting.values["REDIS_URL"]).config_get("port") == {"port": "0"}


def test_secrets_stand_in_no_command_line(lasting):
    secrets = [value.split("@")[0].rpartition(":")[2] for value in lasting.values.values()]
    for child in lasting.children.started:
        assert not [secret for secret in secrets if secret in " ".join(child.program.command)]
