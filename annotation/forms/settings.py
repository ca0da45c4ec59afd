"""The settings of a project as a form, made from their dataclass: a new setting stands here by itself."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Any

from django.forms import BoundField, CharField, Textarea
from django.utils.translation import gettext_lazy as _

from annotation.forms.aspects import AspectsField
from annotation.settings import ASIDE, CHECKS, QUESTION, QUEUE, ProjectSettings
from annotation.terms import MONEY
from api.schemas import form_for
from api.schemas.forms import SEPARATOR, SettingsForm
from web.words import Words

PREFIX = "settings"
MORE = "more"  # where a setting stands that names no group
GROUPS: dict[str, tuple[Words, Words]] = {
    QUESTION: (_("The question"), _("What exactly people are asked.")),
    MONEY: (_("Money"), _("Currency, range and steps of amounts, or a list of prices.")),
    ASIDE: (_("Beside the verdict"), _("Reasons, critiques, rewrites, flags, highlighted words.")),
    QUEUE: (_("The queue"), _("How many tasks somebody holds, for how long, and how many at most.")),
    CHECKS: (_("Quality checks"), _("Known answers and repeats, mixed in without a word.")),
    MORE: (_("More"), _("Everything else.")),
}
LONG = 300  # characters, from which a text gets several lines


@dataclass(frozen=True)
class Setting:
    field: BoundField
    kinds: tuple[str, ...]  # of question that it applies to; none: all


@dataclass(frozen=True)
class Fieldset:
    name: str
    title: Words
    help: Words
    settings: tuple[Setting, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of question without which nothing in here applies; none: it always does."""
        if not all(one.kinds for one in self.settings):
            return ()
        return tuple(dict.fromkeys(kind for one in self.settings for kind in one.kinds))

    def is_open(self, chosen: Collection[str]) -> bool:
        """What belongs to a chosen kind alone is there to be seen; so is what is wrong."""
        return any(one.field.errors for one in self.settings) or not set(chosen).isdisjoint(self.kinds)


def settings_form(data: Any, initial: dict[str, Any]) -> SettingsForm:
    form = form_for(ProjectSettings)(data, prefix=PREFIX, initial=initial)
    plain = form.fields["aspects"]
    form.fields["aspects"] = AspectsField(
        label=plain.label,
        required=False,
        help_text=_(
            "One on each line: its name, a colon, what it means. Below it, as “1 = useless”, what numbers of the "
            "scale from 1 to 5 mean. None: any name is taken."
        ),
    )
    for one in fields(ProjectSettings):
        if labels := one.metadata.get("labels"):
            form.fields[one.name].choices = list(labels.items())  # type: ignore[attr-defined]
    for field in form.fields.values():
        if type(field) is CharField and (field.max_length is None or field.max_length > LONG):
            field.widget = Textarea()
        if isinstance(field.widget, Textarea):
            field.widget.attrs["rows"] = 3
    return form


def fieldsets(form: SettingsForm) -> list[Fieldset]:
    """In the order of GROUPS; a group that is new there comes after them under its own name."""
    told = {one.name: one.metadata for one in fields(ProjectSettings)}
    grouped: dict[str, list[Setting]] = {name: [] for name in GROUPS}
    for bound in shown(form):
        metadata = told[bound.name.split(SEPARATOR)[0]]
        grouped.setdefault(metadata.get("group", MORE), []).append(Setting(bound, tuple(metadata.get("kinds", ()))))
    return [
        Fieldset(name, *GROUPS.get(name, (name.replace("_", " ").capitalize(), "")), settings=tuple(settings))
        for name, settings in grouped.items()
        if settings
    ]


def shown(form: SettingsForm) -> Iterator[BoundField]:
    return (form[name] for name in form.fields)
