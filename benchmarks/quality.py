"""What the quality figures of a project cost: reading, computing and keeping them, and the memory that it takes.

    python benchmarks/quality.py [--votes 80000] [--votes-a-task 5] [--annotators 3815]

Pairwise verdicts are written into the configured database, in a workspace of their own, and removed again. Prints one
JSON line: seconds of each phase, judgments read a second, and how much the process's memory grew.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from uuid import uuid4

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.db import transaction  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from accounts.models import Annotator, Membership, Person, Workspace  # noqa: E402
from accounts.roles import Role  # noqa: E402
from accounts.scope import Scope  # noqa: E402
from annotation import projects, purge  # noqa: E402
from annotation.models import Project  # noqa: E402
from annotation.quality import figures, keeping  # noqa: E402
from benchmarks.filling import execute, make_project, may_skip_checks  # noqa: E402
from jobs.models import Job  # noqa: E402

# Votes on each task by people who are different by construction; about seven in ten prefer the first response.
VOTE = """
WITH people AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM accounts_annotator WHERE workspace_id = %(workspace)s
), asked AS (
    SELECT gen_random_uuid() AS assignment, gen_random_uuid() AS judgment, t.id AS task, p.id AS annotator,
           CASE WHEN random() < 0.7 THEN 0 ELSE 1 END AS better, random() < 0.5 AS swapped, random() AS pace
      FROM annotation_task t
      CROSS JOIN generate_series(0, %(votes)s::int - 1) v
      JOIN people p ON p.number = (t.position * 7919 + v) %% %(annotators)s::int
     WHERE t.project_id = %(project)s
), assigned AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order,
                                       holds_place, state, reason, created_at, ended_at)
    SELECT assignment, %(project)s, task, annotator, %(guidelines)s, 'label',
           CASE WHEN swapped THEN '{1,0}' ELSE '{0,1}' END::smallint[], false, 'submitted', '', now(), now()
      FROM asked
), judged AS (
    INSERT INTO annotation_judgment (id, project_id, assignment_id, version, is_late, created_at)
    SELECT judgment, %(project)s, assignment, 1, false, now() FROM asked
)
INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, preferred_id, is_consistent, currency,
                                        duration_ms, guidelines_id, created_at)
SELECT judgment, 1, 'pairwise', jsonb_build_object('preferred', r.response_id), r.response_id, true, '',
       (5000 + 60000 * pace)::bigint, %(guidelines)s, now()
  FROM asked JOIN annotation_taskresponse r ON r.task_id = asked.task AND r.position = asked.better
"""


def resident() -> float:
    """The most memory that the process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(scope: Scope, options: argparse.Namespace) -> Project:
    project = make_project(scope, options.votes // options.votes_a_task)
    Annotator.objects.bulk_create(
        Annotator(workspace=scope.workspace, origin="simulated", source_name=str(number))
        for number in range(options.annotators)
    )
    values = {"workspace": scope.workspace.pk, "project": project.pk, "annotators": options.annotators}
    values |= {"votes": options.votes_a_task, "guidelines": projects.newest_guidelines(project).pk}
    with transaction.atomic():
        if may_skip_checks():
            execute("SET LOCAL session_replication_role = replica")
        execute(VOTE, **values)
    execute("ANALYZE")
    return project


def measure(project: Project) -> dict[str, object]:
    phases: dict[str, float] = {}
    before, last = resident(), ("read", time.perf_counter())

    def progress(share: float, phase: str) -> None:
        nonlocal last
        name, begun = last
        last = ("read" if share < 0.4 else phase, time.perf_counter())
        phases[name] = phases.get(name, 0.0) + last[1] - begun

    found = figures.compute(project, progress)
    progress(1.0, "keep")
    job = Job.objects.create(workspace=project.workspace, kind="annotation.quality", queue="short")
    keeping.keep(project, found, as_of=now(), job=job.pk)
    progress(1.0, "")
    read = len(found.sheet.task)
    return {
        "votes": read,
        "annotators": len(found.sheet.annotators),
        "read_per_second": round(read / phases["read"]),
        "seconds": {name: round(seconds, 2) for name, seconds in phases.items()},
        "memory_grew_mb": round(resident() - before),
        "alpha": found.report["agreement"]["pairwise"]["value"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--votes", type=int, default=80_000)
    parser.add_argument("--votes-a-task", type=int, default=5)
    parser.add_argument("--annotators", type=int, default=3_815)
    options = parser.parse_args()
    workspace = Workspace.objects.create(name="Benchmark", slug=f"bench-{uuid4().hex[:8]}")
    person = Person.objects.create(email=f"{workspace.slug}@bench.example")
    Membership.objects.create(workspace=workspace, person=person, role=Role.ADMIN)
    project = make(Scope(person, workspace, Role.ADMIN), options)
    sys.stdout.write(json.dumps(measure(project)) + "\n")
    Job.objects.filter(workspace=workspace).delete()
    purge.remove(project)
    Annotator.objects.filter(workspace=workspace).delete()


if __name__ == "__main__":
    main()
