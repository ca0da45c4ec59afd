"""Reading an answer that came from outside: typed values, and every fault named at its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from annotation.settings import Terms
from api.refusals import Invalid

LONGEST_TEXT = 100_000


@dataclass(frozen=True)
class Context:
    """What an answer is about: the texts of its responses by id, in the task's order, and the terms it was asked on."""

    texts: Mapping[str, str]
    terms: Terms = field(default_factory=Terms)
    is_bounded: bool = True  # amounts that were given elsewhere need not fit this project's range and step

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.texts)


@dataclass
class Fields:
    """The members of one JSON object; whoever reads one takes it, what is left at the end is unknown."""

    values: dict[str, Any]
    path: str = "answer"
    errors: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            self.errors.append((self.path, _("Expected an object.")))
            self.values = {}
        self.values = dict(self.values)

    def fault(self, name: str, message: str) -> None:
        self.errors.append((f"{self.path}.{name}" if name else self.path, message))

    def has(self, name: str) -> bool:
        return name in self.values

    def take(self, name: str, *, required: bool = False) -> Any:
        if required and name not in self.values:
            self.fault(name, _("This is needed."))
        return self.values.pop(name, None)

    def response(self, name: str, context: Context, *, required: bool = False) -> str | None:
        """The id of one of the responses, or null."""
        value = self.take(name, required=required)
        if value is not None and value not in context.ids:
            self.fault(name, _("This names no response of the task."))
            return None
        return value

    def flag(self, name: str, *, required: bool = False) -> bool:
        value = self.take(name, required=required)
        if value is not None and not isinstance(value, bool):
            self.fault(name, _("Expected true or false."))
        return value is True

    def text(self, name: str, *, most: int = LONGEST_TEXT) -> str:
        value = self.take(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fault(name, _("Expected text."))
            return ""
        if len(value) > most:
            self.fault(name, _("At most {most} characters.").format(most=most))
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(name, _("Expected a whole number from {least} to {most}.").format(least=least, most=most))
            return None
        return value

    def finish(self) -> None:
        """Refuse with everything that was wrong."""
        for name in self.values:
            self.fault(str(name), _("There is no such field here."))
        if self.errors:
            first, message = self.errors[0]
            raise Invalid(f"{first}: {message}", errors=self.errors)
