"""What calls take."""

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    """Refuses a name that is no field of it: misspelt, a wish would do nothing and nobody would know."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = self.unknown(data) if isinstance(data, Mapping) else {}
        try:
            found = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**unknown, **cast(dict[str, Any], error.detail)}) from None
        if unknown:
            raise serializers.ValidationError(unknown)
        return found

    def unknown(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        """What only answers hold may come back in a change: who read a thing sends it whole."""
        known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
        said = _("There is no such field; there are: %(known)s.") % {"known": known}
        return {name: [said] for name in data if name not in self.fields}
