"""Servers for one command, in a folder of their own that goes away with it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from local import bootstrap, servers
from local.environment import BASE_DIR, VARIABLES
from local.servers import Wish
from local.trouble import Trouble


@contextmanager
def environment(*, is_hasty: bool = True) -> Iterator[dict[str, str]]:
    """Variables that lead a command to fresh servers and away from `.env` and from every setting of this machine.

    Hasty servers do not wait for the disk: right for tests, wrong for what measures.
    """
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="touchstone-test-")).resolve()
    folder.chmod(0o711)
    data_dir, made = folder / "data", None
    try:
        with servers.running(Wish(data_dir, bootstrap.VENV, for_tests=is_hasty, what="a test run")) as made:
            (data_dir / "static").mkdir()  # where settings expect gathered files; the tests need none
            kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
            yield {**kept, **made.values, "DATA_DIR": str(data_dir), "ENV_FILE": os.devnull}
    finally:
        for place in (folder, *((made.home, made.sockets) if made else ())):
            shutil.rmtree(place, ignore_errors=True)


def end_on_signals() -> None:
    """A signal becomes an exception, so that the servers are stopped and the folder goes away."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Trouble(f"Ended by {signal.Signals(number).name}.")

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)


def run(command: list[str], variables: dict[str, str]) -> int:
    """Runs it to its end; when this process is interrupted, so is the command."""
    with running(command, variables) as process:
        return process.wait()


@contextmanager
def running(command: list[str], variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs it beside what is done meanwhile; what breaks that off ends the command too."""
    with subprocess.Popen(command, cwd=BASE_DIR, env=variables, stdin=subprocess.DEVNULL) as process:
        try:
            yield process
        except BaseException:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def with_servers(arguments: list[str]) -> None:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise Trouble("Say what to run: python -m local with-servers -- COMMAND.")
    with environment(is_hasty=False) as variables:
        code = run(command, variables)
    raise SystemExit(code)
