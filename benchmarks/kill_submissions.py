"""Kills servers with SIGKILL in the middle of 10,000 submissions; says what was acknowledged and what is there.

    python -m benchmarks.kill_submissions [--tasks 10000] [--people 8] [--every 4]

It runs a `make up` of its own, and its annotators do what the page does: they keep an answer until the server has
acknowledged it, and send it again when it has not. Prints one JSON line a kill and one at the end.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.kill_trials import LONGEST, ROOT, TRIALS, Site, site
from benchmarks.labelling import Line, Wrong

VICTIMS = ("web", "a worker of the web", "postgres", "a backend of postgres", "redis")
MOST_RECORDS = 1_000


@dataclass
class Book:
    """What the annotators said, and what the server acknowledged."""

    said: dict[str, str] = field(default_factory=dict)  # assignment → the id of the response preferred
    acknowledged: dict[str, str] = field(default_factory=dict)  # assignment → judgment
    again: int = 0  # calls that had to be repeated
    contradicted: list[str] = field(default_factory=list)  # refused, or acknowledged under two names


def token(running: Site, role: str, email: str) -> str:
    command = [sys.executable, "manage.py", "create_token", "--email", email, "--workspace", "trial", "--role", role]
    variables = {"PATH": os.environ["PATH"], "DATA_DIR": str(running.data_dir), "ENV_FILE": os.devnull}
    return subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True, text=True).stdout.strip()


class Caller:
    """Somebody with a token, who tries again until a call is answered."""

    def __init__(self, port: int, secret: str, book: Book) -> None:
        self.line = Line(port, {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"})
        self.book = book

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        deadline = time.monotonic() + LONGEST
        while True:
            try:
                answer = self.line.ask(method, path, json.dumps(body).encode() if body is not None else b"")
                if answer.status < 500 and answer.status != 429:
                    return answer.status, json.loads(answer.content) if answer.content else answer.header("x-reason")
            except Wrong:
                pass
            assert time.monotonic() < deadline, f"{path} was not answered for {LONGEST:g} s."
            self.book.again += 1
            time.sleep(0.1)

    def label(self, project: str, dice: random.Random) -> None:
        """Until nothing is left to do."""
        while True:
            status, offer = self.ask("POST", f"/api/v1/projects/{project}/next/", {})
            if status == 204 and offer == "done":
                return
            if status == 204:
                time.sleep(0.2)
                continue
            preferred = dice.choice(offer["responses"])["id"]
            assignment = offer["assignment"]
            if self.book.said.setdefault(assignment, preferred) != preferred:
                self.book.contradicted.append(f"{assignment} was given again after it was answered")
                continue
            body = {"answer": {"preferred": preferred}, "duration_ms": 1_000}
            status, said = self.ask("POST", f"/api/v1/assignments/{assignment}/submit/", body)
            if status not in {200, 201}:
                self.book.contradicted.append(f"{status} {said}")
                continue
            self.book.acknowledged[assignment] = said["judgment"]["id"]


def fill(researcher: Caller, tasks: int) -> str:
    """A project with that many pairs, imported."""
    _, project = researcher.ask("POST", "/api/v1/projects/", {"name": "Trial", "kinds": ["pairwise"]})
    path = f"/api/v1/projects/{project['id']}/imports/"
    for first in range(0, tasks, MOST_RECORDS):
        numbers = range(first, min(tasks, first + MOST_RECORDS))
        records = [{"prompt": f"Question {number}", "responses": ["one", "two"]} for number in numbers]
        status, made = researcher.ask("POST", path, {"records": records, "kind": "pairwise"})
        assert status == 202, made
        while made_of(researcher, made["job"]["id"]) not in {"succeeded", "failed"}:
            time.sleep(0.2)
    return project["id"]


def made_of(researcher: Caller, job: str) -> str:
    return researcher.ask("GET", f"/api/v1/jobs/{job}/")[1]["state"]


def kill_now_and_then(running: Site, every: float, crowd: list[threading.Thread]) -> Iterator[str]:
    """Takes the victims in turn until the work is done."""
    number = 0
    while any(each.is_alive() for each in crowd):
        time.sleep(every)
        running.wait_for_page()
        if not any(each.is_alive() for each in crowd):
            return
        name = VICTIMS[number % len(VICTIMS)]
        running.kill(TRIALS[name](running))
        number += 1
        yield name


KEPT = """
SELECT coalesce(json_agg(json_build_array(j.assignment_id, j.id, v.answer ->> 'preferred', a.task_id)), '[]')
  FROM annotation_judgment j
  JOIN annotation_judgmentversion v ON v.judgment_id = j.id
  JOIN annotation_assignment a ON a.id = j.assignment_id
"""


def compare(running: Site, book: Book, tasks: int) -> dict[str, Any]:
    rows = json.loads(running.database.ask(KEPT))
    kept = {assignment: judgment for assignment, judgment, _preferred, _task in rows}
    wrong = sum(1 for assignment, _judgment, preferred, _task in rows if book.said.get(assignment) != preferred)
    labels = Counter(task for *_rest, task in rows)
    lost = [one for one, judgment in book.acknowledged.items() if kept.get(one) != judgment]
    return {
        "tasks": tasks,
        "acknowledged": len(book.acknowledged),
        "kept": len(rows),
        "lost": len(lost),
        "doubled": len(rows) - len(kept),
        "labelled_too_often": sum(1 for count in labels.values() if count > 1),
        "other_than_said": wrong,
        "calls_repeated": book.again,
        "contradicted": book.contradicted[:5],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two kills")
    options = parser.parse_args()
    with site() as running:
        book = Book()
        researcher = Caller(running.port, token(running, "researcher", "researcher@trial.example"), book)
        project = fill(researcher, options.tasks)
        crowd = []
        for number in range(options.people):
            caller = Caller(running.port, token(running, "annotator", f"annotator-{number}@trial.example"), book)
            crowd.append(threading.Thread(target=caller.label, args=(project, random.Random(number))))
        for each in crowd:
            each.start()
        killed = Counter[str]()
        for name in kill_now_and_then(running, options.every, crowd):
            killed[name] += 1
            print(json.dumps({"killed": name, "acknowledged": len(book.acknowledged)}), flush=True)
        for each in crowd:
            each.join()
        print(json.dumps({"killed": dict(killed), **compare(running, book, options.tasks)}), flush=True)


if __name__ == "__main__":
    main()
