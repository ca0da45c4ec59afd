"""Whoever is wrong on known answers too often, beyond doubt, gets no work in the project until a reviewer lifts it.

Beyond doubt: at least 10 known answers, and both the upper end of Wilson's 95 % interval and the exact one-sided upper
bound of Clopper and Pearson lie below the project's threshold.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.agreement.gold import LEAST_SEEN, record
from annotation.agreement.proportions import wilson
from annotation.models import Pause, Project, Seat
from annotation.queue import leases
from api.refusals import Conflict, Invalid
from audit import trail

LONGEST_CONTEST = 5_000
LONGEST_REASON = 1_000
WAITING = Q(contested_at__isnull=False, decision="")


def upper_below(right: int, seen: int, threshold: float) -> float | None:
    """What the accuracy is at most, where that lies below the threshold; None where there is doubt."""
    if seen < LEAST_SEEN or threshold <= 0 or (wilson(right, seen).high or 1.0) >= threshold:
        return None  # the cheap bound first: the exact one takes longer the more was seen
    found = record(right, seen)
    return max(found.accuracy.high or 1.0, found.upper) if found.below(threshold) else None


def begin(*, scope: Scope, seat: Seat, right: int, seen: int, threshold: float) -> Pause | None:
    """Pause the person of a seat where the count leaves no doubt; the caller holds the seat locked."""
    upper = upper_below(right, seen, threshold)
    if upper is None or seat.is_paused:
        return None
    pause = Pause.objects.create(
        project_id=seat.project_id,
        annotator_id=seat.annotator_id,
        right=right,
        seen=seen,
        upper=upper,
        threshold=threshold,
    )
    Seat.objects.filter(pk=seat.pk).update(is_paused=True)
    leases.give_back_open(seat.project_id, seat.annotator_id)
    trail.record(
        "annotator.paused",
        workspace=scope.workspace.pk,
        actor=None,
        object_kind="annotator",
        object_id=str(seat.annotator_id),
        details={"project": str(seat.project_id), "right": right, "seen": seen, "threshold": threshold},
        request_id=scope.request_id,
    )
    return pause


def standing(project: UUID, annotator: UUID) -> Pause | None:
    found = Pause.objects.filter(project=project, annotator=annotator)
    return found.exclude(decision=Pause.Decision.LIFTED).first()


def sentence(pause: Pause) -> str:
    """Why, and what can be done, for the person who is paused."""
    counted = {"right": pause.right, "seen": pause.seen, "threshold": round(100 * pause.threshold)}
    why = _(
        "You are paused in this project: {right} of your {seen} answers to tasks with a known answer were right, "
        "and the project asks for {threshold} %."
    ).format(**counted)
    if pause.decision == Pause.Decision.UPHELD:
        return f"{why} {_('A reviewer has looked at it and upheld the pause.')}"
    if pause.contested_at:
        return f"{why} {_('A reviewer will look at what you wrote.')}"
    return f"{why} {_('You can contest this; nothing that you did is lost.')}"


@transaction.atomic
def contest(*, scope: Scope, project: Project, text: str) -> Pause:
    """The person says why they should not be paused, once."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST_CONTEST:
        raise Invalid(_("Say in 1 to {most} characters why.").format(most=LONGEST_CONTEST), field="text")
    pause = (
        Pause.objects.select_for_update(no_key=True)
        .filter(project=project, annotator__person=scope.person)
        .exclude(decision=Pause.Decision.LIFTED)
        .first()
    )
    if pause is None:
        raise Conflict(_("You are not paused in this project."))
    if pause.contested_at:
        if pause.contest == text:
            return pause
        raise Conflict(_("You have contested this already."))
    pause.contest, pause.contested_at = text, now()
    pause.save(update_fields=["contest", "contested_at"])
    scope.record_unnamed("pause.contested", "pause", pause.pk, project=str(project.pk))
    return pause


def of_project(project: Project) -> QuerySet[Pause]:
    return Pause.objects.filter(project=project).select_related("annotator", "decided_by")


def find(*, project: Project, pause: UUID) -> Pause:
    found = of_project(project).filter(pk=pause).first()
    if found is None:
        raise Http404
    return found


@transaction.atomic
def decide(*, scope: Scope, pause: Pause, decision: str, reason: str) -> Pause:
    """A reviewer lifts or upholds, and says why. Once lifted, the count of known answers starts anew."""
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(_("Say in 1 to {most} characters why.").format(most=LONGEST_REASON), field="reason")
    Seat.objects.select_for_update(no_key=True).filter(project=pause.project_id, annotator=pause.annotator_id).first()
    pause = Pause.objects.select_for_update(no_key=True, of=("self",)).select_related("annotator").get(pk=pause.pk)
    if pause.annotator.person_id == scope.person.pk:
        raise Conflict(_("This is your own pause: somebody else has to decide."))
    if pause.decision == Pause.Decision.LIFTED:
        raise Conflict(_("This pause was lifted already."))
    if decision == Pause.Decision.UPHELD and not pause.contested_at:
        raise Conflict(_("Nobody has contested this pause: it stands anyway."))
    pause.decision, pause.reason = decision, reason
    pause.decided_by, pause.decided_at = scope.person, now()
    pause.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    if decision == Pause.Decision.LIFTED:
        Seat.objects.filter(project=pause.project_id, annotator=pause.annotator_id).update(
            is_paused=False, gold_seen=0, gold_right=0, gold_from=Now()
        )
    scope.record(f"pause.{decision}", "pause", pause.pk, project=str(pause.project_id))
    return pause
