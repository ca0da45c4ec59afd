"""What can be chosen is told with a schema of its settings."""

from dataclasses import dataclass

import jsonschema
import pytest

from api import methods
from api.methods import Method
from api.refusals import Invalid


@dataclass(frozen=True)
class Settings:
    """Made for a test."""

    epochs: int = 3


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(methods, "_methods", {section: {} for section in methods.SECTIONS})
    methods.register("algorithms", Method("made_up", "Made up", "For a test.", Settings))
    methods.register("layouts", Method("raw", "Raw", "As it is."))


def test_every_section_is_there_with_its_methods(annotator, made_up):
    answer = annotator.api.get("/api/v1/methods/")
    assert answer.status_code == 200
    assert list(answer.json()) == [
        "feedback_kinds",
        "reward_model_kinds",
        "algorithms",
        "layouts",
        "studies",
        "searches",
        "campaigns",
    ]
    (method,) = answer.json()["algorithms"]
    assert (method["name"], method["title"], method["description"]) == ("made_up", "Made up", "For a test.")
    assert method["schema"]["properties"]["epochs"] == {"type": "integer", "default": 3}


def test_every_schema_that_is_published_is_one(annotator):
    for section in annotator.api.get("/api/v1/methods/").json().values():
        for method in section:
            jsonschema.Draft202012Validator.check_schema(method["schema"])


def test_nobody_who_is_not_signed_in_sees_them(client, db):
    assert client.get("/api/v1/methods/").status_code == 401


def test_a_method_builds_its_settings(made_up):
    assert methods.find("algorithms", "made_up").build({"epochs": 5}) == Settings(5)


def test_a_method_without_settings_takes_none(made_up):
    raw = methods.find("layouts", "raw")
    assert raw.build({}) is None
    with pytest.raises(Invalid):
        raw.build({"a": 1})


def test_an_unknown_method_is_refused_with_those_that_are_known(made_up):
    with pytest.raises(Invalid) as refusal:
        methods.find("algorithms", "magic", field="algorithm")
    assert refusal.value.errors == [("algorithm", "There is no “magic”; there are: made_up.")]


def test_a_name_is_taken_once(made_up):
    methods.register("layouts", Method("raw", "Raw", "As it is."))
    with pytest.raises(ValueError, match="raw"):
        methods.register("layouts", Method("raw", "Another", "Not the same."))


def test_a_method_without_settings_has_an_empty_form(made_up):
    assert list(methods.find("layouts", "raw").form()().fields) == []
