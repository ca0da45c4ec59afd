"""Annotators as programs: each answers as fast as the server lets it, over one kept connection."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from benchmarks.load import quantiles

Turn = Callable[[], str | None]  # one judgment; what the server calls it, or None when there is nothing more


class Wrong(Exception):
    """An answer that no annotator should get."""


class Line:
    """One connection to a server on loopback that remembers its cookies."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers, self.cookies = headers, dict[str, str]()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, body, {**self.headers, **headers})
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self.connection.close()
            raise Wrong(repr(error)) from error
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer, content


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
        answer, content = self.line.ask("POST", path, json.dumps(body).encode())
        if answer.status == 204:
            return None
        if answer.status != status:
            raise Wrong(f"{answer.status} {content[:200]!r}")
        return json.loads(content)


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
