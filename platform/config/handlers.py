"""Refusals outside any view: a problem below /api/, a page elsewhere."""

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from api import problems
from web import errors


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        return problems.respond(request, status, detail)
    return HttpResponse(detail, status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if isinstance(exception, RequestDataTooBig):
        return answer(request, 413, problems.too_large())
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return answer(request, 400, said or _("This request cannot be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, 403, str(exception) or _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return answer(request, 404, _("There is no such thing here. Addresses of the API end in /."))


def broken(request: HttpRequest) -> HttpResponseBase:
    said = _("Tell whoever runs this installation the number %(number)s.") % {"number": getattr(request, "id", "")}
    return answer(request, 500, said)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse | HttpResponseBase:
    if request.path.startswith("/api/"):
        return problems.respond(request, 403, _("The CSRF token is missing or wrong."))
    return errors.csrf_failure(request, reason)
