"""Every address of the project × every role × a stranger × somebody who is not signed in × every method.

What is expected is read from `accounts.access`: the rule of each route and the one table of roles and actions. A route
without a rule fails here by name, and so does one whose address nobody knows how to fill (see tests/samples/).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from accounts import access
from accounts.models import Person, Workspace
from accounts.roles import Role
from tests import samples
from tests.conftest import Member, make_member

pytestmark = pytest.mark.django_db
METHODS = ["get", "post", "put", "patch", "delete"]
STRANGER, NOBODY = "stranger", "nobody"
CALLERS = [*Role.values, STRANGER, NOBODY]

# Routes that anybody may call, and why. Those of apps below accounts cannot say it in code.
PUBLIC = {
    "account_login": "signing in begins here",
    "account_inactive": "whoever was switched off is told so",
    "account_logout": "signing out twice is no error",
    "account_reset_password": "somebody who has forgotten the password cannot sign in",
    "account_reset_password_done": "as above",
    "account_reset_password_from_key": "as above",
    "account_reset_password_from_key_done": "as above",
    "own_language": "who signs in reads in a language of their choice",
    "mfa_authenticate": "the second step of signing in",
    "invitation": "whoever holds the link has no account yet",
    "api-schema": "what can be called is no secret; what it answers is",
    "schema": "as above",
    "api-docs": "as above",
    "docs": "as above",
    "healthz": "a load balancer asks it",
    "readyz": "a load balancer asks it",
    "metrics": "answers on loopback or to METRICS_TOKEN alone, by itself",
}
STAFF = "staff"  # pages for those who look after the installation; they show no data of any workspace


@dataclass(frozen=True)
class Route:
    """One address of the resolver."""

    prefix: str
    pattern: URLPattern

    @property
    def name(self) -> str:
        return self.pattern.name or ""

    @property
    def path(self) -> str:
        return f"/{self.prefix}{self.pattern.pattern}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def view(self) -> Any:
        return self.pattern.callback

    @property
    def is_viewset(self) -> bool:
        return hasattr(self.view, "actions")

    def methods(self) -> list[str]:
        """Those that an API view has, and HEAD where it has GET; a page is asked for each and may answer 405."""
        if not self.is_api:
            return METHODS
        has = self.view.actions.__contains__ if self.is_viewset else lambda method: hasattr(self.view.cls, method)
        return [*filter(has, METHODS), *(["head"] if has("get") else [])]

    def rule(self, method: str) -> str:
        """An action of the table, "signed in" or "public"; empty where nobody wrote one."""
        method = "get" if method == "head" else method  # Django answers HEAD with the view's GET
        if self.name in PUBLIC:
            return access.PUBLIC
        if self.is_api and hasattr(self.view, "cls"):
            name = self.view.actions[method] if self.is_viewset else method
            return getattr(self.view.cls, "rules", {}).get(name, "")
        return getattr(self.view, "access_rule", "")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[Route]:
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, prefix + str(entry.pattern))
        else:
            yield Route(prefix, entry)


ROUTES = list(routes())


@pytest.fixture
def world() -> samples.World:
    workspace = Workspace.objects.create(name="Home", slug="home")
    members = {role: make_member(workspace, role) for role in Role.values}
    stranger = make_member(Workspace.objects.create(name="Away", slug="away"), "admin")
    for member in [*members.values(), stranger]:
        furnish(member)
    return samples.World(workspace, members, stranger)


def furnish(member: Member) -> None:
    """A password and a second factor, so that the pages about them have something to show."""
    member.person.password = KNOWN_HASH
    member.person.save()
    TOTP.activate(member.person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(member.person)
    member.browser.force_login(member.person)


KNOWN_HASH = "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FtcGxlc2FsdA$nothing"


def expected(route: Route, rule: str, caller: str) -> str:
    """What the table says of this caller."""
    if rule == access.PUBLIC:
        return "allowed"
    if caller == NOBODY:
        return "401" if route.is_api else "sign in"
    if rule == access.SIGNED_IN:
        return "allowed"
    if rule == STAFF:
        return "404"
    if caller == STRANGER:
        return "404" if samples.parts(route.pattern, route.prefix) else "allowed"
    return "allowed" if access.may(Role(caller), rule) else "403"


def observed(answer: Any) -> str:
    if answer.status_code == 302 and answer["Location"].startswith(reverse("account_login")):
        return "sign in"
    if answer.status_code == 401:
        assert answer["WWW-Authenticate"]
    return str(answer.status_code) if answer.status_code in {401, 403, 404, 405} else "allowed"


def ask(route: Route, methods: list[str], caller: str, world: samples.World) -> dict[str, str]:
    """What was observed by each method, which found the same things: whatever one did is taken back."""
    actor = world.members.get(caller, world.stranger if caller == STRANGER else world.admin)
    seen = {}
    with transaction.atomic():
        filled = samples.address(route.pattern, route.prefix, world, actor)
        path = "/" + route.prefix + str(route.pattern.pattern)
        path = reverse(route.name, kwargs=filled) if route.name else path
        for method in methods:
            body = samples.body_for(route.name) if method in {"post", "put", "patch"} else None
            with transaction.atomic():
                seen[method] = observed(getattr(client(route, caller, actor), method)(path, body))
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    return seen


def client(route: Route, caller: str, actor: Member) -> Any:
    if caller == NOBODY:
        return APIClient() if route.is_api else Client()
    return actor.api if route.is_api else actor.browser


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name or route.path)
def test_each_address_answers_as_the_table_says(route, world):
    methods, has_answered = route.methods(), set()
    for method in methods:
        assert route.rule(method), f"{method.upper()} {route.path} ({route.name}) has no rule: see accounts/access.py"
    for caller in CALLERS:
        for method, seen in ask(route, methods, caller, world).items():
            if seen == "405" and not route.is_api:
                continue
            has_answered.add(method)
            rule = route.rule(method)
            if rule == access.PUBLIC and seen == "sign in":
                seen = "allowed"  # a page between two steps of signing in leads back to the first
            assert seen == expected(route, rule, caller), f"{caller}: {method.upper()} {route.path} by rule {rule}"
    assert has_answered, f"{route.path} answers no method at all"


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if getattr(route.view, "access_rule", "") == STAFF],
    ids=lambda route: route.name,
)
def test_staff_enters_the_pages_of_staff(route, world):
    Person.objects.update(is_staff=True)
    assert ask(route, ["get"], Role.ANNOTATOR, world) == {"get": "allowed"}


def test_what_is_public_is_written_down_with_a_reason():
    marked = {route.name for route in ROUTES if getattr(route.view, "access_rule", "") == access.PUBLIC}
    assert marked <= set(PUBLIC)
    assert set(PUBLIC) <= {route.name for route in ROUTES}
    assert all(PUBLIC.values())


def test_every_rule_is_an_action_of_the_table():
    known = {*access.ACTIONS, access.SIGNED_IN, access.PUBLIC, STAFF}
    for route in ROUTES:
        assert {route.rule(method) for method in route.methods()} <= known, route.path


def test_the_matrix_is_large(record_property):
    size = sum(len(route.methods()) * len(CALLERS) for route in ROUTES)
    sys.stdout.write(f"\naccess matrix: {len(ROUTES)} routes, {size} questions\n")
    record_property("questions", size)
    assert len(ROUTES) > 40
    assert size > 1_000
