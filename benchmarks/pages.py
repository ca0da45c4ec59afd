"""What every page costs that a person can reach: bytes of a first load, time of the server, queries.

    DATA_DIR=.local python -m benchmarks.pages --url http://localhost:8000

Walks over the links of a running workspace (the demo, unless --workspace says otherwise) as an annotator, a reviewer, a
researcher and an admin, up to --each addresses of a route, and prints a JSON line for each page:

    bytes       everything that Chromium loads with an empty cache, as it comes over the wire, with its headers
    ms          what the server itself wrote of the request into its log, the median of --times warm requests
    cpu_ms      processor time of the same request in a process of its own, with that of the database's process that
                serves it, the median again: what other programs of a busy machine take away is not in it
    queries     statements that the answer sends to the database

Last comes a table of what is over --bytes or --ms; then the exit status is 1. On a busy machine `--judge cpu_ms` holds
the processor time against --ms instead. Run it where the server and its database run.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks import visiting

ROLES = ("annotator", "reviewer", "researcher", "admin")
PATIENCE = 120_000  # ms
QUIET = 700  # ms after the load event: what a page fetches by itself has begun by then


@dataclass(frozen=True)
class Cost:
    role: str
    route: str
    address: str
    bytes: int  # 0 for a fragment: it is part of a page's load where the page fetches it at once
    ms: float
    cpu_ms: float
    queries: int


@dataclass
class Server:
    """The running one, asked over HTTP, and its log, where the time of each request stands under the request's id."""

    url: str
    log: Path
    times: int

    def ms(self, address: str, session: str) -> float:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "localhost", parts.port or 80, timeout=60)
        begin, ids = self.log.stat().st_size, [uuid4().hex for _ in range(self.times + 1)]
        for request_id in ids:
            headers = {"Cookie": f"sessionid={session}", "X-Request-ID": request_id, "Accept-Encoding": "gzip"}
            connection.request("GET", address, headers=headers)
            connection.getresponse().read()
        connection.close()
        return statistics.median(list(self.written(begin, ids))[1:])  # the first warmed it up

    def written(self, begin: int, ids: list[str]) -> Iterator[float]:
        """Milliseconds by request, once all of them stand in the log."""
        for _try in range(100):
            with self.log.open() as file:
                file.seek(begin)
                lines = [json.loads(line) for line in file if '"web.access"' in line and line.endswith("\n")]
            found = {line["request_id"]: line["ms"] for line in lines}
            if all(request_id in found for request_id in ids):
                return (found[request_id] for request_id in ids)
            time.sleep(0.05)
        raise SystemExit(f"{self.log} does not tell of these requests: is it the log of {self.url}?")


@dataclass
class Browser:
    """Chromium as one person, with an empty cache before each page."""

    page: Any
    protocol: Any
    taken: int = 0

    def bytes(self, address: str) -> int:
        self.protocol.send("Network.clearBrowserCache")
        self.taken = 0
        self.page.goto(address, wait_until="load")
        self.page.wait_for_timeout(QUIET)
        taken = self.taken
        self.page.goto("about:blank")
        return taken

    def count(self, event: dict[str, Any]) -> None:
        self.taken += int(event["encodedDataLength"])


def opened(chromium: Any, url: str, session: str) -> Browser:
    context = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    page = context.new_page()
    browser = Browser(page, context.new_cdp_session(page))
    browser.protocol.send("Network.enable")
    browser.protocol.on("Network.loadingFinished", browser.count)
    return browser


def inside(client: Any, address: str, times: int) -> tuple[float, int]:
    """Processor time and queries of the same request, answered by this process."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    spent = []
    for _time in range(times + 1):
        begin = time.thread_time() * 1000 + database_ms(connection)
        client.get(address)
        spent.append(time.thread_time() * 1000 + database_ms(connection) - begin)
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return statistics.median(spent[1:]), len(asked)


def database_ms(connection: Any) -> float:
    """Processor time so far of the database's process behind the connection; 0 where it runs elsewhere."""
    connection.ensure_connection()
    try:
        return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0


def costs(chromium: Any, server: Server, options: argparse.Namespace, role: str) -> Iterator[Cost]:
    from django.test import Client

    with visiting.signed_in(options.workspace, role) as session:
        client = Client(headers={"host": "localhost"})
        client.cookies["sessionid"] = session
        walk = visiting.Walk(client, options.each).run()
        browser = opened(chromium, options.url, session)
        for route, addresses in walk.found.items():
            for address in addresses:
                ms, (cpu_ms, queries) = server.ms(address, session), inside(client, address, options.times)
                taken = 0 if route in walk.fragments else browser.bytes(address)
                yield Cost(role, route, address, taken, round(ms, 1), round(cpu_ms, 1), queries)
        browser.page.context.close()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://localhost:8000", help="of the running server")
    parser.add_argument("--workspace", default="demo", help="the word in its addresses")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=ROLES)
    parser.add_argument("--each", type=int, default=3, help="how many addresses of one route")
    parser.add_argument("--times", type=int, default=5, help="how many warm requests a page")
    parser.add_argument("--bytes", type=int, default=150_000, help="what a first load may take")
    parser.add_argument("--ms", type=float, default=200, help="what the server may take")
    parser.add_argument("--judge", choices=("ms", "cpu_ms"), default="ms", help="what is held against --ms")
    parser.add_argument("--log", type=Path, help="of the web server; DATA_DIR/logs/web.log")
    return parser.parse_args()


def table(rows: list[Cost]) -> str:
    lines = [f"{'bytes':>8} {'ms':>7} {'cpu_ms':>7} {'queries':>7}  page"]
    for row in sorted(rows, key=lambda row: (-row.bytes, -row.ms)):
        lines.append(f"{row.bytes:>8} {row.ms:>7} {row.cpu_ms:>7} {row.queries:>7}  {row.role}: {row.address}")
    return "\n".join(lines)


def main() -> int:
    options = arguments()
    visiting.set_up()
    from django.conf import settings
    from playwright.sync_api import sync_playwright

    server = Server(options.url, options.log or settings.DATA_DIR / "logs" / "web.log", options.times)
    found: list[Cost] = []
    with sync_playwright() as playwright:
        chromium = visiting.chromium(playwright)
        for role in options.roles:
            for cost in costs(chromium, server, options, role):
                found.append(cost)
                print(json.dumps(asdict(cost)), flush=True)
        chromium.close()
    over = [row for row in found if row.bytes > options.bytes or getattr(row, options.judge) > options.ms]
    print(
        f"\n{len(found)} pages of {len({row.route for row in found})} routes; load of the machine {os.getloadavg()[0]}"
    )
    bound = f"{options.ms:g} ms" if options.judge == "ms" else f"{options.ms:g} ms of processor time"
    print(f"over {options.bytes} bytes or {bound}: {len(over)}" + (f"\n{table(over)}" if over else ""))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
