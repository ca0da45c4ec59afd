"""The resident process: listens on a unix socket, one line of JSON a question, one a line of answer."""

import json
import logging
import os
import socketserver
import threading
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rewardmodels.learning.composition.composed import Composed
from rewardmodels.learning.composition.judges import Away
from rewardmodels.scorer import client
from rewardmodels.scorer.engine import Busy, Engine, sentence
from rewardmodels.scorer.residents import LOADING_SECONDS, Key, Loading, Residents, Unreadable

log = logging.getLogger(__name__)
AWAY_SECONDS = 30  # after which a language model that gave no answer may be asked again


class Scorer:
    """Answers questions; knows nothing of sockets."""

    def __init__(self, root: Path, residents: Residents) -> None:
        self.root = root.resolve()  # folders of models lie below it; nothing else is opened
        self.residents = residents
        self.engine = Engine()
        self.patient = Engine()  # for rewards that wait for a language model: they hold nobody else up

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        if message.get("ask") == "state":
            return {"state": "ready", "models": len(self.residents), "bytes": self.residents.bytes()}
        try:
            key = Key(str(message["model"]), str(message["folder"]), str(message["sha256"]))
            if not Path(key.folder).resolve().is_relative_to(self.root):
                return refused("The model's folder lies outside the folder of reward models.")
            reward = self.residents.get(key)
            engine = self.patient if isinstance(reward, Composed) and reward.asks else self.engine
            scores = engine.submit(reward, message["items"]).result(client.ANSWER_SECONDS)
        except Loading:
            return {"state": "loading", "retry_after": LOADING_SECONDS}
        except (Busy, TooLate):
            return {"state": "busy", "retry_after": 1}
        except Away as error:
            return {"state": "away", "retry_after": AWAY_SECONDS, "message": str(error)}
        except Unreadable as error:
            return refused(str(error))
        except Exception as error:
            log.exception("a question could not be answered")
            return refused(sentence(error))
        strange = next((place for place, score in enumerate(scores) if not score.is_number), None)
        if strange is not None:
            return refused(f"The model's score of item {strange} is no number: it overflows on this text.")
        return {"state": "scored", "scores": [asdict(score) for score in scores]}


def refused(message: str) -> dict[str, Any]:
    return {"state": "refused", "message": message}


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A thread a connection; they only wait, for the engine computes."""

    daemon_threads = True
    request_queue_size = 128
    scorer: Scorer

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.warning("a caller went away before it was answered", exc_info=True)


class Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        line = self.rfile.readline(client.MOST_BYTES)
        if not line:  # somebody only looked whether we listen
            return
        try:
            message = json.loads(line)
        except ValueError:
            answer = refused("The question is no JSON.")
        else:
            is_question = isinstance(message, dict)
            answer = self.server.scorer.answer(message) if is_question else refused("The question is no object.")
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class AlreadyRunning(Exception):
    """Another scorer listens for the same data folder."""


def bind(address: Path, scorer: Scorer) -> Server:
    """A server on the socket, reachable by this user alone; a socket that a killed scorer left is taken over."""
    address.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if address.parent.stat().st_uid != os.geteuid():
        raise PermissionError(f"{address.parent} belongs to somebody else.")
    if client.is_answered(address):
        raise AlreadyRunning(f"A scorer listens at {address} already.")
    address.unlink(missing_ok=True)
    before = os.umask(0o177)
    try:
        server = Server(str(address), Handler)
    finally:
        os.umask(before)
    server.scorer = scorer
    return server


def serve(address: Path, scorer: Scorer, stop: threading.Event) -> None:
    """Answer until `stop` is set, then leave no socket behind."""
    server = bind(address, scorer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        stop.wait()
    finally:
        server.shutdown()
        server.server_close()
        address.unlink(missing_ok=True)
        scorer.engine.close()
        scorer.patient.close()
