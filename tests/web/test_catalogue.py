"""The catalogues are what the sources say, whole, and translated with the same values and marks."""

import gettext
from io import BytesIO

import pytest
from django.utils.translation import gettext as say
from django.utils.translation import override

from config.management.commands import words
from web.catalogue import agreement, compiled, entries, finding
from web.catalogue.entries import Entry
from web.catalogue.finding import Message

LANGUAGES = words.languages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_sources_is_translated(language):
    kept = {entry.message: entry.translation for entry in entries.read(words.catalogue(language))}
    left = [message.text for message in words.said() if not kept.get(message)]
    assert left == [], "run `make words`, translate what it lists, and run it once more"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess_of_a_tool(language):
    assert "fuzzy" not in [
        flag.strip(" ,#")
        for line in words.catalogue(language).read_text().splitlines()
        if line.startswith("#,")
        for flag in line.split(",")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_and_marks_of_every_translation_are_those_of_its_sentence(language):
    found = {
        entry.message.text: wrong
        for entry in entries.read(words.catalogue(language))
        if entry.translation and (wrong := agreement.differences(entry.message, entry.translation))
    }
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    path = words.catalogue(language)
    told = f"{path.with_suffix('.mo').name} is not what {path.name} says: run `make words`"
    assert compiled.compile_entries(entries.read(path), language) == path.with_suffix(".mo").read_bytes(), told


def test_sentences_of_python_are_found_by_their_call():
    text = """from django.utils.translation import gettext as _
_("One " "line"), said.ngettext("a", "b", 2), _(name), f("no")"""
    assert list(finding.of_python(text)) == [Message("One line"), Message("a", "b")]


def test_what_code_without_django_tells_people_is_found_by_where_it_stands():
    text = """
SettingError("kl", "Too far."), SettingError("kl", f"No {kl}."), Cost("answers", 3), other("kl", "No.")"""
    assert list(finding.of_pure(text)) == [Message("Too far."), Message("answers")]


def test_sentences_of_templates_are_found_in_tags_blocks_and_arguments():
    text = """{% load i18n %}{% translate "It’s (here)" %}{% button _("Save") %}{{ x|default:_("none") }}
    {% blocktranslate trimmed with a=b %}
      {{ a }} is
      100% sure
    {% endblocktranslate %}
    {% blocktranslate count n=n %}{{ n }} thing{% plural %}{{ n }} things{% endblocktranslate %}"""
    assert list(finding.of_template(text)) == [
        Message("It’s (here)"),
        Message("Save"),
        Message("none"),
        Message("%(a)s is 100%% sure"),
        Message("%(n)s thing", "%(n)s things"),
    ]


def test_a_sentence_with_a_plural_has_one_entry():
    found = finding.merged({Message("task"): ["a.py"], Message("task", "tasks"): ["b.py"]})
    assert found == {Message("task", "tasks"): ["b.py", "a.py"]}


def test_a_catalogue_is_read_as_it_was_written(tmp_path):
    kept = [
        Entry(Message('Say "{name}"\n\\n'), "说“{name}”\n\\n", ("a.py", "b.html")),
        Entry(Message("%(n)s thing", "%(n)s things"), "%(n)s 个东西", ("c.py",)),
        Entry(Message("later"), "", ("settings",)),
    ]
    entries.write(tmp_path / "django.po", kept, "zh-hans")
    assert entries.read(tmp_path / "django.po") == kept


def test_a_compiled_catalogue_is_read_by_pythons_own_gettext():
    kept = [Entry(Message("one", "many"), "多"), Entry(Message("word"), "词"), Entry(Message("later"), "")]
    read = gettext.GNUTranslations(BytesIO(compiled.compile_entries(kept, "zh-hans")))
    assert [read.gettext("word"), read.gettext("later")] == ["词", "later"]
    assert [read.ngettext("one", "many", n) for n in (1, 2)] == ["多", "多"]


def test_refreshing_keeps_translations_and_names_what_is_said_no_more():
    old = [Entry(Message("kept"), "留"), Entry(Message("gone"), "去")]
    kept, gone = entries.refreshed(old, {Message("kept", "kepts"): ["a.py"], Message("new"): ["b.py"]})
    assert [(entry.message, entry.translation) for entry in kept] == [
        (Message("kept", "kepts"), "留"),
        (Message("new"), ""),
    ]
    assert [entry.message.text for entry in gone] == ["gone"]


@pytest.mark.parametrize(
    ("message", "translation", "wrong"),
    [
        (Message("%(a)s of {b:.2f}"), "{b:.2f} 之 %(a)s", []),
        (Message("%(a)s of {b}"), "%(a)s", ["{b} is missing"]),
        (Message("plain"), "{b}", ["{b} is not in the sentence"]),
        (Message("<b>bold</b>"), "<b>粗</b>", []),
        (Message("<b>bold</b>"), "粗", ["</b> is missing", "<b> is missing"]),
        (Message("one thing", "%(n)s things"), "%(n)s 个东西", []),
    ],
)
def test_a_translation_has_the_values_and_marks_of_its_sentence(message, translation, wrong):
    assert agreement.differences(message, translation) == wrong


def test_both_catalogues_of_django_and_ours_are_spoken():
    with override("zh-hans"):
        assert say("Sign in") == "登录"
        assert say("This field is required.") == "该字段是必填项。"


def test_what_a_kind_of_job_is_called_is_a_sentence_to_translate():
    source = '@kinds.register("a.count", queue="short", label="Count apples")\ndef count(work): ...\n'
    assert list(finding.of_python(source)) == [Message("Count apples")]
