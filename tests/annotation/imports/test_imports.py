"""Bringing files in by the API, good ones and bad ones."""

import gzip
import io
import json
from pathlib import Path

import pyarrow
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pyarrow import parquet

from accounts.models import Annotator
from annotation.imports import files, running
from annotation.imports.storing import Tally
from annotation.models import Assignment, JudgmentVersion, Prompt, Response, Task
from annotation.queue import offers
from annotation.queue.offers import Offer
from jobs.models import Job

ROWS = [{"prompt": f"Question {n}?", "chosen": f"Good {n}.", "rejected": f"Bad {n}."} for n in range(5)]


@pytest.fixture
def bring(researcher, project, finish_jobs):
    """`bring("a.jsonl", bytes)`: the job of an uploaded file, or of records in the body."""

    def act(name, content=None, **options):
        address = f"/api/v1/projects/{project.pk}/imports/"
        if content is None:
            answer = researcher.api.post(address, {"records": name, **options})
        else:
            body = {"file": SimpleUploadedFile(name, content), **options}
            answer = researcher.api.post(address, body, format="multipart")
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        return job.result

    return act


def jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(rows):
    target = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), target)
    return target.getvalue()


def as_csv(rows):
    lines = [",".join(rows[0])] + [",".join(f'"{value}"' for value in row.values()) for row in rows]
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", jsonl(ROWS)),
        ("a.JSONL", b"\xef\xbb\xbf" + jsonl(ROWS).replace(b"\n", b"\r\n\n")),
        ("a.jsonl.gz", gzip.compress(jsonl(ROWS))),
        ("a.csv", as_csv(ROWS)),
        ("a.parquet", as_parquet(ROWS)),
    ],
)
def test_every_kind_of_file_brings_the_same_tasks(bring, name, content):
    assert bring(name, content) == {
        "tasks": 5, "prompts": 5, "responses": 10, "judgments": 0, "duplicates": 0, "rejected": [],
    }  # fmt: skip
    assert list(Task.objects.order_by("position").values_list("prompt__messages__0__content", flat=True)) == [
        row["prompt"] for row in ROWS
    ]


def test_what_is_there_already_is_not_made_again(bring):
    bring(ROWS)
    again = bring([*ROWS[:3], {"prompt": "Question 4?", "responses": ["Bad 4.", "Good 4."]}])
    assert (again["tasks"], again["prompts"], again["responses"], again["duplicates"]) == (0, 0, 0, 4)
    assert bring([ROWS[0], ROWS[0]])["duplicates"] == 2


def test_a_new_answer_to_a_known_prompt_makes_only_what_is_new(bring):
    bring(ROWS)
    more = bring([{"prompt": "Question 0?", "responses": ["Good 0.", "Better 0."]}])
    assert (more["tasks"], more["prompts"], more["responses"]) == (1, 0, 1)


def test_with_a_bad_line_nothing_is_kept(bring):
    result = bring("a.jsonl", jsonl(ROWS[:2]) + b'{"prompt": "x"}\n{nonsense\n' + jsonl(ROWS[2:]))
    assert result["tasks"] == 0
    assert [(fault["line"], fault["field"]) for fault in result["rejected"]] == [(3, "responses"), (4, "")]
    assert not Prompt.objects.exists()


def test_partial_keeps_the_good_lines(bring):
    result = bring("a.jsonl", jsonl(ROWS[:2]) + b'{"prompt": "x"}\n' + jsonl(ROWS[2:]), partial=True)
    assert (result["tasks"], len(result["rejected"])) == (5, 1)


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("a.jsonl", b'{"prompt": "\xff\xfe"}\n', 1, "UTF-8"),
        ("a.jsonl", jsonl(ROWS[:1]) + b'{"prompt": "a\\u0000b", "responses": ["x", "y"]}\n', 2, "NUL"),
        ("a.jsonl", b'{"prompt": "\\ud800", "responses": ["x", "y"]}\n', 1, "surrogate"),
        ("a.jsonl", b'{"prompt": "p", "responses": ["x", "y"], "metadata": {"a": NaN}}\n', 1, "NaN"),
        ("a.jsonl", b'{"prompt": ' + b"[" * 100_000 + b"\n", 1, "deep"),
        ("a.jsonl", b'{"prompt": ' + b"[" * 70 + b"]" * 70 + b', "responses": ["x", "y"]}\n', 1, "deep"),
        ("a.jsonl", b'["prompt"]\n', 1, "object"),
        ("a.jsonl", b'{"n": ' + b"9" * 5_000 + b"}\n", 1, "JSON"),
        ("a.jsonl.gz", b"no gzip at all", 1, "broken"),
        ("a.csv", b"question,answer\n1,2\n", 1, "columns"),
        ("a.csv", b"prompt,chosen,rejected\na,b\n", 2, "cells"),
        ("a.csv", b'prompt,chosen,rejected\na,"b,c\n', 2, "CSV"),
        ("a.csv", b"prompt,chosen,rejected\na,\xff,c\n", 2, "UTF-8"),
        ("a.csv", b"prompt,chosen,rejected,pr\xe9nom\na,b,c,d\n", 1, "UTF-8"),
        ("a.csv", "prompt,chosen,rejected\na,b,c\n".encode("utf-16"), 1, "UTF-8"),
        ("a.jsonl", b'{"prompt": "p", "responses": ["x", "y"]\n', 1, "breaks at character 41"),
        ("a.jsonl", b'{"prompt": "p", "responses": ["x"]}\n', 1, "“Which is better” takes 2 responses"),
        ("a.parquet", as_parquet(ROWS)[:-7], 1, "Parquet"),
        ("a.parquet", b"PAR1", 1, "Parquet"),
    ],
)
def test_a_broken_file_is_named_at_its_line(bring, name, content, line, words):
    (fault,) = bring(name, content)["rejected"]
    assert fault["line"] == line
    assert words in fault["message"]
    assert not Task.objects.exists()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_is_read_as_spreadsheets_of_other_countries_write_it(bring, mark):
    found = bring("a.csv", f'prompt{mark}chosen{mark}rejected\n"one, {mark} two"{mark}Good.{mark}Bad.\n'.encode())
    assert (found["tasks"], found["rejected"]) == (1, [])
    assert Prompt.objects.get().messages[0]["content"] == f"one, {mark} two"


