"""No request that can be made from the document, right or wrong, breaks anything, and every answer is as it says.

Schemathesis makes the requests of each operation, the parts of the address are things that exist, and the answers come
from the application as a server would run it. The requests are the same in every run.
"""

import json
import re
from operator import methodcaller
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis import GenerationMode, checks

from accounts.models import Workspace
from api import document
from api.reading import Reader
from config.wsgi import application
from tests import samples
from tests.conftest import make_member
from tests.test_access_matrix import routes

DOCUMENT = document.current().content
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
SCHEMA.app = application
OPERATIONS: dict[str, Any] = {one.label: one for one in map(methodcaller("ok"), SCHEMA.get_all_operations())}
WRITING = [label for label, operation in OPERATIONS.items() if operation.body]
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# What JSON can say and a database, a float or a view may choke on.
NASTY = [
    *['"a\\u0000b"', '"\\ud800"', "1e400", "-1e308", "9" * 30, "9223372036854775807", "-1", "0", "1.5", '"1.5"'],
    *["null", "true", "[]", "{}", "[[]]", "[null]", "[{}]", '{"": null}', '{"a\\u0000": 1}', '""', '" "', '"NaN"'],
    *['"\\u202e\\ufeff"', '"' + "x" * 5_000 + '"', "[" * 70 + "]" * 70, '"9999-12-31T23:59:59Z"', '"0000-00-00"'],
    *['"=1+1"', "[" + "1," * 2_000 + "1]", '"../../etc/passwd"', '"00000000-0000-0000-0000-000000000000"'],
]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]


def bounded(examples):
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def shape(path):
    """`/projects/<uuid:project>/` and `/projects/{id}/` are one."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)


ROUTES = {shape(route.path): route for route in routes() if route.is_api}


def test_every_route_of_the_api_is_in_the_document():
    described = {shape(operation.path) for operation in OPERATIONS.values()}
    assert {path for path, route in ROUTES.items() if route.name not in {"api-schema", "api-docs"}} == described


@pytest.fixture
def world():
    """An admin, with whom nothing is refused for the role, and the things that stand in addresses."""
    workspace = Workspace.objects.create(name="Home", slug="home")
    stranger = make_member(Workspace.objects.create(name="Away", slug="away"), "admin")
    members = {role: make_member(workspace, role) for role in ("admin", "annotator")}
    return samples.World(workspace, members, stranger)


def parts_of(operation, world):
    """What exists for the parts of the address, by their names in the document."""
    route = ROUTES[shape(operation.path)]
    filled = samples.address(route.pattern, route.prefix, world, world.admin)
    return dict(zip(re.findall(r"\{([^}]*)\}", operation.path), map(str, filled.values()), strict=True))


def try_out(label, world, examples):
    operation, parts = OPERATIONS[label], parts_of(OPERATIONS[label], world)
    headers = {"Authorization": f"Bearer {world.admin.secret}"}

    def ask(case: Any) -> None:
        case.path_parameters = parts
        with transaction.atomic():
            case.validate_response(case.call(headers=headers), checks=CHECKS)
            transaction.set_rollback(True)

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        bounded(examples)(given(case=operation.as_strategy(generation_mode=mode))(ask))()


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_the_document_says(label, world):
    try_out(label, world, examples=2)


@pytest.mark.slow
@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_the_document_says_many_times(label, world):
    try_out(label, world, examples=60)


def fields_of(operation):
    """Names of the body, and of the objects in it: `answer`, `preferred`."""
    body = DOCUMENT["paths"][operation.path][operation.method]["requestBody"]
    rows = Reader(DOCUMENT).rows(Reader(DOCUMENT).content(body)[1])
    return sorted({re.sub(r"\[\]", "", row.name).split(".")[0] for row in rows}) or ["x"]


def send_nasty(label, world, examples):
    operation, parts = OPERATIONS[label], parts_of(OPERATIONS[label], world)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {world.admin.secret}")
    path = operation.path.format(**parts)
    bodies = st.dictionaries(st.sampled_from(fields_of(operation)), st.sampled_from(NASTY), min_size=1)

    @bounded(examples)
    @given(bodies)
    def ask(members: dict[str, str]) -> None:
        body = "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in members.items()) + "}"
        with transaction.atomic():
            answer = client.generic(operation.method.upper(), path, body, "application/json")
            transaction.set_rollback(True)
        assert answer.status_code < 500, body[:300]
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", body[:300]

    ask()


@pytest.mark.parametrize("label", WRITING)
def test_no_body_whatever_breaks_anything(label, world):
    send_nasty(label, world, examples=12)


@pytest.mark.slow
@pytest.mark.parametrize("label", WRITING)
def test_no_body_whatever_breaks_anything_many_times(label, world):
    send_nasty(label, world, examples=300)
