"""A frozen dataclass as JSON Schema.

A field says more of itself in its metadata: `title`, `help` (or `description`), `minimum`, `maximum`,
`exclusive_minimum`, `exclusive_maximum`, `min_length`, `max_length`, `min_items`, `max_items`, `pattern`, `enum`.
Three words are for forms alone: `group`, the fieldset that it stands in, `kinds`, what it applies to, and `labels`,
what people call each of the values that can be chosen.
"""

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django.utils.functional import Promise

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCALARS: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Decimal: {"type": "string", "format": "decimal"},
    Any: {},
}
KEYWORDS = {
    "help": "description",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_items": "minItems",
    "max_items": "maxItems",
}
FOR_FORMS = {"group", "kinds", "labels"}
PLAIN_KEYWORDS = {"title", "description", "minimum", "maximum", "pattern", "enum", "format"} | set(KEYWORDS.values())


def of_dataclass(settings: type) -> Schema:
    """The whole schema, ready to be published."""
    return {"$schema": DIALECT, **of_type(settings)}


def of_type(hint: Any) -> Schema:
    if hint in SCALARS:
        return dict(SCALARS[hint])
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return of_fields(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return of_values([member.value for member in hint])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return of_values(list(arguments))
    if origin in {Union, UnionType}:
        return of_union([part for part in arguments if part is not NoneType], NoneType in arguments)
    if origin is list or (origin is tuple and arguments[-1] is Ellipsis):
        return {"type": "array", "items": of_type(arguments[0])}
    if origin is tuple:
        count = len(arguments)
        parts = [of_type(part) for part in arguments]
        return {"type": "array", "prefixItems": parts, "items": False, "minItems": count, "maxItems": count}
    if origin in {dict, Mapping}:
        return {"type": "object", "additionalProperties": of_type(arguments[1])}
    raise TypeError(f"{hint!r} has no JSON Schema here.")


def of_values(values: list[Any]) -> Schema:
    kinds = {next(schema["type"] for kind, schema in SCALARS.items() if type(value) is kind) for value in values}
    return {"type": kinds.pop() if len(kinds) == 1 else sorted(kinds), "enum": values}


def of_union(parts: list[Any], may_be_null: bool) -> Schema:
    schemas = [of_type(part) for part in parts]
    if not may_be_null:
        return {"anyOf": schemas}
    if len(schemas) > 1 or not isinstance(schemas[0].get("type"), str):
        return {"anyOf": [*schemas, {"type": "null"}]}
    schema = {**schemas[0], "type": [schemas[0]["type"], "null"]}
    return {**schema, "enum": [*schema["enum"], None]} if "enum" in schema else schema


def of_fields(settings: type) -> Schema:
    hints = get_type_hints(settings)
    schema: Schema = {
        "title": getattr(settings, "title", settings.__name__),
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: of_field(one, hints[one.name]) for one in choices(settings)},
    }
    if settings.__doc__ and not settings.__doc__.startswith(f"{settings.__name__}("):
        schema["description"] = settings.__doc__.strip()
    if needed := [one.name for one in choices(settings) if not has_default(one)]:
        schema["required"] = needed
    return schema


def of_field(one: "dataclasses.Field[Any]", hint: Any) -> Schema:
    schema = {**of_type(hint), **keywords(one)}
    if isinstance(schema.get("type"), list) and "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    if has_default(one):
        schema["default"] = plain(default_of(one))
    return schema


def keywords(one: "dataclasses.Field[Any]") -> Schema:
    """What the metadata says, in JSON Schema's words; a word that is none is a mistake of ours."""
    found = {KEYWORDS.get(name, name): value for name, value in one.metadata.items() if name not in FOR_FORMS}
    if unknown := set(found) - PLAIN_KEYWORDS:
        raise TypeError(f"{one.name}: {', '.join(sorted(unknown))} is no keyword of JSON Schema that is known here.")
    if "enum" in found:
        found["enum"] = list(found["enum"])
    return {name: str(value) if isinstance(value, Promise) else value for name, value in found.items()}


def choices(settings: type) -> "list[dataclasses.Field[Any]]":
    """The fields that a person chooses."""
    return [one for one in dataclasses.fields(settings) if one.init]


def has_default(one: "dataclasses.Field[Any]") -> bool:
    return one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING


def default_of(one: "dataclasses.Field[Any]") -> Any:
    return one.default_factory() if one.default_factory is not dataclasses.MISSING else one.default


def plain(value: Any) -> Any:
    """A default as JSON holds it."""
    if dataclasses.is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in choices(type(value))}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return str(value) if isinstance(value, Decimal) else value
