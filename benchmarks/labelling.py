"""Annotators as programs: each answers as fast as the server lets it, over one kept connection."""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.load import quantiles

Turn = Callable[[], str | None]  # one judgment; what the server calls it, or None when there is nothing more


class Wrong(Exception):
    """An answer that no annotator should get."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: list[tuple[str, str]]  # names in lower case
    content: bytes

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")


class Line:
    """One kept connection to a server on loopback that remembers its cookies.

    Spoken on the socket itself: callers and servers share the cores, and Python's own client takes as long to put a
    request together and to read the answer as a server may take for it.
    """

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.headers = written({"Host": f"127.0.0.1:{port}", **headers})
        self.cookies = dict[str, str]()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\n{self.headers}{written(headers)}Content-Length: {len(body)}\r\n\r\n"
        try:
            answer = self.exchange(head.encode() + body)
        except (OSError, ValueError) as error:
            self.close()
            raise Wrong(repr(error)) from error
        for name, cookie in answer.headers:
            if name == "set-cookie":
                key, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[key] = value
        return answer

    def exchange(self, message: bytes) -> Answer:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(message)
        head, content = b"", self.receive()
        while not head:
            head, found, rest = content.partition(b"\r\n\r\n")
            if not found:
                head, content = b"", content + self.receive()
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        answer = Answer(int(first[9:12]), [(name.lower(), value.strip()) for name, _, value in pairs], rest)
        missing = int(answer.header("content-length") or 0) - len(rest)
        while missing > 0:
            rest += (part := self.receive())
            missing -= len(part)
        if answer.header("connection").lower() == "close":
            self.close()
        return answer._replace(content=rest)

    def receive(self) -> bytes:
        assert self.socket is not None
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionResetError("The server closed the connection.")
        return part

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def written(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


class Annotator:
    """Somebody with a token who prefers the first answer."""

    def __init__(self, port: int, token: str, project: str, *, is_combined: bool) -> None:
        self.line = Line(port, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        self.next_path = f"/api/v1/projects/{project}/next/"
        self.is_combined = is_combined
        self.upcoming: dict[str, Any] | None = None

    def turn(self) -> str | None:
        offer = self.upcoming or self.fetch()
        if offer is None:
            return None
        answer = {"preferred": offer["responses"][0]["id"]}
        body = {"answer": answer, "duration_ms": 1_000, "next": self.is_combined}
        said = self.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body, 201)
        self.upcoming = said.get("next")
        return said["judgment"]["id"]

    def fetch(self) -> dict[str, Any] | None:
        return self.post(self.next_path, {}, 200)

    def post(self, path: str, body: dict[str, Any], status: int) -> Any:
        answer = self.line.ask("POST", path, json.dumps(body).encode())
        if answer.status == 204:
            return None
        if answer.status != status:
            raise Wrong(f"{answer.status} {answer.content[:200]!r}")
        return json.loads(answer.content)


@dataclass
class Tally:
    """What a crowd did in the time that it had."""

    seconds: float
    waits: list[float] = field(default_factory=list)  # milliseconds a judgment
    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        rate = round(len(self.said) / self.seconds, 1)
        return {"judgments": len(self.said), "per_second": rate, "errors": len(self.errors), **quantiles(self.waits)}


def drive(turns: list[Turn], seconds: float) -> Tally:
    """Everybody works at once until the time is over; a turn that was begun is finished."""
    tally, gate = Tally(seconds), threading.Barrier(len(turns) + 1)

    def work(turn: Turn) -> None:
        gate.wait()
        end = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < end:
            try:
                said = turn()
            except Wrong as error:
                tally.errors.append(str(error))
                continue
            if said is None:
                return
            tally.waits.append(1_000 * (time.perf_counter() - begin))
            tally.said.append(said)

    crowd = [threading.Thread(target=work, args=(turn,)) for turn in turns]
    for each in crowd:
        each.start()
    gate.wait()
    begin = time.perf_counter()
    for each in crowd:
        each.join()
    tally.seconds = time.perf_counter() - begin
    return tally
