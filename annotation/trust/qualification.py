"""A scored test before the work: its attempts, what became of them, and what a researcher decides by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Annotator
from accounts.scope import Scope
from annotation.feedback.kind import Answer
from annotation.models import Attempt, AttemptTask, Gold, Project, Seat
from annotation.queue.statements import fetch
from annotation.settings import ProjectSettings
from annotation.trust import marks
from api.refusals import Conflict, Invalid
from api.schemas import build

if TYPE_CHECKING:  # the queue hands out the questions
    from annotation.queue.answers import Held
    from annotation.queue.seats import Desk

LONGEST_REASON = 1_000
QUALIFIED = (Seat.Qualification.PASSED, Seat.Qualification.GRANTED)
NOBODY = UUID(int=0)
STATES = ("none", "needed", "open", "waiting", "failed", "passed", "granted", "revoked")


@dataclass(frozen=True)
class Result:
    """How an attempt ended."""

    passed: bool
    right: int
    asked: int
    pass_mark: float


@dataclass(frozen=True)
class Standing:
    """Where somebody stands with a project's test."""

    state: str  # one of STATES
    asked: int = 0
    answered: int = 0
    pass_mark: float = 0.0
    attempts_left: int = 0
    again_at: datetime | None = None
    last: Result | None = None
    project: Project | None = None  # where the test is taken, when that is not this project


def check(scope: Scope, settings: ProjectSettings) -> None:
    """The project whose test counts has to be one of the workspace, with a test of its own."""
    if not settings.test_project:
        return
    found = Project.objects.standing().filter(workspace=scope.workspace, pk=settings.test_project).first()
    if found is None:
        raise Invalid(_("There is no such project here."), field="settings.test_project")
    if not found.settings.get("test_tasks"):
        raise Invalid(_("That project asks for no test of its own."), field="settings.test_project")


def is_open_to(desk: "Desk") -> bool:
    """Whether the person may do the project's work: there is no test, or it is behind them."""
    settings = desk.settings
    if desk.qualification in QUALIFIED or not (settings.test_tasks or settings.test_project):
        return True
    if desk.qualification == Seat.Qualification.REVOKED or not settings.test_project:
        return False
    return Seat.objects.filter(
        project=UUID(settings.test_project), annotator=desk.annotator, qualification__in=QUALIFIED
    ).exists()


def attempt_for(desk: "Desk") -> UUID:
    """The attempt whose questions come now, begun where one may begin; the seat is locked."""
    found = Attempt.objects.filter(project=desk.project, annotator=desk.annotator, ended_at=None).first()
    if found is not None:
        return found.pk
    if not desk.settings.test_tasks or not desk.may_lease or desk.qualification == Seat.Qualification.REVOKED:
        return NOBODY
    ended = list(Attempt.objects.filter(project=desk.project, annotator=desk.annotator).order_by("-number"))
    wait = timedelta(seconds=desk.settings.test_wait_seconds)
    if len(ended) >= desk.settings.test_attempts or (ended and (ended[0].ended_at or now()) + wait > now()):
        return NOBODY
    return begin(desk, number=len(ended) + 1)


def go_without_taken_down(desk: "Desk") -> bool:
    """Questions of the open attempt that were taken down give way to others, or fall out; whether it is passed so."""
    attempt = Attempt.objects.filter(project=desk.project, annotator=desk.annotator, ended_at=None).first()
    if attempt is None:
        return False
    gone = list(attempt.questions.filter(judgment=None, task__prompt__taken_down_at__isnull=False).order_by("position"))
    if not gone:
        return False
    others = draw(desk, but=list(attempt.questions.values_list("task", flat=True)), count=len(gone))
    for question, (task,) in zip(gone, others, strict=False):
        question.task_id = task
        question.save(update_fields=["task"])
    attempt.questions.filter(pk__in=[question.pk for question in gone[len(others) :]]).delete()
    attempt.asked = attempt.questions.count()
    if not attempt.asked:
        attempt.delete()
        return False
    attempt.save(update_fields=["asked"])
    ended = finish(attempt)
    return ended is not None and ended.passed


# Those that were asked least come first, so that a second attempt brings others where there are others.
DRAW = """
SELECT g.task_id FROM annotation_gold g
  JOIN annotation_task t ON t.id = g.task_id JOIN annotation_prompt p ON p.id = t.prompt_id
 WHERE g.project_id = %(project)s AND g.in_test AND p.taken_down_at IS NULL AND g.task_id <> ALL (%(but)s::uuid[])
 ORDER BY (SELECT count(*) FROM annotation_attempttask q JOIN annotation_attempt a ON a.id = q.attempt_id
            WHERE q.task_id = g.task_id AND a.annotator_id = %(annotator)s), random()
 LIMIT %(count)s::int
"""


def draw(desk: "Desk", *, but: list[UUID], count: int) -> list[tuple[UUID]]:
    return fetch(DRAW, {"project": desk.project, "annotator": desk.annotator, "but": but, "count": count})


def begin(desk: "Desk", *, number: int) -> UUID:
    """A new attempt, its questions drawn; none where the project has no test question yet."""
    drawn = draw(desk, but=[], count=desk.settings.test_tasks)
    if not drawn:
        return NOBODY
    attempt = Attempt.objects.create(
        project_id=desk.project,
        annotator_id=desk.annotator,
        number=number,
        asked=len(drawn),
        pass_mark=desk.settings.test_pass_mark,
    )
    questions = [AttemptTask(attempt=attempt, task_id=task, position=place) for place, (task,) in enumerate(drawn)]
    AttemptTask.objects.bulk_create(questions)
    return attempt.pk


