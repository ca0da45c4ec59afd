"""A program that listens on loopback, and a webhook that leads there."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hooks import webhooks


class Listener(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body, json.loads(body)))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def listener(settings):
    made = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    made.heard, made.answers, made.daemon_threads = [], [], True
    made.url = f"http://127.0.0.1:{made.server_port}/told"
    settings.OUTGOING_HOSTS = [f"private:127.0.0.1:{made.server_port}"]
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def webhook(admin, listener):
    events = ["project.created", "job.succeeded", "job.cancelled"]
    return webhooks.create(scope=admin.scope, url=listener.url, events=events)
