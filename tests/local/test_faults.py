"""What goes wrong is told in one sentence that says what and what to do, and nothing is left half-started."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.management.commands import demo_people
from accounts.models import Membership
from audit import identities
from audit.models import Entry
from config.management.commands import prepare
from local import address, bootstrap, folders, record, servers
from local.environment import BASE_DIR, VARIABLES, Environment, Misconfigured, read_dotenv
from local.trouble import Trouble


def environment(tmp_path, **variables):
    return Environment(variables={"ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path), **variables})


def run(name, data_dir, **variables):
    """`python -m local NAME` with an environment of its own."""
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    ours = {"PYTHONPATH": str(BASE_DIR / "platform"), "DATA_DIR": str(data_dir), "ENV_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "local", *name.split()],
        cwd=BASE_DIR,
        env={**kept, **ours, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_told_before_anything_is_started(taken, tmp_path):
    done = run("up", tmp_path / "data", PORT=str(taken))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"Port {taken} of 127.0.0.1 is taken by another program: "
        f"stop it, or choose another: `make up PORT={taken + 1}`."
    )
    assert not (tmp_path / "data" / "servers").exists()


@pytest.fixture
def free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_reserved_port_refuses_visitors_until_somebody_listens(tmp_path, free):
    with address.reserve(environment(tmp_path, PORT=str(free))) as line, pytest.raises(ConnectionRefusedError):
        socket.create_connection(line.getsockname())


def test_a_visitor_who_falls_silent_holds_up_nobody_for_ever(tmp_path, free, monkeypatch):
    monkeypatch.setattr(address, "SILENCE", 1)
    with address.reserve(environment(tmp_path, PORT=str(free))) as line:
        line.listen()
        with socket.create_connection(line.getsockname()) as visitor, line.accept()[0] as served:
            visitor.sendall(b"GET / HT")
            assert served.recv(100) == b"GET / HT"
            with pytest.raises(BlockingIOError):
                served.recv(100)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "99999"}, "PORT is 99999"),
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"HOST": "no.such.host.invalid"}, "no address of a machine"),
        ({"HOST": "192.0.2.1"}, "no address of this machine"),
    ],
)
def test_an_address_that_cannot_be_is_told(tmp_path, variables, sentence):
    with pytest.raises(Trouble, match=sentence):
        address.reserve(environment(tmp_path, **{"PORT": "8765", **variables}))


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    with pytest.raises(Trouble, match=r"3\.11 or newer is needed"):
        bootstrap.check_python()


def test_a_python_without_ensurepip_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(bootstrap, "UNFINISHED", tmp_path / ".venv/unfinished")
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "outer_pip_version", lambda: (0,))
    with pytest.raises(Trouble, match=r"without ensurepip.*apt-get install python3-venv.*PYTHON="):
        bootstrap.make_venv()
    assert not (tmp_path / ".venv").exists()


def test_a_full_disk_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(folders, "LEAST_FREE", 10**18)
    with pytest.raises(Trouble, match="is full"):
        folders.make_data_folder(tmp_path / "data")


def test_a_failing_installation_is_told_with_its_words(capsys):
    command = [sys.executable, "-c", "print('No space left on device'); raise SystemExit(1)"]
    with pytest.raises(Trouble, match="is full: make room"):
        bootstrap.run_quietly(command, "torch could not be installed")
    assert "No space left" in capsys.readouterr().err


def test_a_data_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(Trouble, match="choose another"):
        folders.make_data_folder(tmp_path / "data")


def test_a_damaged_record_is_told_and_not_thrown_away(tmp_path):
    (tmp_path / "servers.json").write_text('{"home": 1}')
    with pytest.raises(Trouble, match="damaged: move it away"):
        record.read(tmp_path / "servers.json")
    assert (tmp_path / "servers.json").exists()


def test_a_line_of_dotenv_that_makes_no_sense_is_named(tmp_path):
    (tmp_path / ".env").write_text("HOST=0.0.0.0\nPORT 80\n")
    with pytest.raises(Misconfigured, match="line 2: expected NAME=value"):
        read_dotenv(tmp_path / ".env")


def test_dotenv_gives_way_to_the_environment(tmp_path):
    (tmp_path / ".env").write_text("# mine\nexport HOST='0.0.0.0'\nPORT=80\n")
    found = Environment(tmp_path, {"PORT": "81"})
    assert (found.text("HOST"), found.text("PORT")) == ("0.0.0.0", "81")


def test_an_unknown_command_is_told(tmp_path):
    done = run("upp", tmp_path)
    assert (done.returncode, "knows up" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://nobody@127.0.0.1:1/x", "Connection refused): check address, name and password."),
        ("mysql://nobody@127.0.0.1/x", "only postgresql:// will do"),
        ("postgresql://nobody@127.0.0.1:1/", "names no database"),
    ],
)
def test_a_wrong_database_url_is_told_by_the_first_command(tmp_path, url, sentence):
    ours = {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": "x" * 50}
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=BASE_DIR,
        env={**kept, **ours, "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'LOUD'"),
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("PUBLIC_URL", "somewhere", "PUBLIC_URL is 'somewhere'"),
    ],
)
def test_a_wrong_variable_is_told_in_one_sentence(tmp_path, name, value, sentence):
    ours = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://127.0.0.1:1/0", "SECRET_KEY": "x" * 50}
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=BASE_DIR,
        env={**kept, **ours, "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull, name: value},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_python_without_the_packages_is_told_which_has_them():
    done = subprocess.run(
        [sys.executable, "-S", "-E", "manage.py", "check"], cwd=BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert ".venv/bin/python manage.py" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://localhost:8000"),
        ("0.0.0.0", f"http://{socket.gethostname()}:8000"),
        ("::1", "http://[::1]:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
    ],
)
def test_the_address_that_is_printed_is_one_that_is_answered(tmp_path, host, expected):
    """Settings take the same one for PUBLIC_URL, whose name ALLOWED_HOSTS begins with."""
    assert address.public(Environment(tmp_path, {"HOST": host})) == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "http://localhost:8811"),
        ({"PORT": "9000"}, "http://localhost:9000"),
        ({"PUBLIC_URL": "https://t.example"}, "https://t.example"),
    ],
)
def test_a_second_shell_knows_where_the_running_product_is_found(tmp_path, variables, expected):
    first = servers.wish(Environment(tmp_path, {"DATA_DIR": str(tmp_path), "PORT": "8811"}), tmp_path, "make up")
    (tmp_path / "run.json").write_text(json.dumps({"PUBLIC_URL": first.public_url}))
    assert address.known(Environment(tmp_path, {"DATA_DIR": str(tmp_path), **variables})) == expected


def test_what_make_up_was_given_counts_more_than_the_file_that_it_read_too(tmp_path):
    (tmp_path / ".env").write_text("PORT=8000\n")
    (tmp_path / "run.json").write_text(json.dumps({"PUBLIC_URL": "http://localhost:8811"}))
    assert address.known(Environment(tmp_path, {"DATA_DIR": str(tmp_path)})) == "http://localhost:8811"


def test_where_nothing_runs_the_address_is_that_of_the_environment(tmp_path):
    assert address.known(Environment(tmp_path, {"DATA_DIR": str(tmp_path)})) == "http://localhost:8000"


@pytest.mark.django_db
def test_an_installation_without_people_says_how_the_first_comes_in(monkeypatch, capsys, tmp_path, settings):
    settings.DATA_DIR, settings.STATIC_ROOT, settings.IS_EMBEDDED = tmp_path, tmp_path, False
    (tmp_path / "static.json").write_text(prepare.fingerprint())
    call_command("prepare")
    assert "reset_link --email" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://ada%40lab.example:p%2Fw%3A1@mail.lab.example", "ada@lab.example p/w:1 mail.lab.example 587"),
        ("smtp://mail.lab.example:port", "EMAIL_URL holds a port that is not a number"),
        ("smtp://", "EMAIL_URL: write smtp://"),
    ],
)
def test_the_address_of_the_mail_server_is_read_or_refused(tmp_path, url, said):
    look = (
        "from config import settings as s; print(s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD, s.EMAIL_HOST, s.EMAIL_PORT)"
    )
    variables = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "redis://x", "SECRET_KEY": "x" * 50, "EMAIL_URL": url}
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    ours = {"PYTHONPATH": str(BASE_DIR / "platform"), "DATA_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, "-c", look], env={**kept, **ours, **variables}, cwd=BASE_DIR, capture_output=True, text=True
    )
    assert said in done.stdout + done.stderr


def test_every_variable_that_settings_read_is_listed_and_documented():
    """A test run clears them all, and the operator's page names them all."""
    settings = (BASE_DIR / "platform/config/settings.py").read_text()
    read = set(re.findall(r'env\.\w+\("([A-Z_]+)"', settings))
    assert len(read) > 10
    assert read - VARIABLES == set()
    page = Path(BASE_DIR / "docs/operations.md").read_text()
    assert {name for name in VARIABLES if f"`{name}`" not in page} == set()


