"""Questions about tasks: an annotator asks, a researcher answers, and the answer may become everybody's."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.scope import Scope
from annotation import projects
from annotation.models import Assignment, Project, Question
from annotation.projects import Wish
from api.refusals import Conflict, Invalid

LONGEST = 4_000  # characters of a question
LONGEST_ANSWER = 10_000
MOST_OPEN = 50  # of one person in one project: beyond, somebody should talk to them


@dataclass(frozen=True)
class Reply:
    """What a researcher answers, and to whom."""

    text: str
    is_shared: bool = False  # to everybody in the project
    to_guidelines: bool = False  # and as a new version of the guidelines


@transaction.atomic
def ask(*, scope: Scope, assignment: UUID, text: str, project: UUID | None = None) -> Question:
    """About a task that this person has, or had, on the desk."""
    own = Assignment.objects.filter(
        pk=assignment,
        annotator__person=scope.person,
        project__workspace=scope.workspace,
        project__deleted_at=None,
    )
    found = (own.filter(project=project) if project else own).select_related("project").first()
    if found is None:
        raise Http404
    if not text.strip():
        raise Invalid(_("Write what you want to ask."), field="text")
    if len(text) > LONGEST:
        raise Invalid(_("At most {most} characters.").format(most=LONGEST), field="text")
    waiting = Question.objects.filter(
        project=found.project, assignment__annotator=found.annotator_id, answered_at__isnull=True
    )
    if waiting.count() >= MOST_OPEN:
        raise Conflict(_("So many of your questions wait for an answer that no more are taken now."))
    question = Question.objects.create(project=found.project, assignment=found, text=text.strip())
    scope.record_unnamed("question.asked", "question", question.pk, project=str(found.project_id))
    return question


@transaction.atomic
def answer(*, scope: Scope, question: Question, reply: Reply) -> Question:
    """To the asker alone, or to everybody; an answer may be written anew, and is news to the asker then."""
    if not reply.text.strip():
        raise Invalid(_("Write an answer."), field="text")
    if len(reply.text) > LONGEST_ANSWER:
        raise Invalid(_("At most {most} characters.").format(most=LONGEST_ANSWER), field="text")
    question = Question.objects.select_for_update().select_related("project").get(pk=question.pk)
    question.answer, question.is_shared = reply.text.strip(), reply.is_shared or reply.to_guidelines
    question.answered_by, question.answered_at, question.seen_at = scope.person, now(), None
    question.save(update_fields=["answer", "is_shared", "answered_by", "answered_at", "seen_at"])
    if reply.to_guidelines:
        add_to_guidelines(scope, question)
    scope.record(
        "question.answered", "question", question.pk, shared=question.is_shared, guidelines=reply.to_guidelines
    )
    return question


def add_to_guidelines(scope: Scope, question: Question) -> None:
    """As a new version, with the question as the heading of a passage at the end."""
    text = projects.newest_guidelines(question.project).text.rstrip()
    heading = " ".join(question.text.split())
    passage = f"### {heading}\n\n{question.answer}\n"
    wish = Wish(guidelines=f"{text}\n\n{passage}" if text else passage)
    projects.change(scope=scope, project=question.project, wish=wish)


@transaction.atomic
def see(*, scope: Scope, project: Project) -> int:
    """This person has seen the answers to their own questions in a project; how many were news."""
    news = own(scope).filter(project=project, answered_at__isnull=False, seen_at=None)
    return news.update(seen_at=now())


def own(scope: Scope) -> QuerySet[Question]:
    """What this person asked in this workspace."""
    return Question.objects.filter(
        project__in=projects.visible(scope),
        assignment__annotator__person=scope.person,
        assignment__annotator__workspace=scope.workspace,
    )


def readable(scope: Scope, project: Project) -> QuerySet[Question]:
    """All of a project's for its researchers; one's own and what was shared for the others."""
    found = Question.objects.filter(project=project)
    if not scope.role.includes(Role.RESEARCHER):
        found = found.filter(Q(assignment__annotator__person=scope.person) | Q(is_shared=True))
    return found.select_related("assignment__annotator")


def find(*, scope: Scope, project: Project, question: UUID) -> Question:
    found = readable(scope, project).filter(pk=question).first()
    if found is None:
        raise Http404
    return found


def clarifications(project: Project) -> QuerySet[Question]:
    """What was answered to everybody, the newest first."""
    return Question.objects.filter(project=project, is_shared=True).order_by("-answered_at")


def unseen(scope: Scope) -> dict[UUID, int]:
    """How many answers wait to be seen, by project."""
    news = own(scope).filter(answered_at__isnull=False, seen_at=None)
    return dict(news.order_by().values("project").annotate(count=Count("pk")).values_list("project", "count"))


def count_open(project: Project) -> int:
    return Question.objects.filter(project=project, answered_at=None).count()
