"""Shows on the terminal what the logs call an error, as it happens."""

import json
from pathlib import Path

from local.progress import warn

LOUD = {"error", "critical"}


class Errors:
    """Remembers how far each log has been read; what was there before is not shown."""

    def __init__(self, logs: list[Path]) -> None:
        self._read = {log: size(log) for log in logs}

    def show(self) -> None:
        for log, begin in self._read.items():
            end = size(log)
            begin = begin if begin <= end else 0  # the log was turned over
            if end > begin:
                with log.open("rb") as file:
                    file.seek(begin)
                    words = file.read(min(end - begin, 1_000_000))
                whole = words.rpartition(b"\n")[0]
                self._read[log] = begin + len(whole) + 1 if whole else begin
                for line in whole.splitlines():
                    if text := error_in(line):
                        warn(f"{log.stem}: {text}")


def error_in(line: bytes) -> str:
    """The message of a JSON line of level error, with the last line of its traceback."""
    try:
        entry = json.loads(line)
        if entry["level"] not in LOUD:
            return ""
    except (ValueError, KeyError, TypeError):
        return ""
    cause = str(entry.get("error", "")).strip().rpartition("\n")[2]
    return f"{entry.get('message', '')} {cause}".strip()[:500]


def size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return 0
