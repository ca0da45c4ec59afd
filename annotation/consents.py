"""What people agreed to before they work, in which version and when."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import annotators
from accounts.scope import Scope
from annotation.models import Assignment, Consent, Guidelines, Project
from annotation.queue import leases, seats
from annotation.queue.statements import fetch
from annotation.settings import Terms
from api.refusals import Conflict, Invalid
from api.schemas import build

Said = Consent.Said
# What people accept is the text together with all that decides what they can win or lose.
STAKES = ("consent", "currency", "amount_min", "amount_max", "amount_step", "prices", "elicitation", "endowment")


def stakes(guidelines: Guidelines) -> tuple[Any, ...]:
    terms = build(Terms, guidelines.terms)
    return tuple(getattr(terms, name) for name in STAKES)


def newest(project: UUID, annotator: UUID) -> Consent | None:
    """What this annotator said last, whatever the version."""
    said = Consent.objects.filter(project=project, annotator=annotator)
    return said.select_related("guidelines").order_by("-id").first()


def state(guidelines: Guidelines, last: Consent | None) -> str:
    """not_needed, missing, changed (accepted, but what is at stake is another by now), accepted, refused, withdrawn."""
    if not build(Terms, guidelines.terms).consent:
        return "not_needed"
    if last is None:
        return "missing"
    if last.said == Said.ACCEPTED and stakes(last.guidelines) != stakes(guidelines):
        return "changed"
    return str(last.said)


@dataclass(frozen=True)
class Standing:
    """Where one person stands with the consent of one project."""

    state: str
    guidelines: Guidelines  # the newest
    last: Consent | None

    @property
    def terms(self) -> Terms:
        return build(Terms, self.guidelines.terms)

    @property
    def is_asked(self) -> bool:
        """Whether something has to be said before there is work."""
        return self.state not in ("not_needed", "accepted")


def of(scope: Scope, project: Project) -> Standing:
    guidelines = project.guidelines.order_by("-version").first()
    assert guidelines is not None
    last = newest(project.pk, annotators.of_person(scope.workspace, scope.person).pk)
    return Standing(state(guidelines, last), guidelines, last)


def is_given(desk: seats.Desk) -> bool:
    """Whether this person may be given work, as far as consent goes; without a consent text, no question asked."""
    if not desk.settings.consent:
        return True
    guidelines = Guidelines.objects.get(pk=desk.guidelines)
    return state(guidelines, newest(desk.project, desk.annotator)) == "accepted"


def sentence() -> str:
    return _(
        "First read what this project asks you to agree to, and accept it: on its page, or by POST to its consent."
    )


def refuse_without(project: UUID, annotator: UUID) -> None:
    """Who withdrew (or refused) says nothing more here; what somebody holds under older terms they may finish."""
    last = newest(project, annotator)
    if last is not None and last.said != Said.ACCEPTED:
        raise Conflict(_("You withdrew your consent: your answer was not taken. Accept it again to go on."))


@transaction.atomic
def say(*, scope: Scope, project: Project, version: int, said: str) -> Consent:
    """Accept or refuse the newest version, or withdraw what was accepted: then what the person holds goes back."""
    desk = seats.take(scope, project.pk)
    guidelines = Guidelines.objects.get(pk=desk.guidelines)
    last = newest(desk.project, desk.annotator)
    before = state(guidelines, last)
    if before == "not_needed":
        raise Conflict(_("This project asks for no consent."))
    if version != guidelines.version:
        raise Conflict(
            _("The text has changed since you read it: read version %(version)s.") % {"version": guidelines.version}
        )
    if said == Said.WITHDRAWN and before not in ("accepted", "changed"):
        raise Conflict(_("There is no consent to withdraw."))
    if said not in Said.values:
        raise Invalid(_("Say accepted, refused or withdrawn."), field="said")
    if last is not None and last.said == said and before == said:
        return last  # said already
    made = Consent.objects.create(project=project, annotator_id=desk.annotator, guidelines=guidelines, said=said)
    if said != Said.ACCEPTED:
        give_back(desk)
    return made


def give_back(desk: seats.Desk) -> None:
    """Open leases of the person return to the others; what is done stays done."""
    opened = Assignment.objects.select_for_update(no_key=True).filter(
        project=desk.project, annotator=desk.annotator, state=Assignment.State.OPEN
    )
    held = list(opened.order_by("pk"))
    fetch(leases.LOCK_TASKS, {"tasks": [assignment.task_id for assignment in held]})  # all before the project's row
    for assignment in held:
        leases.end(assignment, Assignment.State.RELEASED, "")
