"""The pages of refusals and faults; `config.handlers` chooses between them and the API's problems."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from web import context, toasts

log = logging.getLogger(__name__)
TITLES = {
    400: gettext_lazy("That request made no sense"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("There is nothing here"),
    405: gettext_lazy("There is no page at this address"),
    413: gettext_lazy("That is too large"),
    429: gettext_lazy("Too many attempts"),
    500: gettext_lazy("Something broke on our side"),
    503: gettext_lazy("Not ready yet"),
}


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """A page that says what is wrong and leads back; a piece of a page says it in a toast."""
    response = render(request, "web/error.html", parts(status, detail), status=status)
    return toasts.attach(response, detail, "bad") if request.headers.get("HX-Request") else response


def broken(request: HttpRequest, detail: str) -> HttpResponse:
    """The page for 500 asks neither database nor session nor context processors: any of them may be what broke."""
    shown = {**parts(500, detail), "request": request, "theme": context.theme(request)}
    try:
        return HttpResponse(render_to_string("web/error.html", shown), status=500)
    except Exception:
        log.exception("The page for 500 broke too")
        return HttpResponse(f"<!doctype html><title>500</title><p>{escape(detail)}</p>", status=500)


def parts(status: int, detail: str) -> dict[str, object]:
    return {"status": status, "title": TITLES.get(status, TITLES[400]), "detail": detail}


def no_page(request: HttpRequest, refused: HttpResponse) -> HttpResponse:
    """In place of an empty 405: somebody has come by the address of a button."""
    said = _("It belongs to a button of another page: go there and press it again.")
    response = answer(request, 405, said)
    response["Allow"] = refused["Allow"]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, _("This page was open too long. Go back, reload it and try again."))