def test_a_compressed_file_that_was_cut_short_keeps_what_came_before_where_asked(bring):
    rows = [{"prompt": f"Question {n}?", "responses": [f"Good {n}.", f"Bad {n}."]} for n in range(200)]
    result = bring("a.jsonl.gz", gzip.compress(jsonl(rows))[:-40], partial=True)
    assert 100 < result["tasks"] < 200
    assert [(fault["line"], "cut short" in fault["message"]) for fault in result["rejected"]] == [
        (result["tasks"] + 1, True)
    ]


def test_a_line_that_is_too_long_is_passed_over(bring, monkeypatch):
    monkeypatch.setattr(files, "LONGEST_LINE", 10_000)
    long = {"prompt": "p" * 45_000, "responses": ["x", "y"]}
    result = bring("a.jsonl", jsonl([ROWS[0], long, ROWS[1]]), partial=True)
    assert result["tasks"] == 2
    assert result["rejected"][0]["line"] == 2


def test_a_file_that_unfolds_too_far_is_left(bring, settings):
    settings.MAX_UPLOAD_BYTES = 100_000
    bomb = gzip.compress(jsonl([{"prompt": "p" * 100_000, "responses": ["x", "y"]}]) * 20)
    assert len(bomb) < 10_000
    assert "unfolds" in bring("a.jsonl.gz", bomb)["rejected"][0]["message"]


def test_script_in_text_is_kept_as_text(bring):
    bring([{"prompt": "<script>alert(1)</script>", "responses": ["<img src=x onerror=alert(1)>", "b"]}])
    assert Response.objects.filter(text="<img src=x onerror=alert(1)>").exists()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "file"),
        ({"records": []}, 400, "records"),
        ({"records": ["x"]}, 400, "records.0"),
        ({"records": [{}] * 1_001}, 400, "records"),
        ({"records": ROWS, "kind": "poetry"}, 400, "kind"),
        ({"records": ROWS, "kind": "binary"}, 422, "kind"),
        ({"records": ROWS, "as": "poems"}, 400, "as"),
        ({"records": ROWS, "overlap": 0}, 400, "overlap"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(researcher, project, body, status, field):
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", body)
    assert answer.status_code == status
    assert field in answer.json()["errors"][0]["field"]


def test_a_file_of_another_kind_is_refused(researcher, project):
    file = SimpleUploadedFile("a.xlsx", b"x")
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"file": file}, format="multipart")
    assert answer.status_code == 422


def test_labels_become_judgments_outside_the_overlap(bring):
    result = bring([{**row, "annotator": "ann"} for row in ROWS], **{"as": "judgments"})
    assert (result["tasks"], result["judgments"]) == (5, 5)
    annotator = Annotator.objects.get()
    assert (annotator.origin, annotator.source_name) == ("imported", "ann")
    assert set(Task.objects.values_list("open_places", flat=True)) == {1}
    texts = set(JudgmentVersion.objects.values_list("preferred__text", flat=True))
    assert texts == {row["chosen"] for row in ROWS}


def test_labels_count_toward_the_overlap_where_it_is_asked(bring):
    bring(ROWS, counts=True, **{"as": "judgments"})
    assert set(Task.objects.values_list("open_places", flat=True)) == {0}
    assert Assignment.objects.filter(holds_place=True).count() == 5


