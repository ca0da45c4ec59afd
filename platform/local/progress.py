"""One line for each step, with the seconds since the command began."""

import sys
import time

BEGAN = time.monotonic()


def step(text: str) -> None:
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", flush=True)


def warn(text: str) -> None:
    print(f"{'':10}{text}", file=sys.stderr, flush=True)
