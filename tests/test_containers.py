"""Dockerfile and compose.yaml against the product: what they start, set, copy and ask for is there.

No image is built here. What can be wrong without building one is what these tests hold: a command that was renamed, a
variable that nobody reads, a folder that moved.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import resolve

from jobs import health
from jobs.management.commands.worker import checked_queues
from jobs.models import Job
from local import up
from local.environment import BASE_DIR, VARIABLES, Environment

COMPOSE = yaml.safe_load((BASE_DIR / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "touchstone"}
MANAGE = {name: service for name, service in OURS.items() if service["command"][:2] == ["python", "manage.py"]}
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
STAGES = re.sub(r"\\\n", " ", DOCKERFILE).split("\nFROM ")[1:]
SECRETS = {"SECRET_KEY": "k" * 40, "POSTGRES_PASSWORD": "p4ssw0rd"}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])((?:[^{}]|\$\{[^{}]*\})*))?\}")


class Missing(Exception):
    """What Compose says when `${NAME:?sentence}` finds nothing."""


def interpolate(text: str, given: dict[str, str]) -> str:
    """As Compose does it for the forms that the file uses."""

    def put(found: re.Match) -> str:
        name, kind, rest = found.groups()
        if given.get(name):
            return given[name]
        if kind == "?":
            raise Missing(f"{name}: {rest}")
        return interpolate(rest or "", given)

    return VARIABLE.sub(put, text)


def variables_of(service: dict, given: dict[str, str]) -> dict[str, str]:
    return {name: interpolate(value, given) for name, value in service["environment"].items()}


def instructions(name: str, stage: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in stage.splitlines() if line.startswith(f"{name} ")]


def copied(stage: str) -> list[str]:
    """What is copied from the checkout."""
    return [source for words in instructions("COPY", stage) if "--from" not in words[0] for source in words[:-1]]


def test_every_process_of_make_up_has_a_service_with_the_same_command(tmp_path):
    environment = Environment(variables={"ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path)})
    with socket.socket() as listener:
        web, *others = up.programs(environment, {}, Path("python"), listener)
    assert {each.name for each in (web, *others)} == {*OURS} - {"prepare", "worker-gpu"}
    for program in others:
        assert SERVICES[program.name]["command"][2:] == program.command[2:], program.name


@pytest.mark.parametrize("name", MANAGE)
def test_a_command_is_one_of_ours_and_takes_these_options(name):
    word, *options = MANAGE[name]["command"][2:]
    load_command_class(get_commands()[word], word).create_parser("manage.py", word).parse_args(options)


def test_the_web_is_served_on_the_address_that_was_taken(monkeypatch, tmp_path):
    assert SERVICES["web"]["command"] == ["python", "-m", "local", "web"]
    assert f"\nCMD {json.dumps(SERVICES['web']['command'])}" in STAGES[-1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    seen = {}

    def execve(program, command, variables):
        listener = socket.socket(fileno=os.dup(int(command[command.index("--bind") + 1].removeprefix("fd://"))))
        with listener:
            seen.update(port=listener.getsockname()[1], program=program, command=command, variables=variables)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(os, "chdir", lambda folder: seen.update(folder=folder))
    values = {"ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path), "PORT": str(port), "WORKERS": "3"}
    up.serve_web(Environment(variables=values))
    assert seen["port"] == port
    assert seen["folder"] == BASE_DIR
    assert seen["program"] == seen["command"][0]
    assert seen["command"][1:4] == ["-m", "gunicorn", "config.wsgi:application"]
    assert seen["command"][seen["command"].index("--workers") + 1] == "3"
    assert seen["variables"]["DATA_DIR"] == str(tmp_path)


def test_workers_serve_every_queue_and_a_gpu_has_one_of_its_own():
    served = {name: checked_queues(service["command"][4]) for name, service in MANAGE.items() if "worker" in name}
    always = [queue for name, queues in served.items() if "profiles" not in SERVICES[name] for queue in queues]
    assert sorted(always) == sorted(Job.Queue.values)
    assert served["worker-gpu"] == [Job.Queue.GPU]
    assert SERVICES["worker-gpu"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_one_that_is_read_and_each_required_one_is_set(name):
    required = set(re.findall(r'from_running\("(\w+)"', (BASE_DIR / "platform/config/settings.py").read_text()))
    assert required == {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}
    found = set(OURS[name]["environment"])
    assert found <= VARIABLES
    assert required | {"DATA_DIR", "PUBLIC_URL"} <= found


def test_the_operator_is_asked_for_nothing_that_nobody_reads():
    asked = set(re.findall(r"\$\{(\w+)", (BASE_DIR / "compose.yaml").read_text()))
    assert asked - VARIABLES == {"POSTGRES_PASSWORD"}
    assert set(SECRETS) <= asked
    built = {word.partition("=")[0] for stage in STAGES for words in instructions("ENV", stage) for word in words}
    assert {name for name in built if not name.startswith(("PATH", "PYTHON", "PIP_"))} <= VARIABLES


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_has_no_default(name):
    given = {key: value for key, value in SECRETS.items() if key != name}
    with pytest.raises(Missing, match=name):
        for service in SERVICES.values():
            variables_of(service, given) if "environment" in service else None


def loaded(given: dict[str, str]) -> dict:
    look = (
        "import json, config.settings as s; d = s.DATABASES['default']; print(json.dumps([d['HOST'], d['PORT'], "
        "d['USER'], d['PASSWORD'], d['NAME'], s.REDIS_URL, s.PUBLIC_URL, str(s.DATA_DIR), s.IS_EMBEDDED]))"
    )
    kept = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    path = {"PYTHONPATH": f"{BASE_DIR}:{BASE_DIR / 'platform'}"}
    variables = kept | path | variables_of(SERVICES["web"], given)
    done = subprocess.run([sys.executable, "-c", look], env=variables, cwd=BASE_DIR, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = ("host", "port", "user", "password", "name", "redis", "public", "data", "is_embedded")
    return dict(zip(names, json.loads(done.stdout), strict=True))


def test_settings_take_what_the_services_are_given():
    found = loaded(SECRETS)
    db = variables_of(SERVICES["db"], SECRETS)
    assert (found["user"], found["name"]) == (db["POSTGRES_USER"], db["POSTGRES_DB"])
    assert found["password"] == db["POSTGRES_PASSWORD"] == SECRETS["POSTGRES_PASSWORD"]
    assert (found["host"], found["port"]) == ("db", "5432")
    assert found["redis"] == "redis://broker:6379/0"
    assert found["public"] == "http://localhost:8000"
    assert found["data"] == "/data"
    assert found["is_embedded"] is False  # no demo people with passwords in a log


def test_addresses_of_ones_own_replace_the_database_and_the_broker():
    own = {"DATABASE_URL": "postgresql://a:b@elsewhere/site", "REDIS_URL": "rediss://there:6380/1", "PORT": "9000"}
    found = loaded(SECRETS | own)
    assert (found["host"], found["name"], found["redis"]) == ("elsewhere", "site", "rediss://there:6380/1")
    assert found["public"] == "http://localhost:9000"


@pytest.mark.parametrize("stage", STAGES, ids=["packages", "image"])
def test_what_is_copied_exists_and_is_let_in(stage):
    ignored = (BASE_DIR / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert copied(stage)
    for source in copied(stage):
        assert (BASE_DIR / source).exists(), source
        assert source.partition("/")[0] in let_in, source


def test_nothing_else_is_let_into_the_build():
    lines = [line for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert let_in == {source.partition("/")[0] for stage in STAGES for source in copied(stage)}
    assert "**/.env*" in lines


def test_no_secret_and_no_address_of_the_network_stands_in_the_image():
    assert "://" not in DOCKERFILE
    assert not re.search(r"(ENV|ARG) .*(SECRET|PASSWORD|TOKEN|KEY)", DOCKERFILE)
    for name, service in SERVICES.items():
        assert "/" not in service["image"], name


def test_the_image_runs_as_somebody_without_rights():
    (user,) = instructions("USER", STAGES[-1])
    assert re.search(rf"useradd .*\b{user[0]}\b", STAGES[-1])
    assert all(service["user"] == user[0] for service in OURS.values())
    assert all(service["cap_drop"] == ["ALL"] for service in OURS.values())


def test_ports_agree():
    (exposed,) = instructions("EXPOSE", STAGES[-1])
    (published,) = SERVICES["web"]["ports"]
    assert interpolate(published, {}) == f"127.0.0.1:{exposed[0]}:{exposed[0]}"
    assert SERVICES["web"]["environment"]["PORT"] == exposed[0]
    assert f"PORT={exposed[0]}" in DOCKERFILE
    assert not any("ports" in service for name, service in SERVICES.items() if name != "web")


def test_the_web_is_asked_for_a_page_that_asks_nobody_else():
    asked = SERVICES["web"]["healthcheck"]["test"][-1]
    port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", asked).groups()
    assert port == SERVICES["web"]["environment"]["PORT"]
    assert resolve(path).func is health.healthz


def test_the_look_at_the_scorer_tells_whether_it_listens(tmp_path):
    *command, code = SERVICES["scorer"]["healthcheck"]["test"][1:]
    assert "'/data'" in code
    code = code.replace("'/data'", repr(str(tmp_path)))
    path = {"PYTHONPATH": f"{BASE_DIR}:{BASE_DIR / 'platform'}", "TMPDIR": str(tmp_path)}

    def look() -> int:
        command[0] = sys.executable
        return subprocess.run([*command, code], env=os.environ | path, stderr=subprocess.DEVNULL).returncode

    where = f"from rewardmodels.scorer import client; print(client.socket_of({str(tmp_path)!r}))"
    told = subprocess.run([sys.executable, "-c", where], env=os.environ | path, capture_output=True, text=True)
    address = Path(told.stdout.strip())
    assert look() == 1
    address.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        assert look() == 0


def test_those_in_the_background_are_asked_by_a_command_that_exists():
    for name in ("worker-short", "worker-long", "worker-gpu", "sweeper"):
        python, manage, word, *options = SERVICES[name]["healthcheck"]["test"][1:]
        assert (python, manage) == ("python", "manage.py")
        load_command_class(get_commands()[word], word).create_parser("manage.py", word).parse_args(options)


def test_whoever_is_waited_for_is_there_and_what_is_mounted_is_declared():
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for waited, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[waited], name
        assert {mount.partition(":")[0] for mount in service["volumes"]} <= set(COMPOSE["volumes"]), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
    for name, service in OURS.items():
        assert f"data:{service['environment']['DATA_DIR']}" in service["volumes"], name
        assert name == "prepare" or "prepare" in service["depends_on"], name
    assert SERVICES["prepare"]["command"][-1] == "prepare"
    assert SERVICES["prepare"]["restart"] == "no"


def test_what_the_first_stage_copies_is_enough_to_begin_the_installation(tmp_path):
    for source in copied(STAGES[0]):
        target = tmp_path / source
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (BASE_DIR / source).is_dir() else shutil.copy)(BASE_DIR / source, target)
    code = "from local import __main__ as m, bootstrap as b; b.fingerprint(b.RUNTIME, ''); print(*b.split_torch('')[0])"
    bare = [sys.executable, "-S", "-c", code]  # -S: without any package
    done = subprocess.run(bare, env={"PYTHONPATH": "platform"}, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith("torch=="), done.stderr
    assert re.search(r"RUN .*PYTHONPATH=platform .*python -m local install", STAGES[0])
