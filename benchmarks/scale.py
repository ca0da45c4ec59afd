"""The cost of the next task and of an answer, at sizes of the project and of one's own history.

    python -m local with-servers -- .venv/bin/python -m benchmarks.scale [--sizes 1000 100000 1000000] [--rounds 60]

Each size is a database of its own, filled at the beginning and dropped at the end, with a process beside it: a person
who is new, one who has labelled up to 100,000 tasks that are still open to others, and 32 people on the last 50 tasks.
They work by turns, a few calls at a time, so that whatever else the machine does meets all sizes alike. Prints a JSON
line for each, and how many times the smallest size's cost the others are: the median over the rounds of the ratio of
medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from local.environment import Environment  # noqa: E402

CROWD = "32 people on the last 50 tasks"  # 150 calls a round
WHO = ("new person", "long history", CROWD)
WHAT = ("next", "submit")
Times = dict[str, list[float]]  # milliseconds of each call, by what was asked


class Place:
    """A database with a project of that many tasks, and the process that works in it."""

    def __init__(self, url: str, tasks: int) -> None:
        self.tasks, self.url, self.name = tasks, url, f"scale_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {self.name}")
        own = urlsplit(url)._replace(path=f"/{self.name}").geturl()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scaled", str(tasks)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": own, "DB_POOL": "40"},  # a connection for each of 32 people
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def ask(self, **wish: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.run(f"DROP DATABASE {self.name} WITH (FORCE)")


def say(**row: Any) -> None:
    print(json.dumps(row), flush=True)


def measure(places: list[Place], who: str, rounds: int, calls: int) -> None:
    """By turns; the order is turned about in every second round."""
    kept: dict[int, list[Times]] = defaultdict(list)
    for number in range(rounds):
        for place in places if number % 2 == 0 else reversed(places):
            kept[place.tasks].append(place.ask(who=who, calls=calls))
    for place in places:
        every = {what: [one for times in kept[place.tasks] for one in times[what]] for what in WHAT}
        say(who=who, tasks=place.tasks, calls=len(every["next"]), **{what: told(every[what]) for what in WHAT})
    smallest = places[0].tasks
    for place in places[1:]:
        ratios = {what: ratio(kept[place.tasks], kept[smallest], what) for what in WHAT}
        say(who=who, tasks=place.tasks, times_the_cost_at=smallest, **ratios)


def told(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"p50_ms": round(statistics.median(ordered), 2), "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 2)}


def ratio(those: list[Times], smallest: list[Times], what: str) -> float:
    """The smallest project may run out of tasks before the rounds end."""
    rounds = [(a[what], b[what]) for a, b in zip(those, smallest, strict=True) if a[what] and b[what]]
    return round(statistics.median(statistics.median(a) / statistics.median(b) for a, b in rounds), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=10, help="by one person in one round")
    parser.add_argument("--who", nargs="+", default=WHO, choices=WHO)
    options = parser.parse_args()
    url = Environment().from_running("DATABASE_URL")
    begin = time.perf_counter()
    places: list[Place] = []
    try:
        places += [Place(url, tasks) for tasks in sorted(options.sizes)]
        for place in places:
            say(tasks=place.tasks, **place.ask(who="fill"))
        say(filled_in_s=round(time.perf_counter() - begin, 1))
        for who in options.who:
            measure(places, who, options.rounds if who != CROWD else max(3, options.rounds // 6), options.calls)
    finally:
        for place in places:
            place.close()


if __name__ == "__main__":
    main()
