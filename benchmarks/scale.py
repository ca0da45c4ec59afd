"""The cost of the next task and of an answer, at sizes of the project and of one's own history.

    python -m local with-servers -- .venv/bin/python benchmarks/scale.py [--sizes 1000,100000,1000000] [--calls 300]

For each size: a person who is new, and one who has labelled up to 100,000 tasks that are still open to others. Prints a
JSON line for each, and one for 32 people on the last 50 tasks. The rows are made in the configured database, in a
workspace of their own, and removed again.
"""

import argparse
import json
import os
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DB_POOL", "40")  # a connection for each of 32 people

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts import annotators  # noqa: E402
from accounts.models import Membership, Person, Workspace  # noqa: E402
from accounts.roles import Role  # noqa: E402
from accounts.scope import Scope  # noqa: E402
from annotation import projects, purge  # noqa: E402
from annotation.models import Project, Seat  # noqa: E402
from annotation.queue import answers, offers  # noqa: E402
from annotation.queue.answers import Submission  # noqa: E402
from annotation.queue.offers import Offer  # noqa: E402
from benchmarks.filling import execute, make_project  # noqa: E402

# A person who has labelled the first tasks, all of them still open to two others.
HISTORY = """
WITH done AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order,
                                       holds_place, state, reason, created_at, ended_at)
    SELECT gen_random_uuid(), %(project)s, id, %(annotator)s, %(guidelines)s, 'label', '{0,1}', true, 'submitted', '',
           now(), now()
      FROM annotation_task WHERE project_id = %(project)s AND position <= %(count)s
    RETURNING task_id
)
UPDATE annotation_task t SET open_places = open_places - 1 FROM done WHERE t.id = done.task_id
"""


def person(workspace: Workspace, name: str) -> Scope:
    found = Person.objects.create(email=f"{name}-{uuid4().hex[:8]}@bench.example")
    Membership.objects.create(workspace=workspace, person=found, role=Role.ADMIN)
    return Scope(found, workspace, Role.ADMIN)


def give_history(scope: Scope, project: Project, count: int) -> None:
    annotator = annotators.of_person(scope.workspace, scope.person)
    guidelines = projects.newest_guidelines(project).pk
    execute(HISTORY, project=project.pk, annotator=annotator.pk, guidelines=guidelines, count=count)
    Seat.objects.create(project=project, annotator=annotator, reached_rank=count, reached_position=count, judged=count)
    execute("ANALYZE annotation_assignment")
    execute("VACUUM annotation_task")


def work(scope: Scope, project: Project, calls: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each next and of each submit."""
    asked, said = [], []
    for _call in range(calls):
        start = time.perf_counter()
        offer = offers.take(scope=scope, project=project.pk, holding=[])
        middle = time.perf_counter()
        if not isinstance(offer, Offer):
            break
        answers.submit(scope=scope, assignment=offer.assignment, submission=Submission({"preferred": None}, 5))
        asked.append(1_000 * (middle - start))
        said.append(1_000 * (time.perf_counter() - middle))
    return asked, said


def say(what: str, asked: list[float], said: list[float], **facts: Any) -> None:
    row = {"what": what, **facts, "calls": len(asked)}
    for name, times in (("next", asked), ("submit", said)):
        row[f"{name}_p50_ms"] = round(statistics.median(times), 3)
        row[f"{name}_p95_ms"] = round(sorted(times)[int(0.95 * (len(times) - 1))], 3)
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def last_tasks(workspace: Workspace, people: int, tasks: int) -> None:
    """Many people at once on the few tasks that are left."""
    scopes = [person(workspace, f"p{number}") for number in range(people)]
    project = make_project(scopes[0], tasks)
    asked: list[float] = []
    said: list[float] = []

    def run(scope: Scope) -> None:
        mine = work(scope, project, tasks)
        asked.extend(mine[0])
        said.extend(mine[1])
        connection.close()

    threads = [threading.Thread(target=run, args=(scope,)) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    say("last tasks", asked, said, people=people, tasks=tasks)
    purge.remove(project)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--calls", type=int, default=300)
    options = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    slug = f"bench-{uuid4().hex[:8]}"
    workspace = Workspace.objects.create(name=slug, slug=slug)
    for size in map(int, options.sizes.split(",")):
        fresh, old = person(workspace, "fresh"), person(workspace, "old")
        project = make_project(fresh, size)
        try:
            work(fresh, project, 20)  # the first calls make the seat and plan the statements
            say("new person", *work(fresh, project, options.calls), tasks=size)
            history = min(100_000, size // 2)
            give_history(old, project, history)
            work(old, project, 20)
            say("long history", *work(old, project, options.calls), tasks=size, history=history)
        finally:
            purge.remove(project)
    last_tasks(workspace, people=32, tasks=50)


if __name__ == "__main__":
    main()
