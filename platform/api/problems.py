"""Every refusal as application/problem+json."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.refusals import Refusal, Unready

CONTENT_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": errors or []}


def flatten(detail: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested messages as a list; the path to a field is written with dots."""
    if isinstance(detail, dict):
        return [
            row for name, part in detail.items() for row in flatten(part, f"{field}.{name}" if field else str(name))
        ]
    if isinstance(detail, list):
        nested = any(isinstance(part, dict) for part in detail)
        return [
            row for index, part in enumerate(detail) for row in flatten(part, f"{field}.{index}" if nested else field)
        ]
    name = field.removesuffix(".non_field_errors").removeprefix("non_field_errors")
    return [{"field": name, "message": str(detail)}]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler."""
    headers: dict[str, str] = {}
    if isinstance(error, Refusal):
        if isinstance(error, Unready):
            headers["Retry-After"] = str(error.retry_after)
        rows = [{"field": field, "message": message} for field, message in error.errors]
        body = problem(error.status, error.title, error.message, rows)
    elif isinstance(error, Http404):
        body = problem(404, "Not found", "There is no such thing here.")
    elif isinstance(error, PermissionDenied):
        body = problem(403, "Forbidden", str(error) or "You may not do this.")
    elif isinstance(error, exceptions.APIException):
        body = from_drf(error)
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    else:
        return None
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def from_drf(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        rows = flatten(error.detail)
        first = rows[0] if rows else {"field": "", "message": "The request is not valid."}
        detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
        return problem(error.status_code, "Not valid", detail, rows)
    title = str(error.default_detail).rstrip(".")
    return problem(error.status_code, title, str(error.detail))


def respond(status: int, title: str, detail: str) -> JsonResponse:
    """The same body outside DRF: handlers of whole requests."""
    return JsonResponse(problem(status, title, detail), status=status, content_type=CONTENT_TYPE)
