"""The OpenAPI document as a person reads it: groups of calls, and schemas as rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from api.idempotency import HEADER
from api.problems import CONTENT_TYPE

DEEPEST = 4  # levels of a schema that are written out
METHODS = ("get", "post", "put", "patch", "delete")
BOUNDS = {"minimum": "≥ {}", "maximum": "≤ {}", "maxLength": "≤ {} characters", "maxItems": "≤ {} items"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One field or parameter; the name is a path: `results[].id`."""

    name: str
    kind: str
    is_needed: bool
    words: str
    bounds: str


@dataclass(frozen=True)
class Answer:
    code: str
    words: str
    media: str
    rows: list[Row]


@dataclass(frozen=True)
class Call:
    name: str
    method: str
    path: str
    words: str
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]
    example: str


@dataclass(frozen=True)
class Group:
    name: str
    calls: list[Call]


class Reader:
    """Follows references within one document."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def groups(self) -> list[Group]:
        found: dict[str, list[Call]] = {}
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    tag = (item[method].get("tags") or ["api"])[0]
                    found.setdefault(tag, []).append(self.call(method, path, item[method]))
        return [Group(tag, calls) for tag, calls in sorted(found.items())]

    def call(self, method: str, path: str, operation: Json) -> Call:
        media, body = self.content(operation.get("requestBody", {}))
        return Call(
            name=operation["operationId"],
            method=method.upper(),
            path=path,
            words=operation.get("description", ""),
            parameters=[self.parameter(one) for one in operation.get("parameters", [])],
            body=list(self.rows(body)) if body else [],
            answers=[self.answer(code, one) for code, one in operation["responses"].items() if code[1:] != "XX"],
            example=self.example(method, path, media, operation),
        )

    def content(self, part: Json) -> tuple[str, Json]:
        """The first media type, and its schema."""
        for media, content in self.follow(part).get("content", {}).items():
            return media, self.follow(content.get("schema", {}))
        return "", {}

    def follow(self, part: Json) -> Json:
        while "$ref" in part:
            found: Any = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = {**found, **{name: value for name, value in part.items() if name != "$ref"}}
        return part

    def parameter(self, one: Json) -> Row:
        schema = self.follow(one.get("schema", {}))
        where = "" if one["in"] == "query" else f" ({one['in']})"
        name = one["name"] + where
        return Row(name, kind_of(schema), one.get("required", False), one.get("description", ""), bounds_of(schema))

    def answer(self, code: str, part: Json) -> Answer:
        media, schema = self.content(part)
        rows = [] if media == CONTENT_TYPE else list(self.rows(schema))
        return Answer(code, self.follow(part).get("description", ""), media, rows)

    def rows(self, schema: Json, name: str = "", depth: int = 0) -> Iterator[Row]:
        schema = self.simple(schema)
        if schema.get("type") == "array":
            yield from self.rows(schema.get("items") or {}, f"{name}[]", depth)
        for field, part in schema.get("properties", {}).items():
            inner = self.simple(part)
            path = f"{name}.{field}" if name else field
            needed = field in schema.get("required", [])
            yield Row(path, kind_of(inner), needed, inner.get("description", ""), bounds_of(inner))
            if depth < DEEPEST:
                yield from self.rows(inner, path, depth + 1)

    def simple(self, schema: Json) -> Json:
        """References and single alternatives resolved."""
        schema = self.follow(schema)
        for word in ("allOf", "oneOf", "anyOf"):
            parts = [self.follow(part) for part in schema.get(word, []) if part.get("type") != "null"]
            if parts:
                rest = {name: value for name, value in schema.items() if name != word}
                schema = {**self.simple(parts[0]), **rest}
        return schema

    def example(self, method: str, path: str, media: str, operation: Json) -> str:
        lines = [f'curl -H "Authorization: Bearer $TOKEN" "$TOUCHSTONE{path}"']
        if method != "get":
            lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}")
        if any(one.get("name") == HEADER for one in operation.get("parameters", [])):
            lines.append(f'  -H "{HEADER}: $(uuidgen)"')
        body = self.content(operation.get("requestBody", {}))[1]
        if media == "application/json":
            sample = json.dumps(self.sample(body), ensure_ascii=False)
            lines.append(f"  --json '{sample}'")
        elif media:
            lines.append("  -F file=@pairs.jsonl")
        return " \\\n".join(lines)

    def sample(self, schema: Json, depth: int = 0) -> Any:
        """The smallest value of this form."""
        schema = self.simple(schema)
        for word in ("default", "const"):
            if word in schema:
                return schema[word]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = first_kind(schema)
        if kind == "object":
            names = [name for name in schema.get("properties", {}) if name in schema.get("required", [])]
            return {name: self.sample(schema["properties"][name], depth + 1) for name in names if depth < DEEPEST}
        if kind == "array":
            return [self.sample(schema.get("items") or {}, depth + 1)] if depth < DEEPEST else []
        plain: Json = {"string": "…", "integer": schema.get("minimum", 1), "number": 0.5, "boolean": True}
        return plain.get(kind)


def first_kind(schema: Json) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "")
    return kinds if isinstance(kinds, str) else next((kind for kind in kinds if kind != "null"), "null")


def kind_of(schema: Json) -> str:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if schema.get("format"):
        kinds = [schema["format"] if kind in {"string", "number"} else kind for kind in kinds]
    return _(" or ").join(kinds) or _("anything")


def bounds_of(schema: Json) -> str:
    parts = [words.format(schema[word]) for word, words in BOUNDS.items() if word in schema]
    if schema.get("enum"):
        parts.insert(0, " · ".join("null" if value is None else str(value) for value in schema["enum"]))
    if schema.get("default") is not None:
        parts.append(_("default %(value)s") % {"value": json.dumps(schema["default"], ensure_ascii=False)})
    return ", ".join(parts)
