"""Pauses, people in a project, and work set aside: each of the project that stands in the same address."""

from uuid import UUID

from accounts import annotators
from annotation.models import Pause, Project, SetAside
from tests.conftest import Member
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
