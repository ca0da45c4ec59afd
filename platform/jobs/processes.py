"""The child process of an attempt: a group of its own that ends as a whole, and alone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from jobs.claims import Claim

MANAGE = Path(settings.BASE_DIR) / "manage.py"
LONGEST_LINE = 64 * 1024


class Child:
    """`manage.py work <job> <attempt>` in a session of its own. When we are gone its stdin ends, and so does it."""

    def __init__(self, claim: Claim, *, threads: int) -> None:
        self._record = record_of(claim)
        end_orphan(self._record)
        self._process = subprocess.Popen(
            [sys.executable, str(MANAGE), "work", str(claim.job_id), str(claim.attempt)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=MANAGE.parent,
            env=os.environ | surroundings(threads),
        )
        self.pid = self._process.pid
        self.tail: deque[str] = deque(maxlen=60)
        self._record.write_text(json.dumps({"group": self.pid, "began": began(self.pid)}))
        output = self._process.stdout
        assert output is not None
        self._pump = threading.Thread(target=self._pass_on, args=(output,), name="child's words", daemon=True)
        self._pump.start()

    def _pass_on(self, output: BinaryIO) -> None:
        """The child's lines go to our own stderr, where the operator gathers logs; the last ones are kept."""
        for line in iter(lambda: output.readline(LONGEST_LINE), b""):
            text = line.decode(errors="replace").rstrip("\n")
            self.tail.append(text)
            sys.stderr.write(text + "\n")

    def has_ended(self, *, within: float) -> bool:
        """Wait a little for the end. The child is not reaped yet, so its group's number cannot be taken by another."""
        self._pump.join(within)
        if is_over(self.pid):
            return True
        if not self._pump.is_alive():  # it closed its output and works on
            time.sleep(within)
        return False

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def end(self) -> int:
        """Kill what is left of the group, then reap the child. The exit status; negative for a signal."""
        self._signal(signal.SIGKILL)
        code = self._process.wait()
        self._pump.join(1)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._record.unlink(missing_ok=True)
        return code

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
            os.killpg(self.pid, number)


def is_over(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def surroundings(threads: int) -> dict[str, str]:
    """What the child's environment says beyond ours: how many threads it may use, and that no library phones home."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    quiet = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    hub = {} if settings.ALLOW_HUB else {"HF_HUB_OFFLINE": "1"}
    return {**limits, **quiet, **hub, "PYTHONUNBUFFERED": "1", "DB_POOL": "4"}


def record_of(claim: Claim) -> Path:
    folder = Path(settings.DATA_DIR) / "processes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{claim.job_id}.json"


def end_orphan(record: Path) -> bool:
    """End the group of an attempt that outlived its supervisor; a process that took its number is left alone."""
    try:
        found = json.loads(record.read_text())
        group, since = int(found["group"]), str(found["began"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    if not since or began(group) != since:
        return False
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def began(pid: int) -> str:
    """When a process began, in words that no later process with its number repeats; empty where that cannot be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{boot}:{fields[19]}"


def last_words(tail: Iterable[str]) -> list[str]:
    """The lines that are no log records: tracebacks, and what libraries print."""
    return [line for line in tail if line.strip() and not line.startswith("{")]
