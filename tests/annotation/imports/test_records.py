"""Every layout that people have, read as prompt and responses."""

import pytest

from annotation import transcripts
from annotation.imports import questions, records
from annotation.imports.faults import BadRecord

USER = {"role": "user", "content": "Hi?"}
ASKED = "\n\nHuman: Hi?\n\nAssistant: "
SAID = {"role": "assistant", "content": "Hello."}
OTHER = {"role": "assistant", "content": "Go."}


def texts(record):
    return [part.text for part in record.responses]


@pytest.mark.parametrize(
    ("values", "is_text"),
    [
        ({"prompt": "Hi?", "responses": ["Hello.", "Go."]}, True),
        ({"prompt": [USER], "responses": [{"text": "Hello.", "source": "m1"}, "Go."]}, False),
        ({"prompt": "Hi?", "responses": [[SAID], {"text": [OTHER]}]}, True),
        ({"prompt": "Hi?", "chosen": "Hello.", "rejected": "Go."}, True),
        ({"prompt": [USER], "chosen": [SAID], "rejected": [OTHER]}, False),
        ({"prompt": "Hi?", "chosen": [SAID], "rejected": "Go."}, True),
        ({"prompt": "Hi?", "chosen": [USER, SAID], "rejected": [USER, OTHER]}, True),
        ({"chosen": [USER, SAID], "rejected": [USER, OTHER]}, False),
        ({"chosen": ASKED + "Hello.", "rejected": ASKED + "Go."}, False),
        ({"chosen": "Hi? Hello.", "rejected": "Hi? Go."}, True),
        ({"prompt": "Hi?", "response1": ASKED + "Hello.", "response2": ASKED + "Go."}, False),
        ({"prompt": "Hi?", "response1": "Hello.", "response2": "Go."}, True),
    ],
)  # fmt: skip
def test_a_pair_is_read_from_every_layout(values, is_text):
    record = records.read(values)
    assert record.prompt == [USER]
    assert texts(record) == ["Hello.", "Go."]
    assert record.is_text is is_text


def test_a_conversation_of_many_turns_is_cut_before_the_last_answer():
    turns = [USER, SAID, {"role": "user", "content": "Sure?"}]
    record = records.read({"chosen": [*turns, SAID], "rejected": [*turns, OTHER]})
    assert record.prompt == turns
    assert texts(record) == ["Hello.", "Go."]


def test_the_words_two_texts_share_end_at_a_space():
    record = records.read({"chosen": "The sky is blue.", "rejected": "The sky is black."})
    assert record.prompt[0]["content"] == "The sky is"
    assert texts(record) == ["blue.", "black."]


def test_cardinal_rows_say_who_would_pay_what_for_which():
    row = {"prompt": "Hi?", "response1": "Hello.", "response2": "Go.", "data_source": "lmsys", "is_multi_turn": False}
    first = records.read({**row, "net_utility": 1.25, "labeler": 3})
    second = records.read({**row, "net_utility": -0.5})
    tie = records.read({**row, "net_utility": 0})
    assert (first.label.answers["cardinal"], first.label.annotator) == ({"preferred": "0", "amount": "1.25"}, "3")
    assert (second.label.answers["cardinal"], second.label.annotator) == (
        {"preferred": "1", "amount": "0.5"},
        "unknown",
    )
    assert tie.label.answers["cardinal"] == {"preferred": None, "amount": "0"}
    assert first.metadata == {"data_source": "lmsys", "is_multi_turn": False, "labeler": 3}


