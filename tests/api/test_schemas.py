"""One dataclass, read as schema, as checked values and as a form."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Literal

import jsonschema
import pytest
from django.utils.translation import gettext_lazy, override
from hypothesis import given, settings
from hypothesis import strategies as st

from api.refusals import Invalid
from api.schemas import build, form_for, of_dataclass
from tests.web import pseudo


class Side(Enum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Optimiser:
    learning_rate: float = field(default=1e-3, metadata={"exclusive_minimum": 0, "maximum": 1, "help": "Step size."})
    warm_up: int = 0


@dataclass(frozen=True)
class Fit:
    """How a reward is fitted."""

    kind: ClassVar[str] = "fit"
    epochs: int = field(metadata={"minimum": 1, "maximum": 100, "title": "Epochs at most"})
    head: Literal["linear", "pooler"] = "linear"
    side: Side = Side.LEFT
    decay: float | None = None
    price: Decimal = Decimal("1.50")
    prices: tuple[str, ...] = field(default=(), metadata={"max_items": 3})
    window: tuple[int, int] = (1, 2)
    weights: dict[str, float] = field(default_factory=dict)
    symmetric: bool = True
    optimiser: Optimiser = Optimiser()

    def __post_init__(self) -> None:
        if self.window[0] > self.window[1]:
            raise ValueError("window must not end before it begins.")
        if self.head == "pooler" and self.epochs < 2:
            raise ValueError("The head pooler needs two epochs.")


EVERYTHING: dict[str, Any] = {
    "epochs": 3,
    "head": "pooler",
    "side": "right",
    "decay": 0.5,
    "price": "2.25",
    "prices": ["1", "2"],
    "window": [3, 4],
    "weights": {"a": 1},
    "symmetric": False,
    "optimiser": {"learning_rate": 0.1},
}


def errors_of(values, field=""):
    with pytest.raises(Invalid) as refusal:
        build(Fit, values, field)
    return dict(refusal.value.errors)


def test_a_schema_is_a_schema_and_says_what_the_metadata_says():
    schema = of_dataclass(Fit)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["required"] == ["epochs"]
    assert schema["description"] == "How a reward is fitted."
    assert "kind" not in schema["properties"]
    assert schema["properties"]["epochs"] == {
        "type": "integer", "minimum": 1, "maximum": 100, "title": "Epochs at most",
    }  # fmt: skip
    assert schema["properties"]["side"] == {"type": "string", "enum": ["left", "right"], "default": "left"}
    assert schema["properties"]["decay"] == {"type": ["number", "null"], "default": None}
    assert schema["properties"]["optimiser"]["properties"]["learning_rate"]["exclusiveMinimum"] == 0
    assert schema["properties"]["optimiser"]["default"] == {"learning_rate": 0.001, "warm_up": 0}


def test_a_keyword_that_is_none_stops_the_start():
    @dataclass(frozen=True)
    class Mistaken:
        epochs: int = field(default=1, metadata={"minimun": 1})

    with pytest.raises(TypeError, match="minimun"):
        of_dataclass(Mistaken)


def test_values_become_the_dataclass():
    fit = build(Fit, EVERYTHING)
    assert fit == Fit(
        3, "pooler", Side.RIGHT, 0.5, Decimal("2.25"), ("1", "2"), (3, 4), {"a": 1.0}, False, Optimiser(0.1)
    )


def test_what_is_left_out_has_its_default():
    assert build(Fit, {"epochs": 1}) == Fit(1)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({}, "epochs"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 101}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"epochs": "3"}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"epochs": None}, "epochs"),
        ({"epochs": 1, "head": "round"}, "head"),
        ({"epochs": 1, "head": ["linear"]}, "head"),
        ({"epochs": 1, "side": "up"}, "side"),
        ({"epochs": 1, "decay": float("nan")}, "decay"),
        ({"epochs": 1, "decay": 10**400}, "decay"),
        ({"epochs": 1, "price": 1.5}, "price"),
        ({"epochs": 1, "price": "NaN"}, "price"),
        ({"epochs": 1, "prices": "12"}, "prices"),
        ({"epochs": 1, "prices": ["1", 2]}, "prices.1"),
        ({"epochs": 1, "prices": ["1"] * 4}, "prices"),
        ({"epochs": 1, "window": [1]}, "window"),
        ({"epochs": 1, "window": [2, 1]}, "window"),
        ({"epochs": 1, "weights": {"a": "x"}}, "weights.a"),
        ({"epochs": 1, "weights": []}, "weights"),
        ({"epochs": 1, "symmetric": 1}, "symmetric"),
        ({"epochs": 1, "optimiser": {"learning_rate": 0}}, "optimiser.learning_rate"),
        ({"epochs": 1, "optimiser": {"rate": 1}}, "optimiser.rate"),
        ({"epochs": 1, "optimiser": 3}, "optimiser"),
        ({"epochs": 1, "epoch": 1}, "epoch"),
    ],
)
def test_a_value_that_does_not_fit_is_named(values, path):
    assert list(errors_of(values)) == [path]
    assert list(errors_of(values, "settings")) == [f"settings.{path}"]


def test_every_field_that_is_wrong_is_named_at_once():
    assert set(errors_of({"epochs": 0, "symmetric": "yes", "more": 1})) == {"epochs", "symmetric", "more"}


def test_what_makes_no_sense_together_is_said_of_the_whole():
    assert errors_of({"epochs": 1, "head": "pooler"}, "settings") == {"settings": "The head pooler needs two epochs."}


def test_an_error_may_carry_the_name_of_its_field():
    class SettingError(ValueError):
        name = "rate"

    @dataclass(frozen=True)
    class Rated:
        rate: float = 1.0

        def __post_init__(self) -> None:
            raise SettingError("Too fast for this.")

    with pytest.raises(Invalid) as refusal:
        build(Rated, {}, "settings")
    assert refusal.value.errors == [("settings.rate", "Too fast for this.")]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from([*EVERYTHING, "other"]), values, max_size=4))
def test_whatever_is_sent_is_built_or_refused(changes):
    try:
        assert isinstance(build(Fit, {**EVERYTHING, **changes}), Fit)
    except Invalid as refusal:
        assert refusal.errors


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(list(EVERYTHING)), values, max_size=3))
def test_what_the_schema_refuses_is_refused(changes):
    sent = {**EVERYTHING, **changes}
    if not jsonschema.Draft202012Validator(of_dataclass(Fit)).is_valid(sent):
        assert errors_of(sent)


FORM = {
    "epochs": "3",
    "head": "pooler",
    "side": "right",
    "decay": "",
    "price": "2.25",
    "prices": "1\n2\n",
    "window": "[3, 4]",
    "weights": '{"a": 1}',
    "optimiser.learning_rate": "0.1",
    "optimiser.warm_up": "0",
}


def test_a_form_gives_the_same_settings_as_the_api():
    form = form_for(Fit)(FORM)
    assert form.is_valid(), form.errors
    assert form.settings == build(Fit, {**EVERYTHING, "decay": None})


def test_a_form_begins_with_the_defaults_and_says_what_the_metadata_says():
    form = form_for(Fit)()
    assert form["optimiser.learning_rate"].initial == 0.001
    assert form["optimiser.learning_rate"].help_text == "Step size."
    assert form["epochs"].label == "Epochs at most"
    assert form["decay"].field.required is False
    assert form["epochs"].field.widget.attrs["max"] == 100


def test_a_form_as_it_is_first_shown_is_valid_once_what_is_needed_is_written():
    empty = form_for(Fit)()
    shown = {bound.html_name: bound.value() for bound in empty if bound.value() is not None}
    form = form_for(Fit)({**shown, "epochs": "1"})
    assert form.is_valid(), form.errors
    assert form.settings == Fit(1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("epochs", "0"),
        ("epochs", ""),
        ("head", "round"),
        ("decay", "x"),
        ("price", "x"),
        ("prices", "1\n2\n3\n4"),
        ("window", "[2, 1]"),
        ("window", "[1"),
        ("weights", '{"a": "x"}'),
        ("optimiser.learning_rate", "0"),
    ],
)
def test_a_form_says_it_at_the_field(name, text):
    form = form_for(Fit)({**FORM, name: text})
    assert list(form.errors) == [name]


def test_a_form_says_above_itself_what_belongs_to_no_field():
    form = form_for(Fit)({**FORM, "epochs": "1"})
    assert list(form.errors) == ["__all__"]


def test_a_form_from_a_bare_schema_checks_its_fields():
    form = form_for(of_dataclass(Fit))({**FORM, "epochs": "500"})
    assert list(form.errors) == ["epochs"]


def test_words_for_the_form_alone_stay_out_of_the_schema_and_the_rest_is_translated():
    @dataclass(frozen=True)
    class Grouped:
        price: int = field(default=1, metadata={"group": "money", "kinds": ["cardinal"], "help": gettext_lazy("Much.")})

    with pseudo.language(), override("en-xa"):
        assert of_dataclass(Grouped)["properties"]["price"] == {
            "type": "integer",
            "default": 1,
            "description": "⟦Much.⟧",
        }
