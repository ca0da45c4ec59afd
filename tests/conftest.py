"""What every test may ask for: a workspace, its members by role, a stranger, and clients that act as them."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Membership, Person, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from annotation.queue import offers
from jobs import child, claims
from jobs.models import Job
from tests import emptying

hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)  # how long an example takes says how busy the machine is
hypothesis.settings.load_profile("busy")
PASSWORD = "correct-horse-battery"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, Any, Any]:
    """What is imported and collected, a million objects, stays to the end: nobody looks whether it can go."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True, scope="session")
def plain_static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests run without `collectstatic`: hashed names are production's. Files have a folder of their own."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    root = tmp_path_factory.mktemp("static")
    files = tmp_path_factory.mktemp("files")
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, STATIC_ROOT=root, MEDIA_ROOT=files):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """The cost of Argon2 is the product's to bear; one test looks that it does."""
    with override_settings(PASSWORD_HASHERS=["tests.hashing.QuickArgon2"]):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """`make test` has migrated the database that no test touches: a copy of it takes a second, and migrating many."""
    if "DATABASE_IS_MIGRATED" in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> Iterator[None]:
    """After a test with transactions of its own."""

    def empty(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            emptying.empty(alias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(autouse=True)
def no_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is mixed into a queue at a rate comes always at 1 and never below: no test depends on a draw."""
    monkeypatch.setattr(offers, "comes_up", lambda rate: rate >= 1)


@dataclass
class Member:
    """A person with a role in a workspace, and two ways of acting as them."""

    person: Person
    membership: Membership
    secret: str
    api: APIClient = field(default_factory=APIClient)
    browser: Client = field(default_factory=Client)

    @property
    def scope(self) -> Scope:
        return Scope(self.person, self.membership.workspace, Role(self.membership.role))


def make_member(workspace: Workspace, role: str, email: str | None = None) -> Member:
    person = Person(email=email or f"{role}@{workspace.slug}.example", name=role.title())
    person.set_unusable_password()  # only tests of signing in need one
    person.save()
    membership = Membership.objects.create(workspace=workspace, person=person, role=role)
    _token, secret = tokens.make(membership=membership, name="test", role=Role(role))
    member = Member(person, membership, secret)
    member.api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    member.browser.force_login(person)
    return member


@pytest.fixture
def workspace(db: None) -> Workspace:
    return Workspace.objects.create(name="Home", slug="home")


@pytest.fixture
def member(workspace: Workspace) -> Callable[..., Member]:
    """`member("reviewer")`: a new member of the workspace with that role."""
    return lambda role, email=None: make_member(workspace, role, email)


@pytest.fixture
def admin(workspace: Workspace) -> Member:
    return make_member(workspace, "admin")


@pytest.fixture
def researcher(workspace: Workspace) -> Member:
    return make_member(workspace, "researcher")


@pytest.fixture
def reviewer(workspace: Workspace) -> Member:
    return make_member(workspace, "reviewer")


@pytest.fixture
def annotator(workspace: Workspace) -> Member:
    return make_member(workspace, "annotator")


@pytest.fixture
def stranger(db: None) -> Member:
    """An admin of another workspace."""
    return make_member(Workspace.objects.create(name="Elsewhere", slug="elsewhere"), "admin")


@pytest.fixture
def finish_jobs(db: None, settings: Any, tmp_path: Path) -> Callable[[], list[Job]]:
    """`finish_jobs()` runs every waiting job inside the test, oldest first, and returns them as they ended.

    A handler's crash is raised into the test; what it foresaw (`Failed`, a refusal) is the job's error.
    """
    settings.MEDIA_ROOT = tmp_path / "files"

    def finish() -> list[Job]:
        done: list[Job] = []
        while job := Job.objects.filter(state=Job.State.QUEUED, parked_at=None).order_by("created_at").first():
            claim = claims.take(job.pk, worker="test")
            assert claim is not None
            child.carry_out(*child.open_work(claim), apart=False)
            done.append(Job.objects.get(pk=job.pk))
        return done

    return finish
