"""A real server on loopback for one measurement: start it, ask it, and what processor time it took."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(*command: str, python: str = sys.executable, **options: Any) -> Iterator[int]:
    """A child that ends with the block; its process id."""
    options = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": PATHS}, **options}
    with subprocess.Popen([python, *command], stdout=subprocess.DEVNULL, **options) as child:
        try:
            yield child.pid
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()


@contextmanager
def gunicorn(*, workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """The product's web server as `make up` runs it, its log written to a file: (process id, port)."""
    port = free_port()
    flags = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--preload", "--no-control-socket"]
    flags += ["--workers", str(workers), "--threads", str(threads), "--log-level", "warning"]
    variables = {**os.environ, "PYTHONPATH": PATHS, "LOG_LEVEL": "INFO"}
    with (
        tempfile.TemporaryFile() as log,
        program("-m", "gunicorn", "config.wsgi:application", *flags, env=variables, stderr=log) as pid,
    ):
        yield pid, port


def ask(port: int, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        method, path, json.dumps(body) if body else None, {**headers, "Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text and "json" in answer.headers.get("Content-Type", "") else None


def wait_for_first_answer(port: int, path: str = "/healthz", statuses: tuple[int, ...] = (200,)) -> float:
    begin = time.perf_counter()
    while time.perf_counter() - begin < 60:
        try:
            if ask(port, "GET", path, {})[0] in statuses:
                return time.perf_counter() - begin
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("The server did not answer within 60 s.")


def processor_split(groups: dict[str, set[int]]) -> dict[str, float]:
    """Seconds used so far by each group of processes and everything below them, and by this process alone."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(folder.name)
            parents[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    split = {
        name: sum(ticks for pid, ticks in used.items() if lies_below(pid, roots, parents)) / TICK
        for name, roots in groups.items()
    }
    return {**split, "client": time.process_time()}


def each_judgment(before: dict[str, float], after: dict[str, float], judgments: int) -> dict[str, float]:
    """Milliseconds of processor time by process."""
    return {name: round(1_000 * (after[name] - before[name]) / max(1, judgments), 2) for name in after}


def lies_below(pid: int, roots: set[int], parents: dict[int, int]) -> bool:
    while pid and pid not in roots:
        pid = parents.get(pid, 0)
    return pid in roots
