"""A project once more: its settings, guidelines and groups, and on wish its tasks without their judgments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from accounts.scope import Scope
from annotation import projects
from annotation.feedback.kinds import KINDS
from annotation.models import Gold, Project, Prompt, Response, Task, TaskResponse
from annotation.projects import Wish
from jobs import launch
from jobs.models import Job

KIND = "annotation.clone"

# Every row's new id beside its old one. Prompts that were taken down stay behind, with all that is about them.
MAPS = (
    """
    CREATE TEMP TABLE clone_prompt ON COMMIT DROP AS
    SELECT id AS old, gen_random_uuid() AS new FROM annotation_prompt
     WHERE project_id = %(source)s AND taken_down_at IS NULL
    """,
    """
    CREATE TEMP TABLE clone_response ON COMMIT DROP AS
    SELECT r.id AS old, gen_random_uuid() AS new FROM annotation_response r JOIN clone_prompt p ON p.old = r.prompt_id
    """,
    """
    CREATE TEMP TABLE clone_task ON COMMIT DROP AS
    SELECT t.id AS old, gen_random_uuid() AS new FROM annotation_task t JOIN clone_prompt p ON p.old = t.prompt_id
    """,
    "CREATE UNIQUE INDEX ON clone_prompt (old)",
    "CREATE UNIQUE INDEX ON clone_response (old)",
    "CREATE UNIQUE INDEX ON clone_task (old)",
    "ANALYZE clone_prompt, clone_response, clone_task",
)


@dataclass(frozen=True)
class Copy:
    """One table: what stands in the new rows instead of what stood in the old ones."""

    model: type[models.Model]
    joins: str  # of the old row, which is called `o`
    instead: Mapping[str, str]


COPIES = (
    Copy(
        Prompt,
        "JOIN clone_prompt p ON p.old = o.id",
        {"id": "p.new", "project_id": "%(target)s", "created_at": "now()"},
    ),
    Copy(
        Response,
        "JOIN clone_response r ON r.old = o.id JOIN clone_prompt p ON p.old = o.prompt_id",
        {"id": "r.new", "prompt_id": "p.new"},
    ),
    Copy(
        Task,
        "JOIN clone_task t ON t.old = o.id JOIN clone_prompt p ON p.old = o.prompt_id",
        {
            "id": "t.new",
            "project_id": "%(target)s",
            "prompt_id": "p.new",
            "open_places": "o.overlap",
            "is_aside": "false",
            "turn": "0",
            "sampling": "''",
            "created_at": "now()",
        },
    ),
    Copy(
        TaskResponse,
        "JOIN clone_task t ON t.old = o.task_id JOIN clone_response r ON r.old = o.response_id",
        {"id": "DEFAULT", "task_id": "t.new", "response_id": "r.new"},
    ),
)


@transaction.atomic
def clone(*, scope: Scope, project: Project, name: str, with_tasks: bool) -> tuple[Project, Job | None]:
    """A draft that is asked and dealt as the first one; its tasks are brought in by a job."""
    wish = Wish(
        name=name,
        guidelines=projects.newest_guidelines(project).text,
        kinds=project.kinds,
        overlap=project.overlap,
        ordering=project.ordering,
        status=Project.Status.DRAFT,
        settings=project.settings,
        groups=list(project.groups.all()),
    )
    made = projects.create(scope=scope, wish=wish)
    scope.record("project.cloned", "project", made.pk, source=str(project.pk))
    if not with_tasks:
        return made, None
    arguments = {"source": str(project.pk), "target": str(made.pk)}
    return made, launch.start(KIND, scope=scope, arguments=arguments, subject=("project", made.pk))


def copy_tasks(source: UUID, target: UUID) -> int:
    """Prompts, responses, tasks and known answers, inside the caller's transaction; how many tasks there are now."""
    values = {"source": source, "target": target}
    with connection.cursor() as cursor:
        for statement in MAPS:
            cursor.execute(statement, values)
        for copy in COPIES:
            cursor.execute(insertion(copy), values)
        cursor.execute("SELECT count(*) FROM clone_task")
        tasks = int(cursor.fetchone()[0])
        copy_gold(cursor, target)
    return tasks


def insertion(copy: Copy) -> str:
    """Every column of the table, so that none that is added later is forgotten."""
    columns = [str(field.column) for field in copy.model._meta.concrete_fields]
    kept = [column for column in columns if copy.instead.get(column) != "DEFAULT"]
    given = ", ".join(copy.instead.get(column, f'o."{column}"') for column in kept)
    names = ", ".join(f'"{column}"' for column in kept)
    table = copy.model._meta.db_table
    return f"INSERT INTO {table} ({names}) SELECT {given} FROM {table} o {copy.joins}"  # noqa: S608 - names of ours


def copy_gold(cursor: Any, target: UUID) -> None:
    """Known answers name responses by their ids, which are new ones now."""
    cursor.execute("SELECT t.old, t.new FROM clone_task t JOIN annotation_gold g ON g.task_id = t.old")
    tasks = dict(cursor.fetchall())
    if not tasks:
        return
    cursor.execute(
        "SELECT r.old::text, r.new::text FROM clone_response r JOIN annotation_taskresponse p ON p.response_id = r.old"
        " JOIN annotation_gold g ON g.task_id = p.task_id"
    )
    names = dict(cursor.fetchall())
    rows = []
    for gold in Gold.objects.filter(task__in=tasks).select_related("task"):
        answer = KINDS[gold.task.kind].rename(gold.answer, names)
        gold.pk, gold.project_id, gold.answer = tasks[gold.task_id], target, answer
        rows.append(gold)
    Gold.objects.bulk_create(rows, batch_size=500)
