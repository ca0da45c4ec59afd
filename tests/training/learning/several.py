"""Several processes on this machine, joined over the loopback as torchrun would join them."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LONGEST = 240  # seconds, on a machine that does much else


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def run(arguments, count=2):
    """What each of the processes said, when all of them have ended well."""
    port = free_port()
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **variables(number, count, port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        said = [one.communicate(timeout=LONGEST) for one in started]
    finally:
        for one in started:
            one.kill()
    assert [one.returncode for one in started] == [0] * count, [errors[-2_000:] for _, errors in said]
    return [words for words, _ in said]


def variables(number, count, port):
    joined = {
        "RANK": number,
        "LOCAL_RANK": number,
        "WORLD_SIZE": count,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    paths = f"{ROOT}:{ROOT / 'platform'}"
    return {**{name: str(value) for name, value in joined.items()}, "PYTHONPATH": paths, "GLOO_SOCKET_IFNAME": "lo"}
