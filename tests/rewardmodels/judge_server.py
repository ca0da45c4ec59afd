"""An OpenAI-compatible address for one test, with answers in a script."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    server: "JudgeServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), body))
        refusal = self.server.refusals.pop(0) if self.server.refusals else None
        status, answer = refusal or (200, self.server.say(body["messages"][0]["content"]))
        content = json.dumps({"choices": [{"message": {"content": answer}}]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


class JudgeServer(ThreadingHTTPServer):
    """`say` answers a question; `refusals` come first."""

    daemon_threads = True

    def __init__(self, say: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.say = say
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.refusals: list[tuple[int, str]] = []

    @property
    def host(self) -> str:
        return f"localhost:{self.server_port}"


@contextmanager
def answering(say: Callable[[str], str]) -> Iterator[JudgeServer]:
    made = JudgeServer(say)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
