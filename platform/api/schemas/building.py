"""A frozen dataclass from plain values, or a refusal that names every field that is wrong."""

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _

from api.refusals import Invalid
from api.schemas.describing import choices, has_default, keywords

T = TypeVar("T")
Errors = list[tuple[str, str]]


class Wrong(Exception):
    """A value that is not what its field takes; the rows are paths and sentences."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


def build(settings: type[T], values: Any, field: str = "") -> T:
    """The settings that these values choose. `field` is where they stand in the request, for the paths of errors."""
    try:
        return read(settings, values, field)
    except Wrong as wrong:
        path, message = wrong.errors[0]
        raise Invalid(f"{path}: {message}" if path else message, errors=wrong.errors) from None


def read(hint: Any, value: Any, path: str) -> Any:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return read_fields(hint, value, path)
    if hint in SCALARS:
        return SCALARS[hint](value, path)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(read_choice([member.value for member in hint], value, path))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return read_choice(list(arguments), value, path)
    if origin in {Union, UnionType}:
        return read_union(arguments, value, path)
    if origin in {list, tuple}:
        return read_array(origin, arguments, value, path)
    if origin in {dict, Mapping}:
        if not isinstance(value, dict):
            raise Wrong([(path, _("This must be an object: {…}."))])
        return {name: read(arguments[1], part, join(path, name)) for name, part in value.items()}
    raise TypeError(f"{hint!r} cannot be read here.")


def read_fields(settings: type[T], value: Any, path: str) -> T:
    if isinstance(value, settings):
        return value
    if not isinstance(value, dict):
        raise Wrong([(path, _("This must be an object: {…}."))])
    fields, hints = {one.name: one for one in choices(settings)}, get_type_hints(settings)
    known = ", ".join(fields) or _("none")
    errors: Errors = [
        (join(path, str(name)), _("There is no such setting; there are: %(known)s.") % {"known": known})
        for name in value.keys() - fields.keys()
    ]
    found = {}
    for name, one in fields.items():
        if name in value:
            try:
                found[name] = bounded(one, read(hints[name], value[name], join(path, name)), join(path, name))
            except Wrong as wrong:
                errors += wrong.errors
        elif not has_default(one):
            errors.append((join(path, name), _("This is needed.")))
    if errors:
        raise Wrong(sorted(errors))
    try:
        return settings(**found)
    except ValueError as error:
        raise Wrong([(join(path, named_by(error, fields)), _(str(error)))]) from None


def named_by(error: ValueError, fields: Mapping[str, Any]) -> str:
    """The field that a `__post_init__` speaks of: its error's `name`, else the first word of its sentence."""
    name = str(getattr(error, "name", ""))
    first = re.match(r"\W*(\w+)", str(error))
    return next((word for word in (name, first[1] if first else "") if word in fields), "")


def bounded(one: "dataclasses.Field[Any]", value: Any, path: str) -> Any:
    if value is None:
        return None
    for keyword, bound in keywords(one).items():
        if keyword in CHECKS:
            is_kept, sentence = CHECKS[keyword]
            if not is_kept(value, bound):
                shown = ", ".join(map(str, bound)) if isinstance(bound, list) else bound
                raise Wrong([(path, sentence() % {"bound": shown})])
    return value


CHECKS: dict[str, tuple[Callable[[Any, Any], bool], Callable[[], str]]] = {
    "minimum": (lambda value, bound: value >= bound, lambda: _("This must be at least %(bound)s.")),
    "maximum": (lambda value, bound: value <= bound, lambda: _("This must be at most %(bound)s.")),
    "exclusiveMinimum": (lambda value, bound: value > bound, lambda: _("This must be more than %(bound)s.")),
    "exclusiveMaximum": (lambda value, bound: value < bound, lambda: _("This must be less than %(bound)s.")),
    "minLength": (lambda value, bound: len(value) >= bound, lambda: _("This must have at least %(bound)s characters.")),
    "maxLength": (lambda value, bound: len(value) <= bound, lambda: _("This may have at most %(bound)s characters.")),
    "minItems": (lambda value, bound: len(value) >= bound, lambda: _("At least %(bound)s are needed.")),
    "maxItems": (lambda value, bound: len(value) <= bound, lambda: _("At most %(bound)s may be given.")),
    "pattern": (lambda value, bound: re.search(bound, value) is not None, lambda: _("This must match %(bound)s.")),
    "enum": (lambda value, bound: value in bound, lambda: _("Choose one of: %(bound)s.")),
}


def read_choice(values: list[Any], value: Any, path: str) -> Any:
    if any(type(value) is type(known) and value == known for known in values):
        return value
    raise Wrong([(path, _("Choose one of: %(known)s.") % {"known": ", ".join(map(str, values))})])


def read_union(parts: tuple[Any, ...], value: Any, path: str) -> Any:
    if value is None and NoneType in parts:
        return None
    refused: Errors = []
    for part in parts:
        if part is not NoneType:
            try:
                return read(part, value, path)
            except Wrong as wrong:
                # Of several readings, the one that got furthest into the value says what is wrong with it.
                refused = max(refused, wrong.errors, key=lambda errors: errors[0][0].count(".") if errors else -1)
    raise Wrong(refused)


def read_array(kind: type, parts: tuple[Any, ...], value: Any, path: str) -> Any:
    if not isinstance(value, list | tuple):
        raise Wrong([(path, _("This must be a list: […]."))])
    is_open = kind is list or parts[-1] is Ellipsis
    if not is_open and len(value) != len(parts):
        raise Wrong([(path, _("Exactly %(count)s are needed.") % {"count": len(parts)})])
    hints = [parts[0]] * len(value) if is_open else parts
    return kind(read(hint, part, join(path, str(n))) for n, (hint, part) in enumerate(zip(hints, value, strict=True)))


def read_bool(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong([(path, _("This must be true or false."))])


def read_int(value: Any, path: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)  # JSON knows one kind of number
    raise Wrong([(path, _("This must be a whole number."))])


def read_float(value: Any, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(value):
                return float(value)
    raise Wrong([(path, _("This must be a number."))])


def read_str(value: Any, path: str) -> str:
    if isinstance(value, str):
        return value
    raise Wrong([(path, _("This must be text."))])


def read_decimal(value: Any, path: str) -> Decimal:
    try:
        found = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        found = None
    if found is not None and found.is_finite():
        return found
    raise Wrong([(path, _('This must be a decimal number as text, such as "1.50".'))])


def read_any(value: Any, path: str) -> Any:
    return value


SCALARS: dict[Any, Callable[[Any, str], Any]] = {
    bool: read_bool,
    int: read_int,
    float: read_float,
    str: read_str,
    Decimal: read_decimal,
    Any: read_any,
}


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
