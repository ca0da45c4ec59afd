"""Processes of this machine, known by more than a number: a pid is used again, a pid with its starting time is not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Sighting:
    """A process as it was seen once."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Sighting":
        return cls(pid, started(pid))

    @property
    def is_alive(self) -> bool:
        return bool(self.started) and started(self.pid) == self.started


def started(pid: int) -> str:
    """When the process began, in the kernel's own words; empty when there is none, or when it is a zombie."""
    if sys.platform != "linux":
        found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True).stdout  # noqa: S607
        return "" if found.strip().startswith("Z") else found.strip().partition(" ")[2].strip()
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def can_look_inside() -> bool:
    return PROC.is_dir()


def inside(folder: Path) -> Iterator[int]:
    """Processes that work in this folder. A PostgreSQL server and all its children work in their data folder."""
    target = str(folder.resolve())
    for entry in PROC.glob("[0-9]*") if can_look_inside() else ():
        try:
            if os.readlink(entry / "cwd") == target and started(int(entry.name)):
                yield int(entry.name)
        except OSError:
            continue


def of_session(leader: int, folder: Path) -> Iterator[Sighting]:
    """Who is left of a session whose leader has died; `folder`, where they work, tells them from strangers."""
    if started(leader):
        return  # the number belongs to somebody else by now
    for pid in inside(folder):
        try:
            if os.getsid(pid) == leader:
                yield Sighting.of(pid)
        except ProcessLookupError:
            continue


def signal_to(sighting: Sighting, number: signal.Signals) -> None:
    if sighting.is_alive:
        try:
            os.kill(sighting.pid, number)
        except ProcessLookupError:
            return


def wait_for_end(sightings: list[Sighting], seconds: float) -> list[Sighting]:
    """Waits until all have ended; the ones that have not are returned."""
    deadline = time.monotonic() + seconds
    while (alive := [each for each in sightings if each.is_alive]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def end(sightings: list[Sighting], *, first: signal.Signals = signal.SIGTERM, patience: float = 10) -> None:
    """Asks, waits, and then insists."""
    for sighting in sightings:
        signal_to(sighting, first)
    for sighting in wait_for_end(sightings, patience):
        signal_to(sighting, signal.SIGKILL)
    wait_for_end(sightings, 5)
