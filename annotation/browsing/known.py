"""The form of a known answer, for each kind of question."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.gold import Item
from annotation.models import Gold, Task
from annotation.settings import Terms

TIE = "tie"
TOLERANCES = {
    "cardinal": gettext_lazy("How far an amount may be off and still be right."),
    "ranking": gettext_lazy("The share of pairs, 0 to 1, that may be in another order."),
    "rating": gettext_lazy("How many points a mark may be off."),
}


class KnownForm(forms.Form):
    """Fields follow from the kind of the task; `answer` is what they say."""

    def __init__(self, data: Any, *, task: Task, terms: Terms, gold: Gold | None = None) -> None:
        super().__init__(data, prefix="known")
        self.task, self.terms = task, terms
        self.ids = [str(place.response_id) for place in task.places.all()]
        BUILDERS[task.kind](self)
        if task.kind in TOLERANCES:
            self.fields["tolerance"] = forms.FloatField(
                label=_("Tolerance"), required=False, min_value=0, max_value=1e12, help_text=TOLERANCES[task.kind]
            )
        self.fields["explanation"] = forms.CharField(
            label=_("Why it is right"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Told to people after they answered, where the project gives feedback."),
        )  # fmt: skip
        self.fields["in_test"] = forms.BooleanField(
            label=_("Ask it in the project’s test instead of mixing it into the work"), required=False
        )
        if gold is not None:
            self.initial = {
                **known(self, gold.answer),
                "tolerance": gold.tolerance,
                "explanation": gold.explanation,
                "in_test": gold.in_test,
            }

    @property
    def names(self) -> list[tuple[str, str]]:
        return [(pk, _("Answer {number}").format(number=n)) for n, pk in enumerate(self.ids, start=1)]

    @property
    def item(self) -> Item:
        given = self.cleaned_data
        return Item(self.task.pk, self.answer, given.get("tolerance"), given["explanation"], given["in_test"])

    @property
    def answer(self) -> dict[str, Any]:
        return READERS[self.task.kind](self, self.cleaned_data)


def add_preferred(form: KnownForm) -> None:
    sides = [*form.names, (TIE, _("Equally good"))]
    form.fields["preferred"] = forms.ChoiceField(label=_("Better"), choices=sides, widget=forms.RadioSelect)


def add_cardinal(form: KnownForm) -> None:
    if len(form.ids) == 2:
        add_preferred(form)
    form.fields["amount"] = forms.CharField(
        label=_("Amount in {currency}").format(currency=form.terms.currency), max_length=20, initial="0"
    )


def add_binary(form: KnownForm) -> None:
    verdicts = [("yes", _("Desirable")), ("no", _("Not desirable"))]
    form.fields["desirable"] = forms.ChoiceField(label=_("Verdict"), choices=verdicts, widget=forms.RadioSelect)


def add_ranking(form: KnownForm) -> None:
    places = [(str(n), str(n)) for n in range(1, len(form.ids) + 1)]
    for pk, name in form.names:
        help_text = _("1 is best; the same place for two is a tie.") if pk == form.ids[0] else ""
        form.fields[f"place_{pk}"] = forms.ChoiceField(label=name, choices=places, help_text=help_text)


def add_rating(form: KnownForm) -> None:
    marks = [(str(n), str(n)) for n in range(1, 6)]
    for number, aspect in enumerate(form.terms.aspect_names):
        form.fields[f"mark_{number}"] = forms.ChoiceField(label=aspect, choices=marks)
    if not form.terms.aspect_names:
        form.fields["marks"] = forms.CharField(
            label=_("Marks"),
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("One a line: the aspect, a colon, a number from 1 to 5."),
        )


BUILDERS = {
    "pairwise": add_preferred,
    "cardinal": add_cardinal,
    "binary": add_binary,
    "ranking": add_ranking,
    "rating": add_rating,
}


def side(given: dict[str, Any]) -> str | None:
    return None if given["preferred"] == TIE else given["preferred"]


def read_pairwise(form: KnownForm, given: dict[str, Any]) -> dict[str, Any]:
    return {"preferred": side(given)}


def read_cardinal(form: KnownForm, given: dict[str, Any]) -> dict[str, Any]:
    amount = {"amount": given["amount"].strip()}
    return {"preferred": side(given), **amount} if "preferred" in given else amount


def read_binary(form: KnownForm, given: dict[str, Any]) -> dict[str, Any]:
    return {"desirable": given["desirable"] == "yes"}


def read_ranking(form: KnownForm, given: dict[str, Any]) -> dict[str, Any]:
    places: dict[int, list[str]] = {}
    for pk in form.ids:
        places.setdefault(int(given[f"place_{pk}"]), []).append(pk)
    return {"order": [places[place] for place in sorted(places)]}


def read_rating(form: KnownForm, given: dict[str, Any]) -> dict[str, Any]:
    if "marks" not in given:
        return {"ratings": {name: int(given[f"mark_{n}"]) for n, name in enumerate(form.terms.aspect_names)}}
    lines = [line.rpartition(":") for line in given["marks"].splitlines() if line.strip()]
    return {"ratings": {name.strip(): int(mark) if mark.strip().isdecimal() else mark for name, _colon, mark in lines}}


READERS = {
    "pairwise": read_pairwise,
    "cardinal": read_cardinal,
    "binary": read_binary,
    "ranking": read_ranking,
    "rating": read_rating,
}


def known(form: KnownForm, answer: dict[str, Any]) -> dict[str, Any]:
    """A stored answer as the fields show it."""
    found: dict[str, Any] = {}
    if "preferred" in answer:
        found["preferred"] = answer["preferred"] or TIE
    if "desirable" in answer:
        found["desirable"] = "yes" if answer["desirable"] else "no"
    if "amount" in answer:
        found["amount"] = answer["amount"]
    for place, group in enumerate(answer.get("order", []), start=1):
        found |= {f"place_{pk}": str(place) for pk in group}
    ratings = answer.get("ratings", {})
    found |= {f"mark_{n}": str(ratings.get(name, "")) for n, name in enumerate(form.terms.aspect_names)}
    return {**found, "marks": "\n".join(f"{name}: {mark}" for name, mark in ratings.items())}
