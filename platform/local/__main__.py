"""`python -m local COMMAND`: what the Makefile calls."""

import os
import sys
from collections.abc import Callable

from local import bootstrap, checks, doctor, folders, servers, temporary, up
from local.environment import BASE_DIR, Environment
from local.trouble import Trouble


def install(arguments: list[str]) -> None:
    bootstrap.ensure(Environment(), development="--development" in arguments)


def manage(arguments: list[str]) -> None:
    """A command of manage.py, with the servers started for it where none are running."""
    environment = Environment()
    python = bootstrap.ensure(environment)
    command = [str(python), str(BASE_DIR / "manage.py"), *arguments]
    if folders.holder(environment.data_dir):
        raise SystemExit(temporary.run(command, up.variables_of(environment)))
    temporary.end_on_signals()
    with servers.running(servers.wish(environment, bootstrap.VENV, " ".join(arguments[:1]))):
        code = temporary.run(command, up.variables_of(environment))
    raise SystemExit(code)


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "up": lambda arguments: up.up(Environment()),
    "web": lambda arguments: up.serve_web(Environment()),
    "install": install,
    "doctor": lambda arguments: doctor.run(Environment()),
    "manage": manage,
    "check": lambda arguments: checks.run("check", arguments),
    "test": lambda arguments: checks.run("test", arguments),
    "test-all": lambda arguments: checks.run("test-all", arguments),
    "with-servers": temporary.with_servers,
}


def main() -> None:
    os.environ.pop("PYTHONPATH", None)  # it led here; children find their way by the venv's .pth file
    name, *arguments = sys.argv[1:] or [""]
    if name not in COMMANDS:
        raise Trouble(f"python -m local knows {', '.join(COMMANDS)}.")
    try:
        COMMANDS[name](arguments)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        raise Trouble(f"{error.strerror or error}{place}.") from None


if __name__ == "__main__":
    main()
