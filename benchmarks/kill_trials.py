"""Kills each process of a running `make up` with SIGKILL and says what came back, one JSON line a trial.

    python benchmarks/kill_trials.py

It runs on a data folder of its own and goes away with it. `tests/local/test_kill_trials.py` runs the same trials.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "platform"))

from local import processes, programs  # noqa: E402
from local.bootstrap import VENV  # noqa: E402
from local.dump import Database  # noqa: E402
from local.environment import VARIABLES  # noqa: E402
from local.processes import Sighting  # noqa: E402
from local.record import Record, read  # noqa: E402

LONGEST = 60.0
NAMES = ("postgres", "redis", "web", "worker-short", "worker-long", "sweeper", "scorer")  # what `up` keeps running


class Site:
    """One `make up` on a folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.output = folder / "output"
        with socket.socket() as line:
            line.bind(("127.0.0.1", 0))
            self.port = line.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Seconds until the page that asks the database answers."""
        kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        ours = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "ENV_FILE": os.devnull}
        ours["PYTHONPATH"] = str(ROOT / "platform")
        began = time.monotonic()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", "up"], cwd=ROOT, env={**kept, **ours}, stdout=output, stderr=output
            )
        self.wait_for_page()
        wait_until(lambda: len(self.children()) == len(NAMES))
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(LONGEST)

    def wait_for_page(self) -> None:
        wait_until(self.has_page, lambda: self.output.read_text()[-2_000:])

    def has_page(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def children(self) -> dict[str, Sighting]:
        """What `up` says that it runs, by name."""
        try:
            known = json.loads((self.data_dir / "processes.json").read_text())
        except (OSError, ValueError):
            return {}
        return {name: seen for name, (pid, started, _) in known.items() if (seen := Sighting(pid, started)).is_alive}

    @property
    def record(self) -> Record:
        found = read(self.data_dir / "servers.json")
        assert found
        return found

    @property
    def database(self) -> Database:
        record = self.record
        named = {"host": record.sockets, "user": "touchstone", "password": record.database_password}
        return Database({**named, "dbname": "touchstone"})

    def redis(self, *words: str) -> str:
        server = programs.find(VENV).redis_server
        command = [str(server.with_name("redis-cli")), "-s", f"{self.record.sockets}/redis.sock", "--no-auth-warning"]
        variables = {"REDISCLI_AUTH": self.record.redis_password}
        return subprocess.run([*command, *words], env=variables, capture_output=True, text=True).stdout.strip()

    def kill(self, victims: list[Sighting]) -> None:
        for victim in victims:
            processes.signal_to(victim, signal.SIGKILL)
        if victims[0].pid == self.process.pid:  # type: ignore[union-attr]
            self.process.wait()  # type: ignore[union-attr]
        assert not processes.wait_for_end(victims, 10)


def wait_until(is_so: Callable[[], bool], words: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + LONGEST
    while not is_so():
        assert time.monotonic() < deadline, words()
        time.sleep(0.1)


def one(name: str) -> Callable[[Site], list[Sighting]]:
    return lambda site: [site.children()[name]]


def backend(site: Site) -> list[Sighting]:
    """A server process of PostgreSQL that works for the web."""
    found = site.database.ask("SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    return [Sighting.of(int(found))]


def web_worker(site: Site) -> list[Sighting]:
    master = site.children()["web"].pid
    path = Path(f"/proc/{master}/task/{master}/children")
    wait_until(lambda: bool(path.read_text().split()))
    return [Sighting.of(int(path.read_text().split()[0]))]


def up(site: Site) -> list[Sighting]:
    return [Sighting.of(site.process.pid)]  # type: ignore[union-attr]


def everything(site: Site) -> list[Sighting]:
    return [*up(site), *site.children().values()]


TRIALS: dict[str, Callable[[Site], list[Sighting]]] = {
    **{name: one(name) for name in NAMES},
    "a backend of postgres": backend,
    "a worker of the web": web_worker,
    "up": up,
    "everything": everything,
}


def trial(site: Site, name: str) -> dict[str, object]:
    """Writes, kills, waits until all is back, and reads what was written."""
    mark = f"before the end of {name}"
    site.database.ask(f"CREATE TABLE IF NOT EXISTS trial (mark text); INSERT INTO trial VALUES ('{mark}')")
    site.redis("set", "trial", mark)
    time.sleep(1.1)  # Redis writes its file to the disk once a second
    site.kill(TRIALS[name](site))
    began = time.monotonic()
    if site.process.poll() is not None:  # type: ignore[union-attr]
        site.start()
    wait_until(lambda: site.has_page() and len(site.children()) == len(NAMES))
    wait_until(lambda: site.redis("ping") == "PONG")
    rows = site.database.ask(f"SELECT count(*) FROM trial WHERE mark = '{mark}'")
    return {
        "killed": name,
        "back_after_s": round(time.monotonic() - began, 1),
        "row_is_there": rows == "1",
        "key_is_there": site.redis("get", "trial") == mark,
        "processes": len(site.children()),
    }


@contextmanager
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="touchstone-kill-")).resolve()
    folder.chmod(0o711)
    made = Site(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with site() as running:
        for each in TRIALS:
            print(json.dumps(trial(running, each)), flush=True)
