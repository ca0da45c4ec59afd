"""Projects of any size, made in seconds: for measurements alone."""

from typing import Any

from django.db import connection, transaction

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

CHUNK = 50_000


def execute(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def may_skip_checks() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return cursor.fetchone()[0]


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
