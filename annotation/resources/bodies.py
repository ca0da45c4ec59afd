"""Reading the bodies of the calls that are made hundreds of times a second: by hand, not by serializers."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request

from annotation.queue.answers import LONGEST_MS, Submission
from api.refusals import Malformed

MOST_HELD = 20
LONGEST_REASON = 500


def holding(request: Request) -> list[UUID]:
    """The assignments that the client has already."""
    held = body(request).get("holding")
    if held is None:
        return []
    if not isinstance(held, list) or len(held) > MOST_HELD:
        raise Malformed(_("Expected a list of at most {most} ids.").format(most=MOST_HELD), field="holding")
    try:
        return [UUID(part) for part in held]
    except (ValueError, TypeError, AttributeError):
        raise Malformed(_("Expected ids of assignments."), field="holding") from None


def submission(request: Request) -> Submission:
    values = body(request)
    if "answer" not in values:
        raise Malformed(_("This is needed."), field="answer")
    duration = values.get("duration_ms")
    if duration is not None and (type(duration) is not int or not 0 <= duration <= LONGEST_MS):
        raise Malformed(_("Expected milliseconds, a whole number from 0."), field="duration_ms")
    wants_next = values.get("next")
    if wants_next is not None and not isinstance(wants_next, bool):
        raise Malformed(_("Expected true or false."), field="next")
    return Submission(values["answer"], duration, bool(wants_next), tuple(holding(request)))


def reason(request: Request) -> str:
    value = body(request).get("reason", "")
    if not isinstance(value, str) or len(value) > LONGEST_REASON:
        raise Malformed(_("Expected text of at most {most} characters.").format(most=LONGEST_REASON), field="reason")
    return value


def body(request: Request) -> dict[str, Any]:
    """An empty body is an empty object."""
    return request.data if isinstance(request.data, dict) else {}


def wants_html(request: Request) -> bool:
    """Whether texts are asked for as rendered HTML too, as the annotator's page does."""
    return request.query_params.get("html") in {"1", "true"}
