"""Every refusal as application/problem+json."""

import logging
import math
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from api.refusals import Refusal, Unready

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: gettext_lazy("Not readable"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("Not acceptable"),
    409: gettext_lazy("Conflict"),
    411: gettext_lazy("Length required"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Not valid"),
    429: gettext_lazy("Too many calls"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("Not ready"),
}
Row = dict[str, str]


def problem(status: int, detail: str, errors: list[Row] | None = None) -> dict[str, Any]:
    title = str(TITLES.get(status, TITLES[400 if status < 500 else 500]))
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": errors or []}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; what it does not know is a fault of ours and reaches `config.handlers` as a 500."""
    headers: dict[str, str] = {}
    if isinstance(error, OperationalError | InterfaceError):
        log.error("The database did not answer", exc_info=error)
        error = Unready(_("The database is busy or away. Ask again shortly."))
    body = from_exception(error)
    if body is None:
        return None
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None) or getattr(error, "retry_after", None):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    request = context.get("request")
    if request is not None:  # a problem is JSON, whatever the view renders
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), "application/json"
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def from_exception(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, Refusal):
        return problem(error.status, error.message, [{"field": f, "message": m} for f, m in error.errors])
    if isinstance(error, Http404):
        return problem(404, _("There is no such thing here."))
    if isinstance(error, PermissionDenied):
        return problem(403, str(error) or _("You may not do this."))
    if isinstance(error, exceptions.APIException):
        return from_drf(error)
    if isinstance(error, ValidationError):  # a model's own rules, from full_clean
        return with_rows(422, flatten(error.message_dict if hasattr(error, "error_dict") else error.messages))
    if isinstance(error, RequestDataTooBig):
        return problem(413, too_large())
    if isinstance(error, UnreadablePostError):
        return problem(400, _("The body ended before its Content-Length."))
    if isinstance(error, SuspiciousOperation):
        return problem(400, _("This request cannot be read."))
    return None


def too_large() -> str:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024 // 1024
    return _("The body may hold at most %(most)s MiB.") % {"most": most}


def from_drf(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return with_rows(error.status_code, flatten(error.detail))
    return problem(error.status_code, str(error.detail))


def with_rows(status: int, rows: list[Row]) -> dict[str, Any]:
    first = rows[0] if rows else {"field": "", "message": _("The request is not valid.")}
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return problem(status, detail, rows)


def flatten(detail: Any, field: str = "") -> list[Row]:
    """Nested messages as a list; the path to a field is written with dots."""
    if isinstance(detail, dict):
        return [row for name, part in detail.items() for row in flatten(part, join(field, str(name)))]
    if isinstance(detail, list):
        nested = any(isinstance(part, dict | list) for part in detail)
        parts = [(join(field, str(index)) if nested else field, part) for index, part in enumerate(detail)]
        return [row for name, part in parts for row in flatten(part, name)]
    return [{"field": field, "message": str(detail)}]


def join(field: str, name: str) -> str:
    """`records` and `3` make `records.3`; what is said of the whole adds no name."""
    if name in {"non_field_errors", "__all__"}:
        return field
    return f"{field}.{name}" if field else name


def respond(request: HttpRequest, status: int, detail: str) -> JsonResponse:
    """The same body outside DRF: handlers of whole requests."""
    body = problem(status, detail)
    if status >= 500:
        body["request_id"] = getattr(request, "id", "")
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
