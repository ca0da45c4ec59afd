"""Making, finding and revoking API tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils.timezone import now

from accounts.models import Membership, Token
from accounts.roles import Role
from accounts.scope import Scope

PREFIX = "ts_"
TOUCH_EVERY = timedelta(minutes=1)  # `last_used_at` is not written on every call


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def make(*, membership: Membership, name: str, role: Role, expires_at: datetime | None = None) -> tuple[Token, str]:
    """A token and, this once, its secret."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        person=membership.person,
        workspace=membership.workspace,
        name=name,
        role=role,
        prefix=secret[:9],
        sha256=digest(secret),
        expires_at=expires_at,
    )
    return token, secret


def scope_of(secret: str, *, request_id: str = "") -> Scope | None:
    """The scope that a bearer's secret opens, if the token, the person and the membership all still stand."""
    moment = now()
    token = (
        Token.objects.select_related("person", "workspace")
        .filter(Q(expires_at=None) | Q(expires_at__gt=moment), sha256=digest(secret), revoked_at=None)
        .filter(person__is_active=True, workspace__deleted_at=None)
        .filter(person__memberships__workspace=F("workspace"))
        .annotate(present_role=F("person__memberships__role"))
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or moment - token.last_used_at > TOUCH_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=moment)
    role = Role.lesser(token.role, token.present_role)
    return Scope(token.person, token.workspace, role, token, request_id)