def simulated(**changes):
    """A frozen row of what a program answered."""
    responses = [{"id": "a", "text": "Good."}, {"id": "b", "text": "Bad."}]
    row = {"kind": "pairwise", "prompt": "Question?", "responses": responses, "answer": {"preferred": "a"}}
    return {**row, "annotator": "hasty", "origin": "simulated", "shown_order": ["b", "a"], **changes}


def test_what_a_program_answered_stays_told_apart_and_keeps_its_sides(bring):
    bring([{"prompt": "Question?", "responses": ["Bad.", "Good."]}], kind="pairwise")
    assert bring([simulated()], **{"as": "judgments"})["judgments"] == 1
    said = JudgmentVersion.objects.get()
    assignment = said.judgment.assignment
    shown = [place.response.text for place in assignment.task.places.order_by("position")]
    assert [shown[place] for place in assignment.shown_order] == ["Bad.", "Good."]
    assert said.preferred.text == "Good."
    assert (assignment.annotator.origin, assignment.annotator.source_name) == ("simulated", "hasty")


def test_a_program_and_a_file_of_one_name_are_two_annotators(bring):
    bring([simulated(), simulated(origin="person", prompt="Another?")], **{"as": "judgments"})
    assert sorted(Annotator.objects.filter(source_name="hasty").values_list("origin", flat=True)) == [
        "imported",
        "simulated",
    ]


@pytest.mark.parametrize("shown", [None, "ab", ["a"], ["a", "a"], ["a", "c"], ["a", "b", "b"], [["a"], {}]])
def test_a_simulated_answer_says_in_which_order_it_was_shown(bring, shown):
    (fault,) = bring([simulated(shown_order=shown)], **{"as": "judgments"})["rejected"]
    assert fault["field"] == "shown_order"


def test_the_same_label_twice_is_one_and_another_is_a_fault(bring):
    swapped = {"prompt": "Question 0?", "chosen": "Bad 0.", "rejected": "Good 0."}
    result = bring([*ROWS, ROWS[1], swapped], partial=True, **{"as": "judgments"})
    assert (result["judgments"], result["duplicates"]) == (5, 1)
    assert result["rejected"][0]["line"] == 7


def test_a_record_without_a_label_is_no_judgment(bring):
    result = bring([{"prompt": "p", "responses": ["a", "b"]}], **{"as": "judgments"})
    assert result["rejected"][0]["field"] == "label"


def test_cardinal_rows_become_amounts(bring, project):
    project.kinds = ["cardinal"]
    project.save()
    row = {"prompt": "Hi?", "response1": "Hello.", "response2": "Go.", "net_utility": -12_345.678, "labeler": "A"}
    bring([row], **{"as": "judgments"})
    version = JudgmentVersion.objects.get()
    assert (version.preferred.text, str(version.amount_low), version.currency) == ("Go.", "12345.678000", "USD")


def test_new_tasks_reach_an_annotator_who_had_come_to_the_end(bring, annotator, project):
    bring(ROWS[:1])
    scope = annotator.scope
    first = offers.take(scope=scope, project=project.pk, holding=[])
    assert not isinstance(offers.take(scope=scope, project=project.pk, holding=[first.assignment]), Offer)
    bring(ROWS[1:])
    assert isinstance(offers.take(scope=scope, project=project.pk, holding=[first.assignment]), Offer)


def test_a_job_told_twice_brings_in_once(bring, researcher, project, finish_jobs):
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"records": ROWS})
    finish_jobs()
    assert finish_jobs() == []
    assert answer.json()["id"] == answer.json()["job"]["id"]
    assert Task.objects.count() == 5


def test_the_command_imports_and_says_what_it_did(project, tmp_path, capsys):
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl(ROWS))
    call_command("import_tasks", str(path), "--project", str(project.pk))
    assert json.loads(capsys.readouterr().out)["tasks"] == 5
    path.write_bytes(jsonl([{"prompt": "x"}]))
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_tasks", str(path), "--project", str(project.pk))


def test_another_try_after_the_file_was_cleared_away_says_so(researcher, project, finish_jobs):
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"records": [{"prompt": "P"}]})
    job = Job.objects.get(pk=answer.json()["job"]["id"])
    (Path(settings.MEDIA_ROOT) / job.arguments["path"]).unlink()
    (ended,) = finish_jobs()
    assert (ended.state, ended.error.partition(" away")[0]) == ("failed", "The file was cleared")


@pytest.mark.django_db
@pytest.mark.parametrize(("judgments", "is_analysed"), [(0, False), (1_000, True)])
def test_what_is_still_empty_is_not_told_to_be_so(judgments, is_analysed):
    with CaptureQueriesContext(connection) as asked:
        running.refresh_statistics(Tally(tasks=1_000, judgments=judgments))
    assert ("ANALYZE annotation_assignment" in [query["sql"] for query in asked]) is is_analysed
