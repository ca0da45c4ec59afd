"""Making, finding and revoking API tokens."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Model
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import Membership, Person, Token, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from api.refusals import Conflict, Invalid
from web.database import prepared

Row = TypeVar("Row", bound=Model)
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
    row = prepared.fetch_one(statement(), {"sha256": digest(secret), "moment": moment})
    if row is None:
        return None
    token, row = loaded(Token, row)
    person, row = loaded(Person, row)
    workspace, (present_role,) = loaded(Workspace, row)
    token.person, token.workspace = person, workspace
    if token.last_used_at is None or moment - token.last_used_at > TOUCH_EVERY:
        # Naming what was read lets one of many calls at once write, and the others find nothing to do.
        Token.objects.filter(pk=token.pk, last_used_at=token.last_used_at).update(last_used_at=moment)
    return Scope(person, workspace, Role.lesser(token.role, present_role), token, request_id)


@cache
def statement() -> str:
    """Every call of the API asks this: written out, for the ORM spends four times as long on putting it together."""
    columns = ", ".join(
        f'{alias}."{field.column}"'
        for alias, model in (("t", Token), ("p", Person), ("w", Workspace))
        for field in model._meta.concrete_fields
    )
    return f"""
        SELECT {columns}, m.role
          FROM accounts_token t
          JOIN accounts_person p ON p.id = t.person_id AND p.is_active
          JOIN accounts_workspace w ON w.id = t.workspace_id AND w.deleted_at IS NULL
          JOIN accounts_membership m ON m.person_id = t.person_id AND m.workspace_id = t.workspace_id
         WHERE t.sha256 = %(sha256)s AND t.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > %(moment)s)
    """  # noqa: S608  (names of our own columns)


def loaded(model: type[Row], row: tuple[Any, ...]) -> tuple[Row, tuple[Any, ...]]:
    """The object that a row begins with, and what follows it."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, row[: len(names)]), row[len(names) :]
