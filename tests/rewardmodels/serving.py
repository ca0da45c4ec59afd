"""A scorer for one test, that answers from its first moment on."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewardmodels import places
from rewardmodels.scorer import client, server
from rewardmodels.scorer.residents import Residents


@contextmanager
def listening(data_dir: Path | str) -> Iterator[server.Scorer]:
    """A scorer on a thread of this process, at the socket where the web looks for it."""
    places.root().mkdir(parents=True, exist_ok=True)
    made = server.Scorer(places.root(), Residents(1 << 30))
    stop, address = threading.Event(), client.socket_of(data_dir)
    thread = threading.Thread(target=server.serve, args=(address, made, stop), daemon=True)
    thread.start()
    while not client.is_answered(address):  # the file is there a moment before anybody listens at it
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield made
    finally:
        stop.set()
        thread.join(timeout=10)
