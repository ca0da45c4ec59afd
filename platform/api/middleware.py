"""Refuses, before any view, what no view of ours could read."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

Handler = Callable[[HttpRequest], HttpResponse]


class WellFormedMiddleware:
    """Neither address nor cookie holds a NUL, which PostgreSQL refuses in any text."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "%00" in query or "\0" in query:
            raise BadRequest(_("An address may not hold the character NUL."))
        if any("\0" in value for value in request.COOKIES.values()):  # a quoted cookie can spell it \\000
            raise BadRequest(_("A cookie may not hold the character NUL."))
        return self.get_response(request)
