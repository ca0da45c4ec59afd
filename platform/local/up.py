"""`make up`: from a bare checkout to a page that answers, and everything stopped again on Ctrl-C."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import FrameType

from local import address, bootstrap, children, servers
from local.children import Program
from local.environment import BASE_DIR, Environment
from local.logs import Errors
from local.progress import step
from local.servers import Running
from local.trouble import Trouble

THREADS = 8  # requests that one web process answers at a time


class Stopped(SystemExit):
    """Somebody asked for the end: Ctrl-C, or a signal."""


def up(environment: Environment) -> None:
    listen_for_the_end()
    wished = servers.wish(environment, bootstrap.VENV, "make up")
    try:
        with servers.alone(wished), address.reserve(environment) as listener:
            python = bootstrap.ensure(environment)
            with servers.started(wished) as running:
                begin(environment, running, python, listener)
                keep(running)
    except Stopped:
        step("Stopped")


def keep(running: Running) -> None:
    """Until somebody asks for the end."""
    errors = Errors([child.program.log for child in running.children.started])
    while True:
        time.sleep(0.5)
        running.children.tend()
        errors.show()


def listen_for_the_end() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # one is enough: stopping is not stopped half-way
        print(flush=True)
        step(f"{signal.Signals(number).name}: stopping")
        raise Stopped(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)


def begin(environment: Environment, running: Running, python: Path, listener: socket.socket) -> None:
    """Database and static files first, then the web, then who works in the background."""
    variables = variables_of(environment)
    prepare(python, variables)
    step("Starting the web server")
    web, *others = programs(environment, variables, python, listener)
    children.wait_until(lambda: address.answers(listener, environment), running.children.start(web))
    step(f"Touchstone answers at {address.public(environment)}")
    step(f"Starting {', '.join(program.name for program in others)}")
    for program in others:
        running.children.start(program)
    step("Ctrl-C stops everything. Logs: " + str(environment.data_dir / "logs"))


def variables_of(environment: Environment) -> dict[str, str]:
    """What every child sees. What was made here stays in run.json, where settings look for it."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    return {**kept, "DATA_DIR": str(environment.data_dir), "PYTHONUNBUFFERED": "1"}


def prepare(python: Path, variables: dict[str, str]) -> None:
    command = [str(python), str(BASE_DIR / "manage.py"), "prepare"]
    done = subprocess.run(command, cwd=BASE_DIR, env=variables, stdin=subprocess.DEVNULL, start_new_session=True)
    if done.returncode:
        raise Trouble("The database or the static files could not be made ready: the reason is above.")


def programs(
    environment: Environment, variables: dict[str, str], python: Path, listener: socket.socket
) -> list[Program]:
    """The table of what `up` keeps running, in the order of starting."""
    manage = [str(python), str(BASE_DIR / "manage.py")]
    table = {
        "web": web_command(environment, python, listener),
        "worker-short": [*manage, "worker", "--queues", "short"],
        "worker-long": [*manage, "worker", "--queues", "cpu,gpu"],
        "sweeper": [*manage, "sweep"],
        "scorer": [*manage, "scorer"],
    }
    return [
        Program(
            name=name,
            command=command,
            log=environment.data_dir / "logs" / f"{name}.log",
            environment=variables,
            folder=BASE_DIR,
            files=(listener.fileno(),) if name == "web" else (),
        )
        for name, command in table.items()
    ]


def web_command(environment: Environment, python: Path, listener: socket.socket) -> list[str]:
    cores = os.cpu_count() or 2
    workers = environment.number("WORKERS", min(4, max(2, cores)), least=1)
    web = [str(python), "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{listener.fileno()}"]
    web += ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(THREADS), "--preload"]
    # Browsers open connections ahead; one that is closed before it was used leaves a slow reader without style sheets.
    web += ["--keep-alive", "30"]
    return [*web, "--no-control-socket", "--graceful-timeout", "10", "--timeout", "120", "--forwarded-allow-ips", ""]


def serve_web(environment: Environment) -> None:
    """The web server alone, in place of this process: for whoever keeps every process by other means."""
    python = bootstrap.interpreter()
    if not python:
        raise Trouble(f"{bootstrap.VENV} is missing or does not work: `python -m local install` makes it.")
    listener = address.reserve(environment)
    listener.set_inheritable(True)
    command = web_command(environment, Path(python), listener)
    os.chdir(BASE_DIR)
    os.execve(python, command, variables_of(environment))  # noqa: S606  (no shell is wanted)