def mark(held: "Held", *, judgment: UUID, version: int, checked: Answer) -> Result | None:
    """Mark one answer of the open attempt; the result when it was the last one."""
    open_one = AttemptTask.objects.filter(
        attempt__project=held.project, attempt__annotator=held.annotator, attempt__ended_at=None, task=held.task
    )
    question = open_one.select_related("attempt").first()
    if question is None:
        return None
    gold = Gold.objects.filter(task=held.task).first()
    question.judgment_id, question.version = judgment, version
    # A question whose known answer was taken away meanwhile is counted for the person.
    question.is_right = gold is None or marks.compare(held.kind, checked, gold.answer, gold.tolerance, held.responses)
    question.save(update_fields=["judgment", "version", "is_right"])
    return finish(question.attempt)


def finish(attempt: Attempt) -> Result | None:
    """The result, where nothing is left to answer."""
    marked = list(attempt.questions.values_list("is_right", flat=True))
    if None in marked:
        return None
    attempt.right = sum(map(bool, marked))
    attempt.passed = attempt.right >= attempt.pass_mark * attempt.asked - 1e-9
    attempt.ended_at = now()
    attempt.save(update_fields=["right", "passed", "ended_at"])
    if attempt.passed:
        Seat.objects.filter(project=attempt.project_id, annotator=attempt.annotator_id).update(
            qualification=Seat.Qualification.PASSED
        )
    return result(attempt)


def result(attempt: Attempt) -> Result:
    return Result(bool(attempt.passed), attempt.right or 0, attempt.asked, attempt.pass_mark)


def standing(*, project: Project, annotator: Annotator | None) -> Standing:
    """Where an annotator stands; None is somebody who has not begun."""
    settings = build(ProjectSettings, project.settings)
    own = Seat.objects.filter(project=project, annotator=annotator).first()
    decided = own.qualification if own else ""
    if not settings.test_tasks and not settings.test_project:
        return Standing("none")
    if settings.test_project and not decided:
        elsewhere = Project.objects.standing().filter(pk=settings.test_project, workspace=project.workspace_id).first()
        if elsewhere is None:
            return Standing("needed")
        there = standing(project=elsewhere, annotator=annotator)
        return Standing(**{**vars(there), "project": elsewhere})
    attempts = list(Attempt.objects.filter(project=project, annotator=annotator).order_by("-number"))
    ended = [attempt for attempt in attempts if attempt.ended_at]
    left = max(0, settings.test_attempts - len(ended))
    told: dict[str, Any] = {
        "asked": settings.test_tasks,
        "pass_mark": settings.test_pass_mark,
        "attempts_left": left,
        "last": result(ended[0]) if ended else None,
    }
    if decided:
        return Standing(decided, **told)
    if len(attempts) > len(ended):
        answered = attempts[0].questions.exclude(judgment=None).count()
        return Standing("open", **{**told, "asked": attempts[0].asked, "answered": answered})
    if ended and not left:
        return Standing("failed", **told)
    again = (ended[0].ended_at or now()) + timedelta(seconds=settings.test_wait_seconds) if ended else None
    return Standing("waiting" if again and again > now() else "needed", **told, again_at=again)


def sentence(found: Standing) -> str:
    """Why there is no work, for the person who asks for it."""
    if found.project is not None:
        return _("Take the test of the project “{name}” first.").format(name=found.project.name)
    if found.state == "revoked":
        return _("A researcher has decided that this project is not for you.")
    if found.last is None:
        return _("This project begins with a test, which has no questions yet: a researcher has to add them.")
    score = _("You had {right} of {asked} right in the test; it takes {mark} %.").format(
        right=found.last.right, asked=found.last.asked, mark=round(100 * found.pass_mark)
    )
    if not found.attempts_left:
        return f"{score} {_('No attempt is left.')}"
    left = ngettext("One attempt is left.", "{count} attempts are left.", found.attempts_left)
    return f"{score} {left.format(count=found.attempts_left)}"


@transaction.atomic
def decide(*, scope: Scope, project: Project, annotator: Annotator, decision: str, reason: str) -> Seat:
    """A researcher grants or revokes by hand, or leaves it to the test again (an empty decision)."""
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(_("Say in 1 to {most} characters why.").format(most=LONGEST_REASON), field="reason")
    settings = build(ProjectSettings, project.settings)
    if not settings.test_tasks and not settings.test_project:
        raise Conflict(_("This project asks for no test: everybody may work in it."))
    if annotator.workspace_id != project.workspace_id:
        raise Http404
    if annotator.person_id is None:
        raise Conflict(_("This annotator is nobody who could be given work."))
    Seat.objects.bulk_create([Seat(project=project, annotator=annotator)], ignore_conflicts=True)
    seat = Seat.objects.select_for_update(no_key=True).get(project=project, annotator=annotator)
    seat.qualification, seat.why_qualification = decision, reason
    seat.save(update_fields=["qualification", "why_qualification"])
    action = {"granted": "qualification.granted", "revoked": "qualification.revoked", "": "qualification.left_to_test"}
    scope.record(action[decision], "annotator", annotator.pk, project=str(project.pk))
    return seat
