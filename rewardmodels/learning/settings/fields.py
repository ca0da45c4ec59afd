"""How a setting is written down: with the words of its form and its bounds, against which values are checked."""

import dataclasses
import math
from dataclasses import field
from typing import Any, get_args, get_origin, get_type_hints

JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


class SettingError(ValueError):
    """A sentence about one setting."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def setting(default: Any, title: str, help_text: str, **bounds: Any) -> Any:
    """A field with the words of its form; bounds are JSON Schema's minimum, maximum and enum.

    `group="main"` puts it among the choices that a form shows at once.
    """
    return field(default=default, metadata={"title": title, "description": help_text, **bounds})


def check(settings: Any) -> None:
    """Every field has its type and lies within its bounds."""
    hints = get_type_hints(type(settings))
    for one in dataclasses.fields(settings):
        value = getattr(settings, one.name)
        if get_origin(hints[one.name]) is tuple:
            check_list(one.name, value, get_args(hints[one.name])[0], one.metadata)
            continue
        kinds = get_args(hints[one.name]) or (hints[one.name],)
        if value is None and type(None) in kinds:
            continue
        expected = next(kind for kind in kinds if kind is not type(None))
        is_fitting = type(value) is expected or (expected is float and type(value) is int)
        if not is_fitting or (expected is float and not math.isfinite(value)):
            raise SettingError(one.name, f"{one.metadata['title']}: this must be of type {JSON_TYPES[expected]}.")
        check_bounds(one.name, value, one.metadata)


def check_list(name: str, value: Any, kind: type, metadata: Any) -> None:
    """A tuple of words, none of them empty, or of finite numbers."""
    if kind is str:
        if type(value) is not tuple or not all(type(word) is str and word.strip() for word in value):
            raise SettingError(name, f"{metadata['title']}: this must be a list of words.")
        return
    kinds = (int, float) if kind is float else (kind,)
    if type(value) is not tuple or not all(type(one) in kinds and math.isfinite(one) for one in value):
        raise SettingError(name, f"{metadata['title']}: this must be a list of {JSON_TYPES[kind]}s.")


def check_bounds(name: str, value: Any, metadata: Any) -> None:
    if "enum" in metadata and value not in metadata["enum"]:
        raise SettingError(name, f"{metadata['title']}: choose one of {', '.join(metadata['enum'])}.")
    low, high = metadata.get("minimum"), metadata.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        raise SettingError(name, f"{metadata['title']}: this must lie between {low} and {high}.")
