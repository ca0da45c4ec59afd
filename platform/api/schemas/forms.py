"""A form made from the same description as the API's schema, so that both refuse the same things at the same field."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from api.refusals import Invalid
from api.schemas.building import build
from api.schemas.describing import Schema, of_dataclass

SEPARATOR = "."  # between the names of nested settings: "optimiser.learning_rate"


class SettingsForm(forms.Form):
    """Fields of one method; once valid, `settings` is the checked dataclass and `values()` what was chosen."""

    source: type | None = None
    settings: Any = None

    def values(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            *outer, last = name.split(SEPARATOR)
            inner = found
            for part in outer:
                inner = inner.setdefault(part, {})
            inner[last] = value
        return found

    def clean(self) -> dict[str, Any]:
        if self.source is not None and not self.errors:
            try:
                self.settings = build(self.source, self.values())
            except Invalid as refusal:
                for path, message in refusal.errors:
                    self.add_error(self.nearest_field(path), message)
        return self.cleaned_data

    def nearest_field(self, path: str) -> str | None:
        """`prices.3` is said at `prices`; what belongs to no field is said above the form."""
        while path and path not in self.fields:
            path = path.rpartition(SEPARATOR)[0]
        return path or None


class ListField(forms.CharField):
    """Scalars, one a line."""

    widget = forms.Textarea

    def __init__(self, *, item: forms.Field, **options: Any) -> None:
        super().__init__(**options)
        self.item = item

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines()]
        return [self.item.clean(line) for line in lines if line]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The items were checked one by one."""


class DecimalTextField(forms.DecimalField):
    """A decimal that stays text, as the API carries it."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else str(found)


def form_for(source: type | Schema) -> type[SettingsForm]:
    """From a dataclass the form checks everything that the API checks; from a bare schema, what its fields say."""
    schema = source if isinstance(source, dict) else of_dataclass(source)
    fields = fields_of(schema, "")
    title = "".join(word.capitalize() for word in str(schema.get("title", "settings")).split() if word.isalnum())
    body = {**fields, "source": None if isinstance(source, dict) else source}
    return type(f"{title}Form", (SettingsForm,), body)


def fields_of(schema: Schema, prefix: str) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for name, part in schema.get("properties", {}).items():
        if part.get("type") == "object" and "properties" in part:
            found |= fields_of(with_defaults(part), f"{prefix}{name}{SEPARATOR}")
        else:
            found[f"{prefix}{name}"] = field_of(name, part, name in schema.get("required", []))
    return found


def with_defaults(part: Schema) -> Schema:
    """The default of a nested whole, handed down to its fields."""
    given = part.get("default") or {}
    properties = {
        name: {**inner, **({"default": given[name]} if name in given else {})}
        for name, inner in part["properties"].items()
    }
    return {**part, "properties": properties}


def field_of(name: str, schema: Schema, is_needed: bool) -> forms.Field:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    may_be_empty = "null" in kinds or schema.get("default") in ("", [], {})
    options: dict[str, Any] = {
        "label": schema.get("title") or name.replace("_", " ").capitalize(),
        "help_text": schema.get("description", ""),
        "initial": schema.get("default"),
        "required": is_needed or not may_be_empty,
    }
    kind = next((one for one in kinds if one != "null"), "")
    if "enum" in schema:
        return choice_field(schema, options)
    if kind == "boolean":
        is_three_way = "null" in kinds
        return (forms.NullBooleanField if is_three_way else forms.BooleanField)(**{**options, "required": False})
    if kind in {"integer", "number"}:
        return number_field(kind, schema, options)
    if kind == "string":
        return text_field(schema, options)
    items = schema.get("items")
    if kind == "array" and isinstance(items, dict) and items.get("type") in {"integer", "number", "string"}:
        return array_field(items, options)
    return JSONTextField(**options)


def choice_field(schema: Schema, options: dict[str, Any]) -> forms.Field:
    values = [value for value in schema["enum"] if value is not None]
    empty = [("", _("— none —"))] if None in schema["enum"] else []
    shown = {str(value): value for value in values}
    labels = [(str(value), str(value).replace("_", " ")) for value in values]
    return forms.TypedChoiceField(choices=[*empty, *labels], coerce=shown.__getitem__, empty_value=None, **options)


def number_field(kind: str, schema: Schema, options: dict[str, Any]) -> forms.Field:
    bounds: dict[str, Any] = {"min_value": schema.get("minimum"), "max_value": schema.get("maximum")}
    return (forms.IntegerField if kind == "integer" else forms.FloatField)(**bounds, **options)


def text_field(schema: Schema, options: dict[str, Any]) -> forms.Field:
    if schema.get("format") == "decimal":
        return DecimalTextField(**options)
    bounds: dict[str, Any] = {"min_length": schema.get("minLength"), "max_length": schema.get("maxLength")}
    empty = None if options["initial"] is None and not options["required"] else ""
    return forms.CharField(empty_value=empty, strip=False, **bounds, **options)


def array_field(items: Schema, options: dict[str, Any]) -> forms.Field:
    if "enum" in items:
        labels = [(value, str(value).replace("_", " ")) for value in items["enum"]]
        return forms.MultipleChoiceField(choices=labels, widget=forms.CheckboxSelectMultiple, **options)
    return ListField(item=field_of("item", items, True), **options)


class JSONTextField(forms.JSONField):
    """What no simpler field can hold, as JSON."""

    empty_values = [None, ""]

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