@pytest.mark.parametrize(("label", "meaning"), [(True, True), (0, False), ("True", True), ("false", False)])
def test_unpaired_rows_are_desirable_or_not(label, meaning):
    assert (
        records.read({"prompt": "Hi?", "completion": "Hello.", "label": label}).label.answers["binary"]["desirable"]
        is meaning
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"prompt": "Hi?"}, "responses"),
        ({"responses": ["a", "b"]}, "prompt"),
        ({"prompt": "  ", "responses": ["a", "b"]}, "prompt"),
        ({"prompt": [], "responses": ["a", "b"]}, "prompt"),
        ({"prompt": [{"role": "user"}], "responses": ["a"]}, "prompt.0.content"),
        ({"prompt": 7, "responses": ["a"]}, "prompt"),
        ({"prompt": "Hi?", "responses": []}, "responses"),
        ({"prompt": "Hi?", "responses": ["a"] * 9}, "responses"),
        ({"prompt": "Hi?", "responses": ["a", "a"]}, "responses"),
        ({"prompt": "Hi?", "responses": ["a", 5]}, "responses.1"),
        ({"prompt": "Hi?", "responses": [{"text": "a", "source": 5}]}, "responses.0.source"),
        ({"prompt": "Hi?", "responses": ["a"], "metadata": []}, "metadata"),
        ({"prompt": "Hi?", "responses": ["a"], "priority": "high"}, "priority"),
        ({"prompt": "Hi?", "chosen": "a"}, "rejected"),
        ({"chosen": [USER, SAID], "rejected": "Go."}, "rejected"),
        ({"chosen": [USER, SAID], "rejected": [USER, SAID, USER, OTHER]}, "rejected"),
        ({"chosen": "Yes.", "rejected": "No."}, "prompt"),
        ({"prompt": "Hi?", "completion": "a", "label": "perhaps"}, "label"),
        ({"prompt": "Hi?", "response1": "a", "response2": "b", "net_utility": "1e999"}, "net_utility"),
        ({"prompt": "Hi?", "response1": "a", "response2": "b", "net_utility": True}, "net_utility"),
    ],
)
def test_what_cannot_be_used_is_named(values, field):
    with pytest.raises(BadRecord) as bad:
        records.read(values)
    assert bad.value.field == field


def test_transcripts_are_read_as_they_are_written():
    turns = [USER, SAID, {"role": "user", "content": "Why?\n\nI mean it."}]
    assert transcripts.parse(transcripts.write(turns)) == turns
    assert transcripts.parse("No turns here. Human: says who?") is None


def test_kinds_of_one_response_ask_about_each():
    pair = records.read({"prompt": "Hi?", "responses": ["a", "b"]})
    found = questions.tasks(pair, ["pairwise", "binary"])
    assert [(one.kind, one.responses) for one in found] == [("pairwise", (0, 1)), ("binary", (0,)), ("binary", (1,))]
    with pytest.raises(BadRecord, match="takes 2"):
        questions.tasks(records.read({"prompt": "Hi?", "responses": ["a", "b", "c"]}), ["pairwise"])


def test_an_amount_stays_an_amount_wherever_the_project_asks_for_amounts():
    worth = records.read({"prompt": "Hi?", "response1": "a", "response2": "b", "net_utility": 5, "annotator": "ann"})
    assert questions.labelled(worth, ["pairwise", "cardinal", "rating"]).kind == "cardinal"
    assert questions.labelled(worth, ["pairwise", "ranking"]).kind == "pairwise"


def test_a_label_is_said_in_the_first_kind_that_holds_it():
    pair = records.read({"prompt": "Hi?", "chosen": "a", "rejected": "b"})
    assert questions.labelled(pair, ["cardinal", "pairwise"]).kind == "pairwise"
    assert questions.answer(pair.label, "ranking", ["x", "y"]) == {"order": [["x"], ["y"]]}
    with pytest.raises(BadRecord, match="cannot be said"):
        questions.labelled(pair, ["cardinal"])


@pytest.mark.parametrize(
    ("values", "field", "meant"),
    [
        ({"promt": "Hi?", "chosen": "Hello.", "rejected": "Go."}, "prompt", "Is “promt” meant to be prompt?"),
        ({"prompt": "Hi?", "respones": ["Hello.", "Go."]}, "responses", "Is “respones” meant to be responses?"),
        ({"topic": "tea", "chosen": "Hello.", "rejected": "Go."}, "prompt", ""),  # nothing is guessed at
    ],
)
def test_a_misspelt_name_is_named_where_what_it_means_is_missing(values, field, meant):
    with pytest.raises(BadRecord) as bad:
        records.read(values)
    assert bad.value.field == field
    assert bad.value.message.endswith(meant)
    assert ("meant to be" in bad.value.message) == bool(meant)
