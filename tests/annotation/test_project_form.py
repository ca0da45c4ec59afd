"""The form of a project is made from the settings: whatever they hold stands in it, in words."""

from dataclasses import dataclass, field, fields

import pytest
from django.forms import ValidationError
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from annotation.forms import aspects, settings
from annotation.settings import ProjectSettings, as_json
from api.schemas import build

WORDS = st.text("abcäß字 \u0301", min_size=1, max_size=8).filter(lambda words: words == words.strip())


def test_every_setting_stands_in_the_form_once():
    form = settings.settings_form(None, {})
    shown = [one.field.name.split(".")[0] for fieldset in settings.fieldsets(form) for one in fieldset.settings]
    assert sorted(set(shown)) == sorted(one.name for one in fields(ProjectSettings))


@pytest.mark.parametrize("one", fields(ProjectSettings), ids=lambda one: one.name)
def test_every_setting_has_a_title_a_sentence_and_a_fieldset_that_is_known(one):
    assert one.metadata.get("title"), "give it title=_(…)"
    assert one.metadata.get("help")
    assert one.metadata.get("group", settings.MORE) in settings.GROUPS


def test_a_setting_without_a_group_stands_under_more_and_a_new_group_under_its_own_name(monkeypatch):
    @dataclass(frozen=True)
    class Wider(ProjectSettings):
        lost: bool = False
        shield: bool = field(default=False, metadata={"group": "harmful_text", "kinds": ["binary"]})

    monkeypatch.setattr(settings, "ProjectSettings", Wider)
    found = {one.name: one for one in settings.fieldsets(settings.settings_form(None, {}))}
    assert [one.field.name for one in found["more"].settings] == ["lost"]
    assert (found["harmful_text"].title, found["harmful_text"].kinds) == ("Harmful text", ("binary",))


def test_money_applies_to_amounts_alone_and_the_queue_to_everything():
    found = {one.name: one for one in settings.fieldsets(settings.settings_form(None, {}))}
    assert found["money"].kinds == ("cardinal",)
    assert found["queue"].kinds == found["question"].kinds == ()


def test_aspects_are_written_as_lines_and_read_back():
    lines = "helpfulness: does it help\n  1 = no\n  5 = fully\ntone"
    assert aspects.read(lines) == [
        {"name": "helpfulness", "description": "does it help", "anchors": {"1": "no", "5": "fully"}},
        "tone",
    ]
    assert aspects.write(aspects.read(lines)) == lines


@checked(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(st.lists(st.builds(lambda a, b, c: {"name": a, "description": b, "anchors": {"3": c}}, WORDS, WORDS, WORDS)))
def test_any_aspects_survive_being_written_and_read(parts):
    assert aspects.read(aspects.write(parts)) == parts


def test_a_number_without_an_aspect_is_refused():
    with pytest.raises(ValidationError):
        aspects.read("  1 = bad")


def test_the_form_and_the_api_choose_the_same_settings():
    plain = as_json(ProjectSettings())
    form = settings.settings_form(None, {})
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if hasattr(form.fields[name], "prepare_value"):
            value = form.fields[name].prepare_value(value)
        if value is not False and value is not None:
            sent[form[name].html_name] = value
    bound = settings.settings_form(sent, {})
    assert bound.is_valid(), bound.errors
    assert as_json(build(ProjectSettings, bound.values())) == plain
