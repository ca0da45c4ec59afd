"""Projects of any size, made in seconds: for measurements alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from accounts import annotators
from accounts.models import Annotator
from accounts.scope import Scope
from annotation import projects
from annotation.models import Project

FILL = """
WITH made AS (
    INSERT INTO annotation_prompt (id, project_id, messages, is_text, metadata, external_id, sha256, root, created_at)
    SELECT gen_random_uuid(), %(project)s, jsonb_build_array(jsonb_build_object('role', 'user', 'content', 'Q ' || n)),
           true, '{}', '', sha256(('p' || n)::bytea), sha256(('p' || n)::bytea), now()
      FROM generate_series(%(first)s::int, %(last)s::int) n
    RETURNING id, sha256
), answered AS (
    INSERT INTO annotation_response (id, prompt_id, text, source, metadata, sha256)
    SELECT gen_random_uuid(), id, repeat('word ', 40) || side, '', '{}', sha256(side::text::bytea)
      FROM made, generate_series(0, 1) side
    RETURNING id, prompt_id, right(text, 1)::int AS side
), asked AS (
    INSERT INTO annotation_task (id, project_id, prompt_id, kind, sha256, overlap, open_places, status, priority,
                                 position, random_key, rank, turn, created_at)
    SELECT gen_random_uuid(), %(project)s, id, 'pairwise', sha256, %(overlap)s, %(overlap)s, 'open', 0,
           p, random(), p, 0, now()
      FROM (SELECT id, sha256, %(first)s::int - 1 + row_number() OVER () AS p FROM made) numbered
    RETURNING id, prompt_id
)
INSERT INTO annotation_taskresponse (task_id, response_id, position)
SELECT asked.id, answered.id, answered.side FROM asked JOIN answered USING (prompt_id)
"""

# One answer to each task, by one of the annotators in turn.
JUDGE = """
WITH asked AS (
    SELECT t.id, (%(annotators)s::uuid[])[1 + t.position %% cardinality(%(annotators)s::uuid[])] AS annotator,
           (SELECT response_id FROM annotation_taskresponse WHERE task_id = t.id AND position = t.position %% 2)
               AS preferred
      FROM annotation_task t WHERE t.project_id = %(project)s AND t.position BETWEEN %(first)s AND %(last)s
), done AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order,
                                       holds_place, state, reason, created_at, ended_at)
    SELECT gen_random_uuid(), %(project)s, id, annotator, %(guidelines)s, 'label', '{0,1}', false, 'submitted', '',
           now(), now() FROM asked
    RETURNING id, task_id
), judged AS (
    INSERT INTO annotation_judgment (id, project_id, assignment_id, version, is_late, created_at)
    SELECT gen_random_uuid(), %(project)s, id, 1, false, now() FROM done
    RETURNING id, assignment_id
)
INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, preferred_id, is_consistent, currency,
                                        duration_ms, guidelines_id, created_at)
SELECT judged.id, 1, 'pairwise', jsonb_build_object('preferred', asked.preferred), asked.preferred, true, '', 5000,
       %(guidelines)s, now()
  FROM judged JOIN done ON done.id = judged.assignment_id JOIN asked ON asked.id = done.task_id
"""

REFERENCES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE contype = 'f' AND confrelid::regclass::text LIKE 'annotation\\_%'
"""
INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid),
       pg_get_indexdef(i.indexrelid)
  FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
 WHERE i.indrelid = ANY (%s::regclass[])
"""
FILLED = [f"annotation_{name}" for name in ("prompt", "response", "task", "taskresponse")]

CHUNK = 50_000


def execute(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def may_skip_checks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


@contextmanager
def without_references() -> Iterator[None]:
    """For a database of one's own: references are checked once at the end, not for each of millions of rows."""
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES)
        found = cursor.fetchall()
        for table, name, _definition in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        for table, name, definition in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_indexes() -> Iterator[None]:
    """Within it: indexes of what is filled are sorted once; random keys one by one would soon outgrow the cache."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [FILLED])
        found = cursor.fetchall()
        for table, index, constraint, _definition, _index in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
        yield
        for table, _name, constraint, definition, index in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {definition}" if constraint else index)


def make_project(scope: Scope, tasks: int, *, overlap: int = 3) -> Project:
    """A project of pairs, written by the database itself."""
    wish = projects.Wish(name=f"{tasks} tasks", kinds=["pairwise"], overlap=overlap)
    project = projects.create(scope=scope, wish=wish)
    for first in range(1, tasks + 1, CHUNK):
        with transaction.atomic():
            if may_skip_checks():
                execute("SET LOCAL session_replication_role = replica")  # these rows refer to each other rightly
            last = min(tasks, first + CHUNK - 1)
            execute(FILL, project=project.pk, first=first, last=last, overlap=overlap)
    execute(
        "ANALYZE annotation_task, annotation_taskresponse, annotation_response, annotation_prompt"
    )  # as an import does
    return project


def judge(project: Project, tasks: int) -> None:
    """An imported answer to each task of such a project, by 50 annotators."""
    names = [f"ann-{number}" for number in range(50)]
    people = annotators.of_sources(project.workspace, Annotator.Origin.IMPORTED, names)
    who = {"annotators": [one.pk for one in people.values()], "guidelines": projects.newest_guidelines(project).pk}
    for first in range(1, tasks + 1, CHUNK):
        execute(JUDGE, project=project.pk, first=first, last=min(tasks, first + CHUNK - 1), **who)
    execute("ANALYZE annotation_assignment, annotation_judgment, annotation_judgmentversion")
