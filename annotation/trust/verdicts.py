"""What an answer means for its author, in the transaction of the submission: a mark, a pause, the result of a test."""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from accounts.scope import Scope
from annotation.feedback.kind import Answer
from annotation.models import Assignment, Seat
from annotation.queue import outcomes
from annotation.settings import stored_settings
from annotation.trust import marks, pauses, qualification

if TYPE_CHECKING:  # the queue asks here what follows
    from annotation.queue.answers import Held, Said
    from annotation.queue.seats import Desk


def register() -> None:
    """The page and the API tell both under these names."""
    outcomes.TELLERS["gold"] = lambda held, checked, said: asdict(said.gold) if said.gold else None
    outcomes.TELLERS["test"] = lambda held, checked, said: asdict(said.test) if said.test else None


def follow(scope: Scope, held: "Held", checked: Answer, said: "Said", desk: "Desk") -> tuple["Said", "Desk"]:
    """The judgment with what its author is told, and the desk as it is after it."""
    if held.purpose == Assignment.Purpose.QUALIFICATION:
        result = qualification.mark(held, judgment=said.id, version=said.version, checked=checked)
        passed = result is not None and result.passed
        return replace(said, test=result), replace(desk, qualification="passed") if passed else desk
    if said.is_late or not held.is_known or held.purpose not in marks.MARKED:
        return said, desk
    tells = desk.settings.gold_feedback == "shown"
    count = marks.give(held, judgment=said.id, version=said.version, checked=checked, tells=tells)
    if count is None:
        return said, desk
    seat = Seat(pk=held.seat, project_id=held.project, annotator_id=held.annotator, is_paused=held.is_paused)
    threshold = desk.settings.pause_below
    pause = pauses.begin(scope=scope, seat=seat, right=count.right, seen=count.seen, threshold=threshold)
    return replace(said, gold=count.told), replace(desk, is_paused=desk.is_paused or pause is not None)


def told_again(held: "Held", said: "Said", checked: Answer) -> "Said":
    """An answer that came a second time is told what it was told the first time."""
    shown = stored_settings(held.settings).gold_feedback == "shown"
    if not shown or not held.is_known or held.purpose not in marks.MARKED:
        return said
    return replace(said, gold=marks.told_again(held, checked))
