"""Who may do what. The only place that answers 403 or 404 for a person or a workspace."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Membership, Person
from accounts.roles import Role
from accounts.scope import Scope

if TYPE_CHECKING:  # DRF reads this module while its own views are being imported
    from rest_framework.views import APIView

# action → the least role that may do it. Pages and API read this one table.
ACTIONS: dict[str, Role] = {
    "workspace.see": Role.ANNOTATOR,
    "workspace.change": Role.ADMIN,
    "member.list": Role.RESEARCHER,
    "member.change": Role.ADMIN,
    "identity.see": Role.ADMIN,  # who stands behind a pseudonym
    "annotator.list": Role.REVIEWER,  # pseudonyms alone
    "group.list": Role.REVIEWER,
    "group.change": Role.RESEARCHER,
    "token.own": Role.ANNOTATOR,
    "token.any": Role.ADMIN,  # see and revoke other people's
    "audit.read": Role.ADMIN,
    "webhook.change": Role.ADMIN,
    "thing.delete": Role.RESEARCHER,  # what accounts.deletion knows, and bring it back
    "job.read": Role.RESEARCHER,
    "job.change": Role.RESEARCHER,
    "method.read": Role.ANNOTATOR,
    "project.list": Role.ANNOTATOR,
    "project.change": Role.RESEARCHER,
    "task.label": Role.ANNOTATOR,
    "task.change": Role.RESEARCHER,
    "judgment.own": Role.ANNOTATOR,
    "question.ask": Role.ANNOTATOR,
    "question.answer": Role.RESEARCHER,
    "judgment.read": Role.REVIEWER,
    "judgment.adjudicate": Role.REVIEWER,
    "judgment.set_aside": Role.RESEARCHER,
    "pause.decide": Role.REVIEWER,
    "qualification.decide": Role.RESEARCHER,
    "ledger.own": Role.ANNOTATOR,
    "ledger.read": Role.ADMIN,  # everybody's
    "ledger.correct": Role.ADMIN,
    "quality.read": Role.REVIEWER,
    "quality.compute": Role.RESEARCHER,
    "import.make": Role.RESEARCHER,
    "snapshot.read": Role.RESEARCHER,
    "snapshot.make": Role.RESEARCHER,
    "destination.list": Role.RESEARCHER,
    "destination.change": Role.ADMIN,
    "delivery.make": Role.RESEARCHER,
    "takedown.make": Role.RESEARCHER,
    "model.read": Role.RESEARCHER,
    "model.change": Role.RESEARCHER,
    "model.score": Role.RESEARCHER,
    "run.read": Role.RESEARCHER,
    "run.change": Role.RESEARCHER,
    "campaign.read": Role.RESEARCHER,
    "campaign.change": Role.RESEARCHER,
}

SIGNED_IN = "signed in"  # the rule of a page outside every workspace
PUBLIC = "public"
PLACE = "workspace"  # of the session: where the person was last
View = Callable[..., HttpResponseBase]


class Asked(HttpRequest):
    """A request that `page` has let in."""

    scope: Scope


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Sign in and come back. A fragment sends the whole page there, else it would hold the form in its own place."""
    htmx = getattr(request, "htmx", None)
    if htmx:
        page = redirect_to_login(htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(page.url)
    is_visit = request.method in {"GET", "HEAD"}
    return redirect_to_login(request.get_full_path() if is_visit else page_before(request))


def page_before(request: HttpRequest) -> str:
    """Where the button stood that was pressed: its own address is none to come back to."""
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(before)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def may(role: Role, action: str) -> bool:
    return role.includes(ACTIONS[action])


def page(action: str) -> Callable[[View], View]:
    """A page below /w/<slug>/: the view finds `request.scope`; a stranger gets 404, a role too low 403."""

    if action not in ACTIONS:
        raise KeyError(action)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            request.scope = member_scope(request, slug)  # type: ignore[attr-defined]
            if not may(request.scope.role, action):  # type: ignore[attr-defined]
                raise PermissionDenied(_("This needs the role %(role)s.") % {"role": ACTIONS[action].label.lower()})
            remember_place(request)
            return view(request, **kwargs)

        guarded.access_rule = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: View) -> View:
    """A page about the person alone, outside every workspace."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        request.last_place = SimpleLazyObject(lambda: last_place(request))  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    guarded.access_rule = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def public(reason: str) -> Callable[[View], View]:
    """A page for anybody, and why it has to be."""

    def decorate(view: View) -> View:
        @wraps(view)
        def open_to_all(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        open_to_all.access_rule, open_to_all.reason = PUBLIC, reason  # type: ignore[attr-defined]
        return open_to_all

    return decorate


def member_scope(request: HttpRequest, slug: str) -> Scope:
    membership = (
        Membership.objects.select_related("workspace")
        .filter(person=request.user.pk, workspace__slug=slug, workspace__deleted_at=None)
        .first()
    )
    if membership is None:
        raise Http404("No such workspace.")
    return scope_at(request, membership)


def scope_at(request: HttpRequest, membership: Membership) -> Scope:
    return Scope(
        cast(Person, request.user), membership.workspace, Role(membership.role), request_id=getattr(request, "id", "")
    )


def remember_place(request: HttpRequest) -> None:
    """Of pages alone: what asks by itself in another tab says nothing of where the person is."""
    if request.headers.get("HX-Request"):
        return
    here = str(request.scope.workspace.pk)  # type: ignore[attr-defined]
    if request.session.get(PLACE) != here:
        request.session[PLACE] = here


def last_place(request: HttpRequest) -> Scope | None:
    """The workspace where the person was last, or else their only one: pages outside of all lead back there."""
    found = Membership.objects.select_related("workspace").filter(person=request.user.pk, workspace__deleted_at=None)
    places = list(found.filter(workspace=request.session.get(PLACE)) or found[:2])
    return scope_at(request, places[0]) if len(places) == 1 else None


def scope_of(request: Request) -> Scope:
    """Who is asking, once `Permission` has let the call in."""
    return cast(Scope, request.auth)


class Permission(BasePermission):
    """Reads `rules` of an API view: {"list" or "get": action}; a view without a rule lets nobody in."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        scope = getattr(request, "auth", None)
        if not isinstance(scope, Scope):
            return False
        method = (request.method or "").lower()
        if not hasattr(view, method):
            raise MethodNotAllowed(method.upper())
        if method == "options":
            return True  # says what there is
        name = getattr(view, "action", None) or ("get" if method == "head" else method)  # Django answers HEAD with GET
        rule = getattr(view, "rules", {}).get(name)
        if rule is None:
            return False
        if not may(scope.role, rule):
            needed, own = ACTIONS[rule].label.lower(), scope.role.label.lower()
            said = _("This needs the role %(role)s; yours here is %(own)s.")
            if scope.token:
                said = _("This needs the role %(role)s; with this token yours here is %(own)s.")
            self.message = said % {"role": needed, "own": own}
            return False
        return True