def test_a_user_without_a_name_is_told_before_a_database_is_made():
    with pytest.raises(Trouble, match=r"User 54321 has no name.*set DATABASE_URL"):
        folders.check_name(folders.User(54321, 54321))


def test_a_database_that_is_too_old_is_told(monkeypatch):
    monkeypatch.setattr(prepare.connection, "ensure_connection", lambda: None)
    monkeypatch.setattr(type(prepare.connection), "pg_version", 130_011, raising=False)
    with pytest.raises(Trouble, match="PostgreSQL 13, and 14 or newer is needed"):
        prepare.check_database()


@pytest.mark.django_db
def test_demo_people_have_names_in_the_trail(settings):
    settings.IS_EMBEDDED, settings.HOST = True, "127.0.0.1"
    demo_people.make_people()
    people = Membership.objects.filter(workspace__slug="demo").values_list("person", flat=True)
    assert len(people) == 4
    assert identities.labels(people).keys() == set(people)
    added = Entry.objects.filter(action="member.added").values_list("object_id", flat=True)
    assert set(added) == {str(person) for person in people}


def test_demo_people_are_refused_where_others_can_come(settings):
    settings.IS_EMBEDDED, settings.HOST = True, "0.0.0.0"
    assert "loopback HOST only" in demo_people.reason_against()
    settings.IS_EMBEDDED, settings.HOST = False, "127.0.0.1"
    assert "embedded database only" in demo_people.reason_against()
    settings.IS_EMBEDDED = True
    assert not demo_people.reason_against()
