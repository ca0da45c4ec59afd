"""The document says of every call what holds for every call, and a person can read it."""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from api import document
from api.idempotency import HEADER
from api.reading import Reader

# Creations that are safe to send twice by a rule of their own.
OWN_RULE = {"assignments_submit": "the same answer again is 200, another one 409"}


def operations():
    for path, item in document.current().content["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_made_without_a_warning(tmp_path):
    file = tmp_path / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(file))
    assert json.loads(file.read_text())["openapi"].startswith("3.1")


def test_every_creation_takes_an_idempotency_key():
    for method, path, operation in operations():
        if method == "post" and {"201", "202"} & set(operation["responses"]):
            named = any(one["name"] == HEADER for one in operation.get("parameters", []))
            assert named or operation["operationId"] in OWN_RULE, f"{path}: put @idempotent on the handler"


def test_every_call_says_that_a_refusal_is_a_problem():
    for _method, path, operation in operations():
        for code in ("4XX", "5XX"):
            assert operation["responses"][code] == {"$ref": "#/components/responses/Refused"}, path
        for code, answer in operation["responses"].items():
            if code[0] in "45" and "$ref" not in answer:
                assert list(answer["content"]) == ["application/problem+json"], path


def test_every_call_says_who_may_ask():
    for _method, path, operation in operations():
        assert operation["security"], path


def test_paths_end_in_a_slash_and_names_are_used_once():
    names = [operation["operationId"] for _method, _path, operation in operations()]
    assert len(names) == len(set(names))
    assert all(path.endswith("/") for _method, path, _operation in operations())


@pytest.mark.parametrize("path", ["/api/v1/schema/", "/schema/"])
def test_anybody_may_read_the_document_and_it_is_sent_once(path):
    first = Client().get(path)
    assert first.json() == document.current().content
    assert Client().get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    own = first["Content-Type"].partition(";")[0]
    assert Client().get(path, headers={"Accept": own}).content == first.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/docs/", "/docs/"])
def test_the_pages_name_every_call(path):
    page = Client().get(path).content.decode()
    for _method, path_of_call, operation in operations():
        assert f'id="{operation["operationId"]}"' in page
        assert path_of_call in page


SMALL = {
    "openapi": "3.1.1",
    "paths": {
        "/api/v1/things/": {
            "post": {
                "operationId": "things_create",
                "description": "Makes one.",
                "parameters": [{"name": HEADER, "in": "header", "schema": {"type": "string", "maxLength": 9}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"201": {"description": "", "content": {}}, "4XX": {"description": ""}},
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["kind", "parts"],
                "properties": {
                    "kind": {"type": "string", "enum": ["round", "square"]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                    "weight": {"type": ["number", "null"], "minimum": 0, "default": 0.5},
                },
            }
        }
    },
}


def test_a_call_is_read_with_its_fields_as_paths_and_an_example():
    (group,) = Reader(SMALL).groups()
    (call,) = group.calls
    assert (call.method, call.path, call.words) == ("POST", "/api/v1/things/", "Makes one.")
    assert [row.name for row in call.parameters] == ["Idempotency-Key (header)"]
    kind, parts, inner = call.body[:3]
    assert (kind.name, kind.kind, kind.is_needed, kind.bounds) == ("kind", "string", True, "round · square")
    assert (parts.name, inner.name) == ("parts", "parts[].kind")
    assert next(row for row in call.body if row.name == "weight").bounds == "≥ 0, default 0.5"
    assert [answer.code for answer in call.answers] == ["201"]
    assert call.example.startswith('curl -X POST -H "Authorization: Bearer $TOKEN"')
    assert '"kind": "round"' in call.example


def test_a_schema_that_holds_itself_is_read_to_an_end():
    (group,) = Reader(SMALL).groups()
    assert len(group.calls[0].body) < 20
