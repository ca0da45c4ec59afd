"""The form of a new study as it stands: which one, how much of it, and what it will take."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from api import methods
from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from rewardmodels import wording
from rewardmodels.forecasts import duration, understood
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.sheets import MAIN, SETTINGS, typed
from training.learning.studies.costs import Estimate
from training.learning.studies.registry import LARGEST_SEED, STUDIES, Study
from training.models import Study as Row
from training.studies.asking import Wish

TIERS = {
    "smoke": _("Smoke: does it run?"),
    "quick": _("Quick: about ten minutes"),
    "full": _("Full: some hours"),
}


class StudyForm(forms.Form):
    kind = forms.ChoiceField(label=_("Study"))
    tier = forms.ChoiceField(label=_("How much of it"), choices=list(TIERS.items()), initial="quick")
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=LARGEST_SEED, initial=0,
        help_text=_("The same settings and seed give the same curves on the same machine."),
    )  # fmt: skip

    def __init__(self, data: Any, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["kind"].choices = [(one.name, _gettext(one.title)) for one in STUDIES.values()]  # type: ignore[attr-defined]


@dataclass
class Sheet:
    wish: StudyForm
    study: Study
    tier: str
    settings: SettingsForm
    typed: dict[str, Any] = field(default_factory=dict)  # settings, as the browser sends them
    kept: tuple[tuple[str, str], ...] = ()  # nothing of one study is kept for another: a tier sets all of them

    @property
    def has_errors(self) -> bool:
        return bool(self.wish.errors or self.settings.errors)

    def is_valid(self) -> bool:
        return all([self.wish.is_valid(), self.settings.is_valid()])  # both, so that every fault is said at once

    @property
    def asked(self) -> Wish:
        """What a valid form asks for."""
        given = self.wish.cleaned_data
        return Wish(given["kind"], given["tier"], self.settings.values(), given["seed"])

    @property
    def title(self) -> str:
        return _gettext(self.study.title)

    @property
    def shows(self) -> str:
        return _gettext(self.study.shows)

    @property
    def assumes(self) -> str:
        return _gettext(self.study.assumes)

    @property
    def forecast(self) -> str:
        """What it will take, in a sentence."""
        try:
            chosen = self.study.read(self.tier, understood(type(self.settings), self.typed))
        except SettingError:
            return _gettext("What it will take is told when the settings make sense.")
        return told(self.study.estimate(chosen))

    @property
    def shown(self) -> str:
        return " ".join(self.settings.fields)

    @property
    def main(self) -> list[BoundField]:
        return [bound for bound in self.settings if self._is_main(bound.name)]

    @property
    def advanced(self) -> list[BoundField]:
        return [bound for bound in self.settings if not self._is_main(bound.name)]

    @property
    def is_unfolded(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    def _is_main(self, name: str) -> bool:
        fields = self.study.settings.__dataclass_fields__  # type: ignore[attr-defined]
        return name in fields and fields[name].metadata.get("group") == MAIN

    def say(self, refusal: Refusal) -> None:
        """Each message at the field that it is about, or above the form."""
        for path, message in refusal.errors or [("", refusal.message)]:
            head, _dot, rest = path.partition(".")
            if head == SETTINGS:
                self.settings.add_error(rest if rest in self.settings.fields else None, message)
            else:
                self.wish.add_error(head if head in self.wish.fields else None, message)


def told(estimate: Estimate) -> str:
    said = _gettext(
        "Estimated: {time} of one idle core, for {parts}. Other work beside it makes it slower. Where this machine has "
        "no policy of the text world yet, that is made first and takes some minutes once."
    )
    parts = ", ".join(f"{one.count:,} {_gettext(one.what)}" for one in estimate.costs if one.count > 1)
    return said.format(time=duration(estimate.seconds), parts=parts)


def begun(data: QueryDict) -> Sheet:
    """While it is being filled in: nothing is complained of yet."""
    names = [name for name in StudyForm.base_fields if name in data]
    return _sheet(StudyForm(None, initial={name: data[name] for name in names}), data, is_sent=False)


def sent(data: QueryDict) -> Sheet:
    return _sheet(StudyForm(data), data, is_sent=True)


def again(row: Row) -> Sheet:
    """With the settings of another study, and the seed after its own."""
    data = QueryDict(mutable=True)
    seed = row.seed + 1 if row.seed < LARGEST_SEED else 0
    data.update({"kind": row.kind, "tier": row.tier or "quick", "seed": str(seed)})
    for name, value in row.settings.items():
        data[f"{SETTINGS}-{name}"] = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return begun(data)


def _sheet(wish: StudyForm, data: QueryDict, *, is_sent: bool) -> Sheet:
    name, tier = data.get("kind", ""), data.get("tier", "")
    study = STUDIES.get(name) or next(iter(STUDIES.values()))
    tier = tier if tier in study.tiers else "quick"
    form = methods.find("studies", study.name).form()
    has_turned = data.get("part") == "tier"  # another study or tier was chosen: its own settings come
    given = {} if has_turned else typed(form, data)
    initial = asdict(study.tiers[tier]) | given
    settings = form(data, prefix=SETTINGS) if is_sent else form(None, prefix=SETTINGS, initial=initial)
    wording.say(settings)
    return Sheet(wish, study, tier, settings, given)


def tier_label(tier: str) -> str:
    return capfirst(str(TIERS[tier]).partition(":")[0]) if tier in TIERS else _gettext("own settings")


def title(row: Row) -> str:
    """What the study is called; its bare name where it is known no more."""
    return _gettext(STUDIES[row.kind].title) if row.kind in STUDIES else row.kind
