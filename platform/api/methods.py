"""What can be chosen: each app names its kinds, models, algorithms and layouts, with the settings that they take."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from api.refusals import Invalid
from api.schemas import build, form_for, of_dataclass
from api.schemas.describing import DIALECT
from api.schemas.forms import SettingsForm

SECTIONS = ("feedback_kinds", "reward_model_kinds", "algorithms", "layouts", "studies", "searches", "campaigns")
NO_SETTINGS = {"$schema": DIALECT, "type": "object", "properties": {}, "additionalProperties": False}
Words = str | Promise


@dataclass(frozen=True)
class Method:
    name: str  # as it stands in a request
    title: Words
    description: Words
    settings: type | None = None  # a frozen dataclass; None where there is nothing to set
    words: tuple[str, ...] = ()  # what else its pages say of it, for those who translate

    def schema(self) -> dict[str, Any]:
        return of_dataclass(self.settings) if self.settings else NO_SETTINGS

    def form(self) -> type[SettingsForm]:
        return form_for(self.settings or NO_SETTINGS)

    def build(self, values: Any, field: str = "settings") -> Any:
        """The checked settings, or Invalid at the field; None where there is nothing to set."""
        if self.settings is not None:
            return build(self.settings, values, field)
        if values:
            raise Invalid(_("%(title)s has nothing to set.") % {"title": self.title}, field=field)
        return None


_methods: dict[str, dict[str, Method]] = {section: {} for section in SECTIONS}


def register(section: str, method: Method) -> None:
    """Called from AppConfig.ready: a schema that cannot be made, or a name that is taken, stops the start."""
    known = _methods[section].setdefault(method.name, method)
    if known != method:
        raise ValueError(f"{section} has two methods named {method.name!r}.")
    method.schema()


def all_of(section: str) -> list[Method]:
    return list(_methods[section].values())


def find(section: str, name: str, field: str = "kind") -> Method:
    if name in _methods[section]:
        return _methods[section][name]
    known = ", ".join(_methods[section]) or _("none")
    raise Invalid(_("There is no “%(name)s”; there are: %(known)s.") % {"name": name, "known": known}, field=field)
