"""What people fill in for a search of thresholds, and its form as it stands."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField, Form
from django.http import QueryDict
from django.utils.translation import gettext as _gettext
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope
from annotation.models import Project
from api import methods
from api.methods import Method
from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from rewardmodels.models import RewardModel
from rewardmodels.sheets import MAIN, SETTINGS, kept, typed
from training import algorithms, wording
from training.checks.asking import WORLD
from training.checks.forms import comparing, panel, titled
from training.components import MODEL
from training.forms import PushedForm
from training.learning.settings.checks import Votes
from training.learning.settings.online import Online
from training.learning.settings.searches import HELD
from training.searches import metrics
from training.searches.asking import METHOD, SEARCH, SECTION, Wish
from training.searches.wanting import PEOPLE
from training.sheets import filling, parts
from training.sheets.sources import Choices


class SearchForm(PushedForm):
    algorithm = forms.ChoiceField(label=_("Algorithm"))
    wanted = forms.ChoiceField(
        label=_("What is to be highest"),
        help_text=_(
            "Another reward model than those that are held, what code knows or counts of an answer, or what people "
            "prefer. A count means what it says and nothing else."
        ),
    )
    people_project = forms.ModelChoiceField(
        Project.objects.none(),
        label=_("Ask the people of"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_(
            "Only for people: they compare each proposal’s answers with the reference’s, one to a prompt, in an order "
            "drawn for each of them. The search waits for them without a worker."
        ),
    )
    people_questions = forms.IntegerField(
        label=_("Questions of a proposal"),
        required=False,
        min_value=2,
        initial=Votes.questions,
        help_text=_("As many for each further measurement, and for the last run. The more, the less noise hides."),
    )
    people_enough = forms.IntegerField(
        label=_("Verdicts that are enough"), required=False, min_value=2, help_text=_("Empty: all of them.")
    )

    def __init__(
        self, data: Any, *, scope: Scope, models: list[RewardModel], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, scope=scope, initial=initial)
        self.fields["algorithm"].choices = [(one.name, _gettext(str(one.title))) for one in online()]  # type: ignore[attr-defined]
        known = [(f"{MODEL}{one.pk}", titled(one)) for one in models]
        others = [(WORLD, _("The text world’s own truth")), (PEOPLE, _("What people prefer to the reference"))]
        counts = [(key, one.aim) for key, one in metrics.ALL.items()]
        self.fields["wanted"].choices = [*known, *others, (_gettext("Counted by code"), counts)]  # type: ignore[attr-defined]
        self.fields["people_project"].queryset = comparing(scope)  # type: ignore[attr-defined]
        self.fields["people_project"].label_from_instance = panel(scope)  # type: ignore[attr-defined]

    @property
    def people(self) -> dict[str, Any] | None:
        """None where no project is chosen: what else is said of people then says nothing."""
        project = self.cleaned_data.get("people_project")
        if project is None:
            return None
        given = {name: self.cleaned_data.get(f"{PEOPLE}_{name}") for name in ("questions", "enough")}
        return {"project": project.pk, **given}


class SearchedForm(forms.Form):
    """A reward model whose threshold may be searched."""

    use = forms.BooleanField(label=_("Find its threshold"), required=False)
    step = forms.FloatField(
        label=_("First step"),
        required=False,
        help_text=_("From the reference’s mean, in its unit; negative for what is to fall. Empty chooses it."),
    )


@dataclass
class Searched:
    model: RewardModel
    form: SearchedForm

    @property
    def is_open(self) -> bool:
        return bool(self.form.errors) or bool(self.form["use"].value())

    @property
    def is_taken(self) -> bool:
        return bool(self.form.cleaned_data.get("use"))


@dataclass
class Sheet:
    wish: SearchForm
    method: Method
    settings: SettingsForm
    search: SettingsForm
    parts: list[Searched]
    policies: Choices
    kept: list[tuple[str, str]] = field(default_factory=list)  # hidden fields

    @property
    def forms(self) -> list[Form]:
        return [self.wish, self.search, self.settings, *(part.form for part in self.parts)]

    @property
    def has_errors(self) -> bool:
        return any(form.errors for form in self.forms)

    def are_valid(self) -> bool:
        found = [form.is_valid() for form in self.forms]  # each, so that every fault is said at once
        return all(found)

    @property
    def taken(self) -> list[Searched]:
        return [part for part in self.parts if part.is_taken]

    @property
    def asked(self) -> Wish:
        """What a valid form asks for."""
        given = self.wish.cleaned_data
        names = ("policy", "algorithm", "wanted", "seed", "allow_candidate", "why_flagged")
        components = [{"reward_model": part.model.pk, "step": part.form.cleaned_data["step"]} for part in self.taken]
        return Wish(
            **{name: given[name] for name in names},
            prompts=self.wish.source,
            people=self.wish.people,
            components=components,
            settings=self.settings.values(),
            search=self.search.values(),
        )

    @property
    def shown(self) -> str:
        return " ".join(self.settings.fields)

    @property
    def main(self) -> list[BoundField]:
        return chosen(self.settings, self.method, is_main=True)

    @property
    def advanced(self) -> list[BoundField]:
        return chosen(self.settings, self.method, is_main=False)

    @property
    def is_unfolded(self) -> bool:
        return any(bound.errors for bound in self.advanced)

    @property
    def search_main(self) -> list[BoundField]:
        return chosen(self.search, methods.find(SECTION, METHOD), is_main=True)

    @property
    def search_advanced(self) -> list[BoundField]:
        return chosen(self.search, methods.find(SECTION, METHOD), is_main=False)

    @property
    def is_search_unfolded(self) -> bool:
        return any(bound.errors for bound in self.search_advanced)

    def say(self, refusal: Refusal) -> None:
        """Each message at the field that it is about, or above the form."""
        for path, message in refusal.errors or [("", refusal.message)]:
            form, name = self.place(path)
            form.add_error(name, message)

    def place(self, path: str) -> tuple[Form, str | None]:
        head, _dot, rest = path.partition(".")
        own = {SETTINGS: self.settings, SEARCH: self.search}.get(head)
        if own is not None and rest in own.fields:
            return own, rest
        if head == "components" and rest:
            number, _dot, name = rest.partition(".")
            form = self.taken[int(number)].form
            return form, name if name in form.fields else None
        name = f"{PEOPLE}_{rest}" if head == PEOPLE else head
        return self.wish, name if name in self.wish.fields else None


def chosen(form: SettingsForm, method: Method, *, is_main: bool) -> list[BoundField]:
    fields = getattr(method.settings, "__dataclass_fields__", {})
    return [one for one in form if (fields[one.name].metadata.get("group") == MAIN) == is_main]


def online() -> list[Method]:
    return [one for one in methods.all_of("algorithms") if algorithms.is_a(one.settings, Online)]


def begun(data: QueryDict, scope: Scope) -> Sheet:
    """While it is being filled in: nothing is complained of yet, and what was typed stays."""
    return _sheet(data, scope, is_sent=False)


def sent(data: QueryDict, scope: Scope) -> Sheet:
    return _sheet(data, scope, is_sent=True)


def _sheet(data: QueryDict, scope: Scope, *, is_sent: bool) -> Sheet:
    models = parts.models(scope)
    method = next((one for one in online() if one.name == data.get("algorithm")), online()[0])
    form, search = method.form(), methods.find(SECTION, METHOD).form()
    own = {name: HELD[name] for name in form.base_fields if name in HELD} | typed(form, data)
    initial: dict[str, Any] = {name: data[name] for name in SearchForm.base_fields if name in data}
    sheet = Sheet(
        wish=SearchForm(data if is_sent else None, scope=scope, models=models, initial=initial),
        method=method,
        settings=form(data if is_sent else None, prefix=SETTINGS, initial=own),
        search=search(data if is_sent else None, prefix=SEARCH, initial=below(data, SEARCH, search)),
        parts=[searched(model, data, is_sent) for model in models],
        policies=filling.suggested(scope),
        kept=kept(form, data),
    )
    for one in (sheet.settings, sheet.search):
        wording.say(one)
    return sheet


def searched(model: RewardModel, data: QueryDict, is_sent: bool) -> Searched:
    prefix = parts.prefix_of(model.pk)
    if is_sent:
        return Searched(model, SearchedForm(data, prefix=prefix))
    return Searched(model, SearchedForm(None, prefix=prefix, initial=below(data, prefix, SearchedForm)))


def below(data: QueryDict, prefix: str, form: type[Form]) -> dict[str, Any]:
    """What was typed so far of the fields of a form."""
    return {name: data[key] for name in form.base_fields if (key := f"{prefix}-{name}") in data}
