"""How the web asks the scorer: one line of JSON over a unix socket, in the standard library alone."""

import hashlib
import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LONGEST_SOCKET = 100  # bytes: the kernel allows 107
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 60.0
MOST_BYTES = 64 * 1024 * 1024


class Away(Exception):
    """Nobody listens, or the line broke."""


class Refused(Exception):
    """A sentence: the model cannot be scored."""


@dataclass
class Later(Exception):
    seconds: int


class Loading(Later):
    """The model is being read."""


class Busy(Later):
    """Too much is waiting already."""


@dataclass
class JudgeAway(Later):
    """The language model that the reward asks gave no answer; the sentence says why."""

    message: str


@dataclass(frozen=True)
class Question:
    """What to score with which model."""

    model: str
    folder: str
    sha256: str
    items: list[dict[str, Any]]  # {"prompt": text or messages, "response": text}


def socket_of(data_dir: Path | str) -> Path:
    """Where the scorer of a data folder listens: inside it, or under a short name where that would be too long."""
    path = Path(data_dir).resolve() / "run" / "scorer.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"touchstone-{os.geteuid()}-{digest}" / "scorer.sock"


def is_answered(address: Path) -> bool:
    """Whether somebody listens there; a socket that a killed scorer left behind does not count."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(CONNECT_SECONDS)
            line.connect(str(address))
    except OSError:
        return False
    return True


def ask(address: Path, question: Question) -> list[dict[str, Any]]:
    """The scores, in the order of the items; an exception of this module otherwise."""
    answer = exchange(address, {"ask": "score", **asdict(question)})
    state = answer.get("state")
    if state == "scored":
        return list(answer["scores"])
    if state == "loading":
        raise Loading(int(answer["retry_after"]))
    if state == "busy":
        raise Busy(int(answer["retry_after"]))
    if state == "away":
        raise JudgeAway(int(answer["retry_after"]), str(answer["message"]))
    raise Refused(str(answer.get("message", "The scorer gave an answer that cannot be read.")))


def exchange(address: Path, message: dict[str, Any], *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
    """Send one line and read one."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(CONNECT_SECONDS)
            line.connect(str(address))
            line.settimeout(seconds)
            line.sendall(json.dumps(message).encode() + b"\n")
            with line.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline(MOST_BYTES))
    except (OSError, ValueError) as error:
        raise Away from error
    return answer
