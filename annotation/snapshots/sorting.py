"""Sorting more lines than fit into memory: runs on disk, then merged."""

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

RUN_BYTES = 64 * 1024 * 1024
WIDEST = 256  # runs that are merged at once; a run of runs beyond


def sorted_lines(lines: Iterable[bytes], folder: Path, run_bytes: int = RUN_BYTES) -> Iterator[bytes]:
    """The lines (each ends with a newline and holds no other) in the order of their bytes."""
    runs: list[Path] = []
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line) + 64  # what Python adds to a bytes object and its place in the list
        if size >= run_bytes:
            runs.append(write_run(held, folder, len(runs)))
            held, size = [], 0
    held.sort()
    if not runs:
        yield from held
        return
    runs.append(write_run(held, folder, len(runs)))
    while len(runs) > WIDEST:
        merged = folder / f"merged-{len(runs)}-{runs[0].name}"
        with merged.open("wb") as target:
            target.writelines(merge(runs[:WIDEST]))
        runs = [*runs[WIDEST:], merged]
    yield from merge(runs)


def write_run(lines: list[bytes], folder: Path, number: int) -> Path:
    lines.sort()
    path = folder / f"run-{number}"
    with path.open("wb") as file:
        file.writelines(lines)
    return path


def merge(runs: list[Path]) -> Iterator[bytes]:
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb")) for path in runs]
        yield from heapq.merge(*files)
    for path in runs:
        path.unlink()
