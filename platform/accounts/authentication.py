"""How the API learns who is asking: a bearer token, or the browser's session with its CSRF token."""

from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import tokens
from accounts.models import Membership, Person
from accounts.roles import Role
from accounts.scope import Scope


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Person, Scope] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        scope = tokens.scope_of(secret.strip(), request_id=getattr(request._request, "id", ""))
        if scope is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return scope.person, scope

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's person; `X-Workspace` names the workspace where there are several."""

    def authenticate(self, request: Request) -> tuple[Person, Scope] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        person = found[0]
        memberships = Membership.objects.select_related("workspace").filter(person=person, workspace__deleted_at=None)
        if slug := request.headers.get("X-Workspace"):
            memberships = memberships.filter(workspace__slug=slug)
        membership = memberships.order_by("since", "pk").first()
        if membership is None:
            raise AuthenticationFailed(_("You belong to no such workspace."))
        scope = Scope(person, membership.workspace, Role(membership.role), None, getattr(request._request, "id", ""))
        return person, scope
