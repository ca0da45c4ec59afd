"""Refusals outside any view: a problem below /api/, a page elsewhere."""

from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import is_valid_path
from django.utils.translation import gettext as _

from api import problems
from web import errors
from web.uploads import TooManyBytes


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if is_api(request):
        return problems.respond(request, status, detail)
    return errors.answer(request, status, detail)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, TooManyBytes):
        return answer(request, 413, str(exception))
    if isinstance(exception, RequestDataTooBig):
        return answer(request, 413, problems.too_large())
    if isinstance(exception, DisallowedHost):
        return answer(
            request,
            400,
            _("Touchstone does not answer under this name. Its operator names it in PUBLIC_URL or ALLOWED_HOSTS."),
        )
    said = str(exception) if isinstance(exception, BadRequest) else ""
    return answer(request, 400, said or _("This request cannot be read."))


def is_page_without_slash(path: str) -> bool:
    """Whether somebody has typed the address of a page and left the end out."""
    return not path.endswith("/") and bool(is_valid_path(f"{path}/"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403, str(exception) or _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return answer(request, 404, _("There is no such thing here. Addresses of the API end in /."))
    if request.method == "GET" and is_page_without_slash(request.path_info):
        return redirect(f"/{request.get_full_path(force_append_slash=True).lstrip('/')}")
    return answer(request, 404, _("The address is wrong, or what stood here is gone, or it belongs to others."))


def broken(request: HttpRequest) -> HttpResponse:
    number = getattr(request, "id", "")
    said = _("Tell whoever runs this installation the number %(number)s.") % {"number": number}
    return answer(request, 500, said) if is_api(request) else errors.broken(request, said)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problems.respond(request, 403, _("The CSRF token is missing or wrong."))
    return errors.csrf_failure(request, reason)
