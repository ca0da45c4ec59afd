"""The pages of bringing in: nothing is written before it was looked at, and every bad line is named."""

import gzip
import json
import os
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.imports import examples, files, records, staging
from annotation.models import Judgment, Prompt, Task
from jobs.models import Job
from tests.web import pseudo

ROWS = [{"prompt": f"Question {n}?", "chosen": f"Good {n}.", "rejected": f"Bad {n}."} for n in range(8)]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def address(project):
    return f"/w/home/projects/{project.pk}/imports/"


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def upload(member, address, name="a.jsonl", content=None):
    file = SimpleUploadedFile(name, jsonl(ROWS) if content is None else content)
    return member.browser.post(address, {"file": file})


def test_a_file_is_looked_at_before_anything_is_written(researcher, address):
    staged = upload(researcher, address)["Location"]
    page = researcher.browser.get(staged).content.decode()
    assert "8 records that can be used, 0 lines that cannot" in page
    assert "8 of them carry labels" in page
    assert "Question 0?" in page
    assert not Prompt.objects.exists()
    assert not Job.objects.exists()


def test_it_is_brought_in_once_and_says_what_came_of_it(researcher, address, finish_jobs):
    staged = upload(researcher, address)["Location"]
    outcome = researcher.browser.post(staged, {"bring": "tasks", "overlap": 3})["Location"]
    assert researcher.browser.post(staged, {"bring": "tasks"}).status_code == 404
    waiting = researcher.browser.get(outcome).content.decode()
    assert "hx-trigger" in waiting
    (job,) = finish_jobs()
    assert job.arguments["name"] == "a.jsonl"
    done = researcher.browser.get(outcome).content.decode()
    assert "All of it is in." in done
    assert "See the tasks" in done
    assert "hx-trigger" not in done
    assert list(Task.objects.values_list("overlap", flat=True)) == [3] * 8
    assert "a.jsonl" in researcher.browser.get(address).content.decode()


def test_labels_become_judgments_where_it_is_asked(researcher, address, finish_jobs):
    staged = upload(researcher, address)["Location"]
    preview = researcher.browser.get(staged, {"bring": "judgments"}, headers={"HX-Request": "true"}).content.decode()
    assert "unknown says: Answer 1" in preview
    assert "<html" not in preview
    researcher.browser.post(staged, {"bring": "judgments"})
    finish_jobs()
    assert Judgment.objects.count() == 8


@pytest.mark.parametrize(
    "text", ["\n".join(map(json.dumps, ROWS)), json.dumps(ROWS, indent=2), "prompt,chosen,rejected\n" + "p,a,b\n"]
)
def test_records_are_pasted_as_lines_a_list_or_a_table(researcher, address, text):
    staged = researcher.browser.post(address, {"text": text})["Location"]
    assert re.search(r"[18] records? that can be used, 0 lines", researcher.browser.get(staged).content.decode())


def test_bad_lines_are_named_before_and_after(researcher, address, finish_jobs):
    content = jsonl(ROWS[:1]) + b'{"prompt": "x"}\n{oops\n'
    staged = upload(researcher, address, content=content)["Location"]
    assert "1 record that can be used, 2 lines that cannot" in researcher.browser.get(staged).content.decode()
    outcome = researcher.browser.post(staged, {"bring": "tasks"})["Location"]
    finish_jobs()
    page = researcher.browser.get(outcome).content.decode()
    assert "2 lines were refused" in page
    assert "Nothing was brought in" in page
    listed = researcher.browser.get(address).content.decode()
    assert "Nothing brought in" in listed and "Succeeded" not in listed.partition("<tbody>")[2]
    assert "Lines refused: 2" in listed
    sheet = b"".join(researcher.browser.get(f"{outcome}rejected/").streaming_content).decode().splitlines()
    assert sheet[0] == "line,field,message"
    assert sheet[1].startswith("2,responses,")
    assert sheet[2].startswith("3,,")


