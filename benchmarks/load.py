"""Many callers at once against one server on loopback, and what they had to wait."""

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException


@dataclass
class Load:
    """`connections` callers ask for `path` again and again, each on a connection that is kept open."""

    port: int
    path: str
    headers: dict[str, str]
    connections: int = 8
    seconds: float = 4.0
    waits: list[float] = field(default_factory=list)  # of answers with 200, in milliseconds
    failed: int = 0

    def run(self) -> "Load":
        callers = [threading.Thread(target=self._call) for _ in range(self.connections)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        return self

    def _call(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            begin = time.perf_counter()
            try:
                connection.request("GET", self.path, headers=self.headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                self.failed += 1
                connection.close()
                continue
            if answer.status == 200:
                self.waits.append((time.perf_counter() - begin) * 1000)
            else:
                self.failed += 1
        connection.close()

    def told(self) -> dict[str, object]:
        return {
            "path": self.path,
            "connections": self.connections,
            "requests": len(self.waits),
            "failed": self.failed,
            "per_second": round(len(self.waits) / self.seconds, 1),
            **quantiles(self.waits),
        }


def quantiles(waits: list[float]) -> dict[str, float | None]:
    """Median, 95th percentile and the longest, in milliseconds."""
    ordered = sorted(waits)

    def at(share: float) -> float | None:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else None

    return {"p50_ms": at(0.5), "p95_ms": at(0.95), "max_ms": at(1.0)}
