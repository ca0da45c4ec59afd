"""Making, finding and revoking API tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Membership, Token
from accounts.roles import Role
from accounts.scope import Scope
from api.refusals import Conflict, Invalid

PREFIX = "ts_"
MOST_DAYS = 3_650
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


@transaction.atomic
def issue(
    *, scope: Scope, name: str, role: Role | None = None, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A token of one's own: it can do no more, and lasts no longer, than what it was asked for with."""
    role = role or scope.role
    if not scope.role.includes(role):
        raise Invalid(_("You are %(role)s here: a token cannot do more.") % {"role": scope.role}, field="role")
    if expires_at and not now() < expires_at <= now() + timedelta(days=MOST_DAYS):
        raise Invalid(_("A token expires in the future, within ten years."), field="expires_at")
    if scope.token and scope.token.expires_at:
        expires_at = min(expires_at or scope.token.expires_at, scope.token.expires_at)
    membership = Membership.objects.select_for_update().filter(person=scope.person, workspace=scope.workspace).first()
    if membership is None:
        raise Conflict(_("You are no longer a member."))
    token, secret = make(membership=membership, name=name, role=role, expires_at=expires_at)
    scope.record("token.created", "token", token.pk, role=role)
    return token, secret


@transaction.atomic
def revoke(*, scope: Scope, token: Token) -> None:
    """From now on the token opens nothing; revoking it again changes nothing."""
    if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now()):
        scope.record("token.revoked", "token", token.pk, person=str(token.person_id))


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
        # Naming what was read lets one of many calls at once write, and the others find nothing to do.
        Token.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(last_used_at=moment)
    role = Role.lesser(token.role, token.present_role)
    return Scope(token.person, token.workspace, role, token, request_id)
