"""What was exported comes back in as the judgments that it was."""

import json

import pytest

from annotation import projects
from annotation.models import JudgmentVersion
from annotation.projects import Wish
from annotation.snapshots import content, reading

SWITCHES = [{"price": "1", "buys": False}, {"price": "2", "buys": True}]
LIST = [{"price": "0.50", "buys": True}, {"price": "2", "buys": False}]


@pytest.fixture
def exported(researcher):
    """`exported(snapshot, layout="raw")`: the file's lines."""

    def act(snapshot, **query):
        answer = researcher.api.get(f"/api/v1/snapshots/{snapshot.pk}/export/", query)
        assert answer.status_code == 200, answer.content
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]

    return act


@pytest.fixture
def bring(researcher, finish_jobs):
    """`bring(project, records)`: what came of the import as judgments."""

    def act(project, records):
        body = {"records": records, "as": "judgments"}
        assert researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", body).status_code == 202
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        return job.result

    return act


@pytest.fixture
def come_back(researcher, project, exported, freeze, bring):
    """`come_back(layout)`: answers and what was asked about, before and after going out and in by that layout."""

    def act(layout):
        snapshot = freeze()
        other = projects.create(scope=researcher.scope, wish=Wish(name="Again", kinds=project.kinds))
        result = bring(other, exported(snapshot, layout=layout))
        assert result["rejected"] == []
        return sorted(map(plain, reading.read(snapshot))), sorted(map(stored, of(other)))

    return act


def of(project):
    return JudgmentVersion.objects.filter(judgment__project=project).order_by("pk")


def plain(row):
    """What a row says, with its responses named by their texts."""
    return json.dumps(
        [row.kind, row.prompt, named(row.kind, row.answer, {part.id: part.text for part in row.responses})]
    )


def stored(version):
    texts = {str(pk): text for pk, text in version.judgment.assignment.task.responses.values_list("pk", "text")}
    prompt = version.judgment.assignment.task.prompt.messages
    return json.dumps([version.kind, prompt, named(version.kind, version.answer, texts)])


def named(kind, answer, texts):
    found = content.KINDS[kind].rename(answer, texts)
    return {**found, "amount": float(found["amount"])} if "amount" in found else found


@pytest.mark.parametrize(
    ("kinds", "layout"),
    [
        (["pairwise", "cardinal", "ranking", "binary", "rating"], "raw"),
        (["ranking"], "ranking"),
        (["rating"], "rating"),
        (["cardinal"], "cardinal"),
    ],
)
def test_a_layout_brings_back_what_went_out(judged, come_back, kinds, layout):
    judged(*kinds)
    before, after = come_back(layout)
    assert len(before) >= 6
    assert after == before


def test_a_raw_row_brings_what_stands_beside_the_verdict_and_how_long_it_took(researcher, project, bring):
    asks = Wish(settings={"asks": ["reason", "spans"]})
    projects.change(scope=researcher.scope, project=project, wish=asks)
    responses = [{"id": "x", "text": "Hello."}, {"id": "y", "text": "Go."}]
    span = {"response": "y", "start": 0, "end": 2, "quote": "Go", "label": "rude"}
    answer = {"preferred": "x", "reason": "It greets.", "spans": [span]}
    row = {"kind": "pairwise", "prompt": "Hi?", "responses": responses, "answer": answer, "duration_ms": 900}
    assert bring(project, [row])["rejected"] == []
    version = JudgmentVersion.objects.get()
    spoken_of = version.judgment.assignment.task.responses.get(text="Go.")
    assert (version.preferred.text, version.duration_ms) == ("Hello.", 900)
    assert version.answer["reason"] == "It greets."
    assert version.answer["spans"] == [{**span, "response": str(spoken_of.pk)}]


@pytest.mark.parametrize("answer", [{"amount": "2.5"}, {"rows": LIST}, {"rows": SWITCHES}])
def test_an_amount_for_one_answer_comes_in_by_a_raw_row(project, bring, answer):
    project.kinds = ["cardinal"]
    project.save()
    row = {"kind": "cardinal", "prompt": "Hi?", "responses": [{"id": "x", "text": "Hello."}], "answer": answer}
    assert bring(project, [row])["rejected"] == []
    version = JudgmentVersion.objects.get()
    assert version.answer == answer
    assert version.is_consistent is (answer != {"rows": SWITCHES})
    assert version.judgment.assignment.task.prompt.metadata == {}


def test_one_answer_has_marks_or_an_amount_in_plain_columns(project, bring):
    project.kinds = ["rating", "cardinal"]
    project.save()
    marked = {"prompt": "Hi?", "completion": "Hello.", "ratings": {"clarity": 4}, "annotator": "ann"}
    assert bring(project, [marked])["judgments"] == 1
    assert bring(project, [{"prompt": "Hi?", "completion": "Hello.", "amount": 2.5}])["judgments"] == 1
    assert [version.answer for version in of(project)] == [{"ratings": {"clarity": 4}}, {"amount": "2.5"}]


@pytest.mark.parametrize(("side", "low", "high"), [(0, "1", "2"), (1, "0", "2"), (0, "3", ""), (1, "0", "0")])
def test_an_interval_comes_back_as_the_interval_it_was(project, bring, side, low, high):
    project.kinds = ["cardinal"]
    project.save()
    worth = (1 if side == 0 else -1) * (float(low) + float(high or low)) / 2
    texts = {"prompt": "Hi?", "response1": "Hello.", "response2": "Go.", "preferred": f"response{side + 1}"}
    row = {**texts, "net_utility": worth, "amount_low": low, "amount_high": high}
    assert bring(project, [row])["rejected"] == []
    version = JudgmentVersion.objects.get()
    assert version.preferred.text == ["Hello.", "Go."][side]
    assert (version.amount_low, version.amount_high) == (float(low), float(high) if high else None)


def test_an_amount_in_another_currency_is_not_taken_for_ours(project, bring):
    project.kinds = ["cardinal"]
    project.save()
    row = {"prompt": "Hi?", "completion": "Hello.", "amount": "3", "currency": "EUR"}
    (fault,) = bring(project, [row])["rejected"]
    assert (fault["field"], fault["message"]) == ("currency", "This amount is in EUR; the project asks in USD.")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "pairwise", "responses": [{"id": "x", "text": "a"}, "b"], "answer": {"preferred": "z"}}, "answer"),
        ({"kind": "pairwise", "responses": ["a", "b"], "answer": [1]}, "answer"),
        ({"kind": "spoken", "responses": ["a", "b"], "answer": {}}, "kind"),
        ({"kind": "pairwise", "responses": ["a", "b"], "answer": {"preferred": None, "mood": 1}}, "label"),
        ({"completions": ["a", "b"], "ranks": [0]}, "ranks"),
        ({"completions": ["a", "b"], "ranks": [0, "1"]}, "ranks"),
        ({"completions": ["a"], "ranks": [0]}, "completions"),
        ({"completion": "a", "aspect": "clarity"}, "rating"),
        ({"completion": "a", "aspect": "clarity", "rating": "good"}, "ratings.clarity"),
        ({"completion": "a", "ratings": {"clarity": 7}}, "label"),
        ({"completion": "a", "amount": -1}, "amount"),
        ({"response1": "a", "response2": "b", "net_utility": 1, "amount_low": 2, "amount_high": 1}, "amount_high"),
    ],
)
def test_a_label_that_says_nothing_is_named_at_its_field(project, bring, values, field):
    project.kinds = ["pairwise", "cardinal", "ranking", "rating"]
    project.save()
    (fault,) = bring(project, [{"prompt": "Hi?", **values}])["rejected"]
    assert fault["field"] == field
