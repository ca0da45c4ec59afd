"""Judgments a second over HTTP, with everything on, beside Potato in the same run.

    python -m local with-servers -- .venv/bin/python -m benchmarks.annotate [--potato PYTHON] [--rounds 3]

Starts the web server as `make up` does and drives it with 1, 8 and 32 annotators, each a token and a kept connection:
once by two calls a judgment (next, submit), once by one (submit that brings the next task). With `--potato`, the Python
of a virtual environment that holds `potato-annotation` and `gunicorn`, each round also drives Potato with 8. Callers
and servers share the cores. Prints JSON lines: judgments per second, milliseconds a judgment, errors, what was lost or
labelled too often, processor time and statements a judgment.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count, F  # noqa: E402

from accounts.scope import Scope  # noqa: E402
from annotation import purge  # noqa: E402
from annotation.models import Judgment, Project  # noqa: E402
from benchmarks import potato  # noqa: E402
from benchmarks.filling import make_project  # noqa: E402
from benchmarks.labelling import Annotator, drive  # noqa: E402
from benchmarks.serving import each_judgment, gunicorn, processor_split, wait_for_first_answer  # noqa: E402

WORKERS, THREADS = 2, 8
PEOPLE, MOST_PEOPLE = (1, 8, 32), 32  # how many annotate at once
BESIDE = 8  # and beside the peer
TURNS = 50
MOST_A_SECOND = 1_500  # tasks made beforehand for each second, so that nobody runs dry


class Ours:
    """The product's web server, a workspace of this run's own, and annotators with a token each."""

    def __init__(self, pid: int, port: int) -> None:
        from accounts import enrolment
        from accounts.roles import Role
        from accounts.scope import Scope

        slug = f"bench-{uuid4().hex[:8]}"
        owner = enrolment.enrol(email=f"{slug}@example.org", workspace=slug, role=Role.RESEARCHER)
        self.scope = Scope(owner.person, owner.workspace, Role.RESEARCHER)
        self.tokens = [
            enrolment.issue_token(email=f"{slug}-{number}@example.org", workspace=slug, role=Role.ANNOTATOR)[1]
            for number in range(MOST_PEOPLE)
        ]
        self.port, self.processes = port, {"web": {pid}, **servers()}

    def measure(self, people: int, seconds: float, *, is_combined: bool) -> dict[str, Any]:
        project = make_project(self.scope, int(MOST_A_SECOND * seconds), overlap=1)
        crowd = [
            Annotator(self.port, token, str(project.pk), is_combined=is_combined) for token in self.tokens[:people]
        ]
        before = processor_split(self.processes)
        tally = drive([each.turn for each in crowd], seconds)
        used = processor_split(self.processes)
        row = {"what": "touchstone", "calls": 1 if is_combined else 2, "people": people, **tally.told()}
        row |= {"cpu_ms": each_judgment(before, used, len(tally.said)), **wrongs(project, tally.said)}
        if tally.errors:
            row["first_error"] = tally.errors[0]
        purge.remove(project)
        return row


def servers() -> dict[str, set[int]]:
    """The processes of database and counters' store, where they run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    counters = caches["counters"]._cache.get_client().info("server")["process_id"]  # type: ignore[attr-defined]
    found = {}
    if (stat := stat_of(backend)) and "(postgres)" in stat:
        found["postgres"] = {int(stat.rpartition(")")[2].split()[1])}
    if "(redis-server)" in stat_of(counters):
        found["redis"] = {counters}
    return found


def stat_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""


def wrongs(project: Project, acknowledged: list[str]) -> dict[str, int]:
    """What was acknowledged and is not there, and tasks labelled more often than they asked for."""
    kept = Judgment.objects.filter(assignment__project=project)
    names = {str(pk) for pk in kept.values_list("pk", flat=True)}
    often = kept.values("assignment__task").annotate(labels=Count("pk"))
    return {
        "lost": len(set(acknowledged) - names),
        "doubled": len(acknowledged) - len(set(acknowledged)),
        "labelled_too_often": often.filter(labels__gt=F("assignment__task__overlap")).count(),
    }


def statements(scope: Scope, token: str) -> dict[str, Any]:
    """What one judgment asks of the database, counted inside this process: BEGIN and COMMIT are not counted."""
    from django.test import Client

    project = make_project(scope, 60, overlap=1)
    client, counted = Client(headers={"Authorization": f"Bearer {token}", "Host": "localhost"}), []
    execute = psycopg.Cursor.execute

    def count(cursor: Any, *arguments: Any, **options: Any) -> Any:
        counted.append(arguments[0])
        return execute(cursor, *arguments, **options)

    def post(path: str, body: dict[str, Any]) -> Any:
        return client.post(path, body, content_type="application/json").json()

    offer = post(f"/api/v1/projects/{project.pk}/next/", {})
    psycopg.Cursor.execute = count  # type: ignore[method-assign, assignment]
    try:
        for _turn in range(TURNS):
            answer = {"preferred": offer["responses"][0]["id"]}
            body = {"answer": answer, "duration_ms": 1_000, "next": True}
            offer = post(f"/api/v1/assignments/{offer['assignment']}/submit/", body)["next"]
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    purge.remove(project)
    return {"what": "statements a judgment, combined call", "statements": round(len(counted) / TURNS, 1)}


def say(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def told_ratio(peer: list[float], ours: dict[int, list[float]]) -> dict[str, Any]:
    """Ours over the peer's, round by round, and the middle of these ratios."""
    row: dict[str, Any] = {"what": "ratio to potato, 8 people, median of the rounds"}
    for calls, rates in sorted(ours.items()):
        row[f"calls_{calls}"] = round(statistics.median(a / b for a, b in zip(rates, peer, strict=True)), 2)
    return row


def settings_of_database() -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in ("fsync", "synchronous_commit", "server_version"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--potato", help="the Python of a virtual environment with potato-annotation and gunicorn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--people", type=int, nargs="+", default=PEOPLE, choices=range(1, MOST_PEOPLE + 1))
    options = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    say({"what": "machine", "cores": os.cpu_count(), "workers": WORKERS, "threads": THREADS, **settings_of_database()})
    peer: list[float] = []
    ours: dict[int, list[float]] = {1: [], 2: []}
    with gunicorn(workers=WORKERS, threads=THREADS) as (pid, port):
        wait_for_first_answer(port)
        product = Ours(pid, port)
        product.measure(8, 2.0, is_combined=True)  # connections, plans and caches are warm after it
        for number in range(options.rounds):
            for people in options.people:
                for is_combined in (False, True):
                    row = product.measure(people, options.seconds, is_combined=is_combined)
                    say({"round": number + 1, **row})
                    if people == BESIDE:
                        ours[row["calls"]].append(row["per_second"])
            if options.potato:
                row = potato.measure(options.potato, BESIDE, options.seconds)
                say({"round": number + 1, **row})
                peer.append(float(row["per_second"]))
    say(statements(product.scope, product.tokens[0]))
    if peer:
        say(told_ratio(peer, ours))


if __name__ == "__main__":
    main()
