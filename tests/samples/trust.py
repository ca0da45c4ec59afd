"""Pauses, people in a project, and work set aside: each of the project that stands in the same address."""

from datetime import timedelta
from uuid import UUID

from django.utils.timezone import now

from accounts import annotators
from annotation.models import Adjudication, Assignment, Pause, Project, SetAside
from tests.conftest import Member
from tests.samples.annotation import project_with_a_task
from tests.samples.registry import World, body, sample

body("api-pause-decide", {"decision": "lifted", "reason": "Looked at it."})
body("api-contest", {"text": "Please look."})
body("api-set-asides", {"reason": "Sample."})
body("api-qualification", {"decision": "granted", "reason": "Sample."})


@sample("pause")
def pause(world: World, actor: Member) -> UUID:
    project = Project.objects.latest("created_at")
    annotator = annotators.of_person(world.workspace, world.members["annotator"].person)
    made = Pause.objects.create(project=project, annotator=annotator, right=0, seen=10, upper=0.3, threshold=0.5)
    return made.pk


@sample(
    "project-annotator.annotator",
    "annotator-*.annotator",
    "api-project-annotator.annotator",
    "api-set-aside*.annotator",
    "api-qualification.annotator",
)
def annotator_of_project(world: World, actor: Member) -> UUID:
    return annotators.of_person(world.workspace, world.members["annotator"].person).pk


@sample("annotator-undo.deed", "api-set-aside-undo.deed")
def deed(world: World, actor: Member) -> UUID:
    made = SetAside.objects.create(
        project=Project.objects.latest("created_at"),
        annotator=annotators.of_person(world.workspace, world.members["annotator"].person),
        reason="Sample.", judgments=0, places=0,
    )  # fmt: skip
    return made.pk


@sample("api-votes.assignment")
def case(world: World, actor: Member) -> UUID:
    """A disputed task in the hands of the actor; of the admin where the actor is a stranger."""
    owner = actor if actor.membership.workspace == world.workspace else world.admin
    task = project_with_a_task(world).tasks.get()
    made = Assignment.objects.create(
        project=task.project, task=task, annotator=annotators.of_person(world.workspace, owner.person),
        guidelines=task.project.guidelines.get(), purpose="adjudication", shown_order=[0, 1], slot=100,
        holds_place=False, state="open", lease_expires_at=now() + timedelta(hours=1),
    )  # fmt: skip
    Adjudication.objects.create(assignment=made, disagreement=1.0)
    return made.pk