def test_a_file_that_brings_nothing_does_not_say_that_all_is_in(researcher, address, finish_jobs):
    for content, said in ((None, "All of it is in."), (None, "Nothing in it is new"), (b"\n\n", "There is no record")):
        staged = upload(researcher, address, content=content)["Location"]
        outcome = researcher.browser.post(staged, {"bring": "tasks"})["Location"]
        finish_jobs()
        assert said in researcher.browser.get(outcome).content.decode()


def test_the_job_of_an_import_is_told_in_words(researcher, address, finish_jobs):
    staged = upload(researcher, address)["Location"]
    outcome = researcher.browser.post(staged, {"bring": "tasks"})["Location"]
    (job,) = finish_jobs()
    page = researcher.browser.get(f"/w/home/jobs/{job.pk}/").content.decode()
    assert f'<a href="{outcome}" dir="auto" translate="no">a.jsonl</a>' in page
    assert "<dt>Tasks</dt><dd>8</dd>" in page and "<dt>Lines refused</dt><dd>0</dd>" in page


def test_the_file_of_refused_lines_holds_more_than_the_page(researcher, address, finish_jobs):
    staged = upload(researcher, address, content=b'{"prompt": "x"}\n' * 1_300)["Location"]
    outcome = researcher.browser.post(staged, {"bring": "tasks", "partial": "on"})["Location"]
    finish_jobs()
    page = researcher.browser.get(outcome).content.decode()
    assert "1300 lines were refused" in page
    sheet = b"".join(researcher.browser.get(f"{outcome}rejected/").streaming_content).decode().splitlines()
    assert len(sheet) == 1_301
    assert sheet[-1].startswith("1300,responses,")


def test_no_cell_of_the_refused_lines_is_a_formula(researcher, address, finish_jobs):
    bad = {"prompt": "x", "responses": ["a", "b"], "=cmd()": float("nan")}
    staged = upload(researcher, address, content=jsonl([bad]))["Location"]
    outcome = researcher.browser.post(staged, {"bring": "tasks"})["Location"]
    finish_jobs()
    sheet = b"".join(researcher.browser.get(f"{outcome}rejected/").streaming_content).decode()
    assert "1,'=cmd()," in sheet


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Choose a file or paste records"),
        ({"text": "   "}, "Choose a file or paste records"),
        ({"file": ("a.xlsx", b"x")}, "Expected a file named"),
        ({"file": ("a.jsonl", b"")}, "empty"),
        ({"file": ("a.jsonl", b"{}"), "text": "{}"}, "one of the two"),
        ({"text": '{"prompt": "a\x00b"}'}, "Null characters"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(researcher, address, given, said):
    if "file" in given:
        given = {**given, "file": SimpleUploadedFile(*given["file"])}
    answer = researcher.browser.post(address, given)
    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", b"no gzip"),
        ("a.jsonl.gz", gzip.compress(jsonl(ROWS))[:-12]),
        ("a.parquet", b"PAR1 and nothing more"),
        ("a.csv", b"question,answer\n1,2\n"),
        ("a.csv", "prompt,chosen,rejected\na,b,c\n".encode("utf-16")),
        ("a.jsonl", b"\xff\xfe\n"),
        ("a.jsonl", b'{"prompt": ' + b"[" * 100_000 + b"\n"),
        ("a.jsonl", b'{"prompt": "a\\u0000b", "responses": ["x", "y"]}\n'),
        ("a.jsonl", b'{"prompt": "p", "response1": "a", "response2": "b", "net_utility": 1e400}\n'),
    ],
)
def test_a_broken_file_is_shown_with_its_fault(researcher, address, name, content):
    page = researcher.browser.get(upload(researcher, address, name, content)["Location"])
    assert page.status_code == 200
    assert "Lines that cannot be used" in page.content.decode()


