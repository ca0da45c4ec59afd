"""Pages for those who look after the installation: they show no data of any workspace."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]


def staff(view: View) -> View:
    """Anonymous people sign in first; everybody else but staff finds nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise Http404("Only staff sees this page.")
        return view(request, *args, **kwargs)

    guarded.access_rule = "staff"  # type: ignore[attr-defined]
    return guarded
