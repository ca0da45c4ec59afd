"""Projects, and what people do in them."""

from typing import Any
from uuid import UUID

from django.utils.timezone import now

from annotation import projects
from annotation.desk import questions
from annotation.imports import outcomes, staging
from annotation.models import Destination, Project, Prompt, Question, Response, Snapshot, Task, TaskResponse
from annotation.queue import answers, offers
from annotation.snapshots import archives
from jobs.models import Job
from tests.conftest import Member
from tests.samples.registry import World, body, sample


def digest(text: str) -> bytes:
    return text.encode().ljust(32, b".")


def project_with_a_task(world: World) -> Project:
    wish = projects.Wish(name="Sample", guidelines="Be fair.", kinds=["pairwise"], status="open")
    project = projects.create(scope=world.admin.scope, wish=wish)
    messages = [{"role": "user", "content": "Sample?"}]
    prompt = Prompt.objects.create(project=project, messages=messages, sha256=digest("p"), root=digest("p"))
    task = Task.objects.create(
        project=project, prompt=prompt, kind="pairwise", sha256=digest("t"), overlap=1, open_places=1,
        position=1, random_key=0.5, rank=1,
    )  # fmt: skip
    for place, text in enumerate(["Yes.", "No."]):
        response = Response.objects.create(prompt=prompt, text=text, sha256=digest(text))
        TaskResponse.objects.create(task=task, response=response, position=place)
    return project


def offered(world: World, actor: Member) -> offers.Offer:
    """A task on the desk of the actor; of the admin where the actor is a stranger."""
    owner = actor if actor.membership.workspace == world.workspace else world.admin
    found = offers.take(scope=owner.scope, project=project_with_a_task(world).pk, holding=[])
    assert isinstance(found, offers.Offer)
    return found


@sample("project", "project_id", "api-project.pk")
def project(world: World, actor: Member) -> Any:
    return project_with_a_task(world).pk


@sample("assignment", "assignment_id")
def assignment(world: World, actor: Member) -> UUID:
    return offered(world, actor).assignment


@sample("judgment", "judgment_id")
def judgment(world: World, actor: Member) -> UUID:
    owner = actor if actor.membership.workspace == world.workspace else world.admin
    submission = answers.Submission({"preferred": None})
    said, _next = answers.submit(scope=owner.scope, assignment=offered(world, actor).assignment, submission=submission)
    return said.id


@sample("snapshot", "snapshot_id")
def snapshot(world: World, actor: Member) -> Any:
    return Snapshot.objects.create(project=project_with_a_task(world), name="Sample", splits={"train": 1.0}).pk


@sample("destination", "api-destination.pk", "api-destination-*.pk")
def destination(world: World, actor: Member) -> Any:
    """Of a folder that the operator no longer lists: nothing is written wherever these tests press a button."""
    name = f"Sample {Destination.objects.count()}"
    return Destination.objects.create(workspace=world.workspace, name=name, way="folder", address="/nowhere").pk


@sample("question", "question_id")
def question(world: World, actor: Member) -> Any:
    return asked(world, actor).pk


@sample("api-question-answer.project", "question.project")
def project_with_a_question(world: World, actor: Member) -> Any:
    return asked(world, actor).project_id


def asked(world: World, actor: Member) -> Question:
    """One question about one task, however often it is asked for in one address."""
    known = Question.objects.first()
    return known or questions.ask(
        scope=owner_of(world, actor).scope, assignment=offered(world, actor).assignment, text="Why?"
    )


def owner_of(world: World, actor: Member) -> Member:
    return actor if actor.membership.workspace == world.workspace else world.admin


body("api-consent", {"said": "accepted", "version": 1})
body("api-ledger", {"annotator": "a-nobody", "amount": "1", "currency": "USD", "reason": "A try"})
body("api-submit", {"answer": {"preferred": None}})
body("api-judgment", {"answer": {"preferred": None}})


@sample("task")
def task(world: World, actor: Member) -> UUID:
    return project_with_a_task(world).tasks.get().pk


@sample("api-archive.snapshot")
def archived_snapshot(world: World, actor: Member) -> Any:
    return archive_of(world).subject_id


@sample("api-archive.job")
def archive_job(world: World, actor: Member) -> Any:
    return archive_of(world).pk


def archive_of(world: World) -> Job:
    """One archive of one snapshot, however often it is asked for in one address."""
    known = Job.objects.filter(kind=archives.KIND).first()
    if known is not None:
        return known
    path = archives.place("a" * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK")
    made = Snapshot.objects.create(project=project_with_a_task(world), name="Sample", splits={"train": 1.0})
    moment = now()
    return Job.objects.create(
        workspace=world.workspace, kind=archives.KIND, queue="short", subject_kind="snapshot", subject_id=made.pk,
        state="succeeded", attempt=1, progress=1, started_at=moment, seen_at=moment, finished_at=moment,
        result={"sha256": "a" * 64, "name": "sample.zip"},
    )  # fmt: skip


@sample("import*.project")
def importing_project(world: World, actor: Member) -> Any:
    return import_of(world).subject_id


@sample("import*.job")
def import_job(world: World, actor: Member) -> Any:
    return import_of(world).pk


@sample("import-staged.token")
def staged_token(world: World, actor: Member) -> str:
    owner = actor if actor.membership.workspace == world.workspace else world.admin
    project = Project.objects.get(pk=str(import_of(world).subject_id))
    return staging.of_text(scope=owner.scope, project=project, text='{"prompt": "p", "responses": ["a", "b"]}').token


def import_of(world: World) -> Job:
    """One import of one project, however often it is asked for in one address."""
    known = Job.objects.filter(kind=outcomes.KIND).first()
    arguments = {"name": "sample.jsonl"}
    return known or Job.objects.create(
        workspace=world.workspace, kind=outcomes.KIND, queue="short", arguments=arguments, subject_kind="project",
        subject_id=project_with_a_task(world).pk,
    )  # fmt: skip


@sample("task*.project")
def project_of_a_task(world: World, actor: Member) -> Any:
    return some_task(world).project_id


@sample("task*.task")
def task_of_a_page(world: World, actor: Member) -> UUID:
    return some_task(world).pk


def some_task(world: World) -> Task:
    """One task, however often it is asked for in one address."""
    known = Task.objects.filter(project__workspace=world.workspace).first()
    return known or project_with_a_task(world).tasks.get()


@sample("snapshot*.project")
def project_of_a_snapshot(world: World, actor: Member) -> Any:
    return some_snapshot(world).project_id


@sample("snapshot-*.snapshot", "snapshot.snapshot")
def snapshot_of_a_page(world: World, actor: Member) -> Any:
    return some_snapshot(world).pk


@sample("snapshot-archive.job")
def archive_of_a_page(world: World, actor: Member) -> Any:
    return archive_of(world).pk


def some_snapshot(world: World) -> Snapshot:
    """The snapshot of the one archive."""
    return Snapshot.objects.get(pk=str(archive_of(world).subject_id))


body("snapshot-pack", {"layout": "raw", "format": "jsonl"})


@sample("try*.project")
def project_to_try(world: World, actor: Member) -> Any:
    return some_task(world).project_id


@sample("try*.same")
def project_named_again(world: World, actor: Member) -> Any:
    return some_task(world).project_id


@sample("try*.trial")
def task_to_try(world: World, actor: Member) -> UUID:
    return some_task(world).pk


@sample("try-nothing.rest")
def nothing_to_try(world: World, actor: Member) -> str:
    return "projects/standing/"