def test_script_in_a_record_is_shown_as_text(researcher, address):
    rows = [{"prompt": "<script>alert(1)</script>", "responses": ["<img src=x onerror=alert(1)>", "[a](javascript:x)"]}]
    page = researcher.browser.get(upload(researcher, address, content=jsonl(rows))["Location"]).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page.split("preview-title")[1]
    assert 'href="javascript' not in page


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(researcher, address, settings):
    settings.MAX_UPLOAD_BYTES = 1024 * 1024
    answer = upload(researcher, address, content=b"x" * 1_100_000)
    assert answer.status_code == 413
    assert "at most 1 MiB" in answer.content.decode()
    assert not any(staging.uploads().iterdir())


def test_a_looked_at_file_is_nobody_elses(researcher, member, stranger, address):
    staged = upload(researcher, address)["Location"]
    other = member("researcher", "other@home.example")
    assert other.browser.get(staged).status_code == 404
    assert stranger.browser.get(staged).status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "annotator"])
def test_bringing_in_needs_a_researcher(member, address, role):
    low = member(role)
    assert low.browser.get(address).status_code == 403
    assert low.browser.post(address, {"text": "{}"}).status_code == 403


def test_a_stranger_finds_nothing(stranger, address):
    assert stranger.browser.get(address).status_code == 404


def test_a_closed_project_takes_nothing_and_says_so(researcher, project, address):
    staged = upload(researcher, address)["Location"]
    project.status = "closed"
    project.save()
    answer = researcher.browser.post(staged, {"bring": "tasks"})
    assert answer.status_code == 422
    assert "This project is closed" in answer.content.decode()


def test_files_that_nobody_brought_in_are_forgotten(researcher, address, finish_jobs):
    upload(researcher, address)
    kept = upload(researcher, address)["Location"]
    researcher.browser.post(kept, {"bring": "tasks"})
    for path in staging.uploads().iterdir():
        os.utime(path, (time.time() - 8 * 24 * 3_600,) * 2)
    assert staging.forget() == 1  # the other one belongs to a job that waits
    (job,) = finish_jobs()
    assert job.state == "succeeded"


@pytest.mark.parametrize("example", examples.EXAMPLES, ids=lambda example: example.name)
def test_every_example_is_understood(example, tmp_path):
    suffix = ".csv" if example.name == "table" else ".jsonl"
    path = tmp_path / "example"
    path.write_text(example.text)
    found = list(files.read(path, suffix, files.Meter()))
    assert found
    for _number, values in found:
        record = records.read(values)
        assert record.label is not None or "responses" in values


def test_the_pages_speak_the_language_of_the_person(researcher, address, finish_jobs):
    names = {"Home", "Helpfulness", "Researcher", "researcher@home.example", "a.jsonl"}
    staged = upload(researcher, address, content=jsonl(ROWS[:1]) + b"[]\n")["Location"]
    with pseudo.language():
        pages = [researcher.browser.get(address), researcher.browser.get(staged)]
        outcome = researcher.browser.post(staged, {"bring": "tasks"})["Location"]
        pages.append(researcher.browser.get(outcome))
        finish_jobs()
        pages.append(researcher.browser.get(outcome))
    texts = {"Question", "Good", "Bad", "JSONL", "GZ"}
    for page in pages:
        assert pseudo.untranslated(page.content.decode(), names | texts) == []


def test_what_holds_nothing_that_can_be_used_is_not_offered_to_be_brought_in(researcher, address):
    staged = upload(researcher, address, content=b'{"prompt": "x"}\n')["Location"]
    page = researcher.browser.get(staged).content.decode()
    assert "0 records that can be used, 1 line that cannot" in page
    assert "Bring it in<" not in page
    assert "Choose another" in page
    staged = upload(researcher, address)["Location"]
    assert "Bring it in<" in researcher.browser.get(staged).content.decode()
    swapped = researcher.browser.get(staged, {"bring": "tasks"}, headers={"HX-Request": "true"}).content.decode()
    assert 'id="import-go" hx-swap-oob="true"' in swapped
