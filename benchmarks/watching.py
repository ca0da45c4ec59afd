"""What the pages of a project cost with a million judgments in it.

    python benchmarks/watching.py [--judgments 1000000] [--people 32]

Makes a project with half as many tasks as judgments, each of them labelled by two of the people over the last month,
and prints a JSON line for each part of the overview and of the list of projects: milliseconds of the first time and of
the second. The rows are made in the configured database, in a workspace of their own, and removed again.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from accounts.models import Annotator, Membership, Person, Workspace  # noqa: E402
from accounts.roles import Role  # noqa: E402
from accounts.scope import Scope  # noqa: E402
from annotation import listing, projects, purge  # noqa: E402
from annotation.models import Assignment, Project, Seat  # noqa: E402
from annotation.watching import labels, overview, pace, people, skips  # noqa: E402
from benchmarks.filling import execute, make_project, may_skip_checks  # noqa: E402

# Two of the people for each task; one assignment in fifty is a skip instead.
JUDGE = """
WITH people AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS among FROM accounts_annotator
     WHERE workspace_id = %(workspace)s
), given AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order,
                                       holds_place, state, reason, created_at, ended_at)
    SELECT gen_random_uuid(), %(project)s, t.id, p.id, %(guidelines)s, 'label', '{0,1}', NOT is_skip,
           CASE WHEN is_skip THEN 'skipped' ELSE 'submitted' END, CASE WHEN is_skip THEN 'unclear' ELSE '' END, at, at
      FROM annotation_task t
     CROSS JOIN generate_series(0, 1) AS side
      JOIN people p ON p.n = (t.position + side * 7) %% p.among
     CROSS JOIN LATERAL (SELECT (t.position + side) %% 50 = 0 AS is_skip,
                                now() - random() * interval '30 days' AS at) drawn
     WHERE t.project_id = %(project)s AND t.position BETWEEN %(first)s AND %(last)s
    RETURNING id, state, created_at
), said AS (
    INSERT INTO annotation_judgment (id, project_id, assignment_id, version, is_late, created_at)
    SELECT gen_random_uuid(), %(project)s, id, 1, false, created_at FROM given WHERE state = 'submitted'
    RETURNING id, created_at
)
INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, is_consistent, currency, duration_ms,
                                        guidelines_id, created_at)
SELECT id, 1, 'pairwise', '{"preferred": null}', true, '', 5000 + (random() * 60000)::int, %(guidelines)s, created_at
  FROM said
"""
TAKEN = """
UPDATE annotation_task SET open_places = 1 WHERE project_id = %(project)s AND position BETWEEN %(first)s AND %(last)s
"""
CHUNK = 25_000


def fill(scope: Scope, judgments: int, count: int) -> Project:
    """Made by the database itself; the checks between rows are left out where the role may."""
    Annotator.objects.bulk_create(
        [Annotator(workspace=scope.workspace, origin="simulated", source_name=f"p{n}") for n in range(count)]
    )
    project = make_project(scope, judgments // 2)
    guidelines = projects.newest_guidelines(project).pk
    for first in range(1, judgments // 2 + 1, CHUNK):
        values: dict[str, Any] = {"project": project.pk, "first": first, "last": first + CHUNK - 1}
        with transaction.atomic():
            if may_skip_checks():
                execute("SET LOCAL session_replication_role = replica")
            execute(JUDGE, workspace=scope.workspace.pk, guidelines=guidelines, **values)
            execute(TAKEN, **values)
    said = Assignment.objects.filter(project=project, state="submitted").order_by()
    counts = said.values_list("annotator").annotate(count=Count("pk"))
    Seat.objects.bulk_create(
        [
            Seat(project=project, annotator_id=pk, judged=count) for pk, count in counts
        ]  # as the queue would have counted
    )
    for table in ("task", "assignment", "judgment", "judgmentversion"):
        execute(f"VACUUM ANALYZE annotation_{table}")
    return project


def measure(what: str, find: Callable[[], Any], **facts: Any) -> None:
    times = []
    for _turn in range(2):
        start = time.perf_counter()
        find()
        times.append(round(1_000 * (time.perf_counter() - start), 1))
    sys.stdout.write(json.dumps({"what": what, **facts, "first_ms": times[0], "second_ms": times[1]}) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judgments", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=32)
    options = parser.parse_args()
    slug = f"bench-{uuid4().hex[:8]}"
    workspace = Workspace.objects.create(name=slug, slug=slug)
    person = Person.objects.create(email=f"{slug}@bench.example")
    Membership.objects.create(workspace=workspace, person=person, role=Role.ADMIN)
    try:
        project = fill(Scope(person, workspace, Role.ADMIN), options.judgments, options.people)
        seats = list(people.seated(project)[:25])
        facts = {"judgments": options.judgments, "people": options.people}
        measure("count labels", lambda: labels.count(project.pk), **facts)
        measure("judgments by the hour", lambda: pace.read(project.pk), **facts)
        measure("a page of 25 people", lambda: people.work(project.pk, [seat.annotator_id for seat in seats]), **facts)
        measure("skips", lambda: skips.read(project.pk), **facts)
        measure("figures of the list", lambda: listing.figures([project.pk]), **facts)
        measure("overview, then once more from what is kept", lambda: overview.of(project), **facts)
    finally:
        if may_skip_checks():
            execute("SET session_replication_role = replica")  # whole projects go: nothing can be left behind
        for made in Project.objects.filter(workspace=workspace):
            purge.remove(made)


if __name__ == "__main__":
    main()
