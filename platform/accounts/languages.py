"""In which language somebody is answered: their own choice, else this browser's, else what the browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.models import Person
from api.refusals import Invalid

PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")  # they have neither a page nor, always, a database
YEAR = 365 * 86_400


def known() -> dict[str, str]:
    return dict(settings.LANGUAGES)


def check(language: str) -> None:
    if language and language not in known():
        raise Invalid(_("Choose one of the languages that are listed."), field="language")


def choose(*, person: Person, language: str) -> None:
    """From now on pages and mail speak it, in every browser; nothing leaves it to the browser."""
    check(language)
    person.language = language
    person.save(update_fields=["language"])


def of_address(email: str) -> str:
    """The language that the person behind an address has chosen; of somebody new, that of whoever writes."""
    chosen = Person.objects.filter(email=email.lower()).values_list("language", flat=True).first()
    return chosen if chosen in known() else translation.get_language() or settings.LANGUAGE_CODE


def of_request(request: HttpRequest) -> str:
    if request.path.startswith(PROGRAMS):
        return asked(request)
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        chosen = request.user.language
        if chosen in known():
            return chosen
    return translation.get_language_from_request(request)


def asked(request: HttpRequest) -> str:
    """By Accept-Language alone: a program has no cookies, and English unless it asks for something else."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == "*":
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


class LanguageMiddleware:
    """After AuthenticationMiddleware: it asks who is there. Afterwards the thread speaks no reader's language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = of_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        response.headers.setdefault("Content-Language", language)
        return response


def remember(response: HttpResponse, language: str) -> None:
    """In this browser, for pages before signing in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
