"""The pages and the problems that answer 400, 403, 404 and 500."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TITLES = {
    400: gettext_lazy("That request made no sense"),
    403: gettext_lazy("You may not do this"),
    404: gettext_lazy("There is nothing here"),
    500: gettext_lazy("Something broke on our side"),
}


def answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    return render(
        request, "web/error.html", {"status": status, "title": TITLES[status], "detail": detail}, status=status
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, 403, _("This page was open too long. Reload it and try again."))
