"""Processes that this one started: brought back when they fall, stopped with the servers last."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local import processes, record
from local.folders import User
from local.processes import Sighting
from local.progress import step, warn
from local.trouble import Trouble

LONGEST_PAUSE = 30.0  # seconds between two attempts to bring one back
SLOW = 60.0  # seconds after which a start that takes long is told
STEADY = 60.0  # a child that lasted this long fell by accident: it is brought back at once
LARGEST_LOG = 10 * 1024 * 1024
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Program:
    """What to start, and how it wishes to be stopped."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    folder: Path
    user: User | None = None
    files: tuple[int, ...] = ()  # descriptors that it inherits
    stop: signal.Signals = signal.SIGTERM
    patience: float = 15.0
    is_server: bool = False  # stopped after those who use it
    before: Callable[[], None] | None = None  # clears what a fallen one left behind


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    falls: int = 0
    back_at: float = 0.0  # not brought back before this moment

    @property
    def sighting(self) -> Sighting:
        return Sighting.of(self.process.pid)


class Children:
    """`path` remembers them for the next start, in case this process dies without stopping them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started: list[Child] = []

    def start(self, program: Program) -> Child:
        child = Child(program, launch(program))
        self.started.append(child)
        self._remember()
        return child

    def tend(self) -> None:
        """Brings back whoever has fallen, after a pause that doubles with each fall."""
        for child in self.started:
            if child.process.poll() is None:
                continue
            if not child.back_at:
                self._notice_fall(child)
            elif time.monotonic() >= child.back_at:
                self._bring_back(child)

    def _bring_back(self, child: Child) -> None:
        """A full disk hinders this, and must not end the ones that still run."""
        try:
            child.process, child.began, child.back_at = launch(child.program), time.monotonic(), 0.0
            self._remember()
        except (OSError, Trouble) as error:
            child.back_at = time.monotonic() + LONGEST_PAUSE if child.back_at else 0.0
            warn(f"{child.program.name} or the note of it could not be made: {error}")
            return
        step(f"Started {child.program.name} again")

    def _notice_fall(self, child: Child) -> None:
        child.falls = 1 if time.monotonic() - child.began > STEADY else child.falls + 1
        pause = min(0.5 * 2 ** (child.falls - 1), LONGEST_PAUSE)
        child.back_at = time.monotonic() + pause
        warn(f"{child.program.name} {ending(child.process)}; starting it again in {pause:g} s ({child.program.log})")

    def stop(self) -> None:
        """Whoever uses the servers first, all at once; then the servers; who does not listen is killed."""
        for is_server in (False, True):
            wave = [child for child in self.started if child.program.is_server == is_server]
            for child in wave:
                if child.process.poll() is None:
                    child.process.send_signal(child.program.stop)
            deadline = time.monotonic() + max((child.program.patience for child in wave), default=0)
            for child in wave:
                end_by(deadline, child)
                self.started.remove(child)
        self.path.unlink(missing_ok=True)

    def _remember(self) -> None:
        seen = {
            child.program.name: [child.process.pid, child.sighting.started, str(child.program.folder)]
            for child in self.started
        }
        record.write_private(self.path, seen)


def end_by(deadline: float, child: Child) -> None:
    try:
        child.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        warn(f"{child.program.name} did not stop in time and was killed")
        child.process.kill()
        child.process.wait()


def launch(program: Program) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C in the terminal reaches this process alone and the order is ours."""
    if program.before:
        program.before()
    parent = os.getpid()

    def die_with_parent() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(DIES_WITH_PARENT, program.stop)
            if os.getppid() != parent:
                os._exit(1)

    turn_over(program.log)
    identity = {"user": program.user.uid, "group": program.user.gid, "extra_groups": []} if program.user else {}
    try:
        with program.log.open("ab") as log:
            return subprocess.Popen(
                program.command,
                cwd=program.folder,
                env=program.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=program.files,
                preexec_fn=die_with_parent,  # safe: this process has one thread
                **identity,  # type: ignore[call-overload]
            )
    except OSError as error:
        raise Trouble(f"{program.name} cannot be started: {error.strerror} ({error.filename}).") from None


def turn_over(log: Path) -> None:
    """Two files of bounded size: a log never fills the disk."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


def ending(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def tail(log: Path, lines: int = 12) -> str:
    """The last words of a program, for the person who has to find out why it ended."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def wait_until(answering: Callable[[], bool], child: Child, *, seconds: float = 600) -> None:
    """Until it answers, on a busy machine too; a program that ends instead is trouble, told with its last words."""
    began, is_told = time.monotonic(), False
    while not answering():
        if child.process.poll() is not None:
            warn(tail(child.program.log))
            raise Trouble(
                f"{child.program.name} {ending(child.process)}: its words are above and in {child.program.log}."
            )
        passed = time.monotonic() - began
        if passed > SLOW and not is_told:
            step(f"{child.program.name} is slow to answer; its log is {child.program.log}")
            is_told = True
        if passed > seconds:
            raise Trouble(f"{child.program.name} does not answer after {seconds:g} s: see {child.program.log}.")
        time.sleep(0.05)


def end_leftovers(path: Path) -> None:
    """Ends what an earlier start left behind when it was killed. Called with the folder's lock held."""
    known = record.read_private(path)
    left = {name: leftovers(*seen) for name, seen in known.items()}
    names = [name for name, found in left.items() if found]
    if names:
        step(f"Ending what an earlier start left behind: {', '.join(names)}")
    for name in reversed(names):
        first = signal.SIGINT if name == "postgres" else signal.SIGTERM
        processes.end(left[name], first=first, patience=15)
    path.unlink(missing_ok=True)


def leftovers(pid: int, started: str, folder: str) -> list[Sighting]:
    """The child itself, or, when it has died, those whom it had started."""
    child = Sighting(pid, started)
    return [child] if child.is_alive else list(processes.of_session(pid, Path(folder)))
