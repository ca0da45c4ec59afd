"""One file of a snapshot in every layout and format."""

import csv
import gzip
import hashlib
import io
import json
import zipfile

import pytest
from pyarrow import parquet

from accounts.models import Annotator
from annotation import transcripts

PAIRS = ["pairwise", "cardinal", "ranking"]


@pytest.fixture
def export(researcher):
    """`export(snapshot, layout="raw")`: the bytes of the file."""

    def act(snapshot, **query):
        answer = researcher.api.get(f"/api/v1/snapshots/{snapshot.pk}/export/", query)
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content)

    return act


def lines(content):
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize("kind", PAIRS)
def test_pairs_are_chosen_and_rejected_and_ties_stand_apart(judged, freeze, export, kind):
    judged(kind)
    snapshot = freeze()
    rows = lines(export(snapshot, layout="preference"))
    assert len(rows) == 4
    for row in rows:
        number = row["prompt"].split()[1].rstrip("?")
        assert row == {"prompt": f"Question {number}?", "chosen": f"Good {number}.", "rejected": f"=Bad {number}."}
    ties = lines(export(snapshot, layout="preference", part="ties"))
    assert len(ties) == 2
    assert set(ties[0]) == {"prompt", "response1", "response2"}


def test_implicit_pairs_hold_the_prompt_in_both(judged, freeze, export):
    judged("pairwise")
    row = lines(export(freeze(), layout="preference-implicit"))[0]
    assert [part["role"] for part in row["chosen"]] == ["user", "assistant"]
    assert row["chosen"][:-1] == row["rejected"][:-1]


def test_where_one_prompt_was_a_conversation_all_are(judged, freeze, export):
    talk = [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}, {"role": "user", "content": "C"}]
    judged(
        "pairwise",
        records=[{"prompt": talk, "responses": ["Good", "Bad"]}, {"prompt": "P", "responses": ["Good", "x"]}],
    )
    snapshot = freeze()
    rows = lines(export(snapshot, layout="preference")) + lines(export(snapshot, layout="preference", part="ties"))
    assert len(rows) == 2
    assert all(isinstance(value, list) for row in rows for value in row.values())


def test_single_answers_are_desirable_or_not(judged, freeze, export):
    judged("binary")
    rows = lines(export(freeze(), layout="unpaired"))
    assert len(rows) == 12
    assert all(row["label"] is row["completion"].startswith("Good") for row in rows)


def test_cardinal_rows_give_the_sign_to_the_first(judged, freeze, export):
    judged("cardinal")
    rows = lines(export(freeze(), layout="cardinal"))
    assert len(rows) == 6
    for row in rows:
        first = transcripts.parse(row["response1"])[-1]["content"]
        sign = 1 if first.startswith("Good") else -1
        assert row["net_utility"] in (0, sign * 1.5)
        assert row["labeler"] == Annotator.objects.get().pseudonym
        assert row["is_multi_turn"] is False
    assert sorted(abs(row["net_utility"]) for row in rows) == [0, 0, 1.5, 1.5, 1.5, 1.5]


def test_rankings_and_marks_have_layouts_of_their_own(judged, freeze, export):
    judged("ranking", "rating")
    snapshot = freeze()
    ranked = lines(export(snapshot, layout="ranking"))
    assert {tuple(sorted(row["ranks"])) for row in ranked} == {(0, 0), (0, 1)}
    rated = lines(export(snapshot, layout="rating"))
    assert len(rated) == 24
    assert {row["rating"] for row in rated if row["aspect"] == "helpful"} == {1, 5}


def test_nemo_ranks_completions_best_first(judged, freeze, export):
    judged("ranking")
    rows = lines(export(freeze(), layout="nemo"))
    assert all([part["rank"] for part in row["completions"]] == [0, 1] for row in rows)
    assert rows[0]["completions"][0]["completion"][0]["content"].startswith("Good")


def test_raw_rows_have_the_fields_of_the_contract(judged, freeze, export):
    judged("cardinal")
    row = lines(export(freeze(), layout="raw"))[0]
    assert set(row) == {
        "judgment", "version", "task", "kind", "purpose", "annotator", "origin", "prompt", "responses", "shown_order",
        "answer", "currency", "guidelines_version", "duration_ms", "created_at", "split", "elicitation", "incentive",
        "groups",
        "sampling",
    }  # fmt: skip
    assert set(row["shown_order"]) == {part["id"] for part in row["responses"]}
    assert row["currency"] == "USD"


@pytest.mark.parametrize("layout", ["raw", "preference", "preference-implicit", "nemo", "cardinal"])
def test_every_format_holds_the_same_rows(judged, freeze, export, layout):
    judged("cardinal")
    snapshot = freeze()
    plain = lines(export(snapshot, layout=layout))
    assert lines(gzip.decompress(export(snapshot, layout=layout, format="jsonl.gz"))) == plain
    table = parquet.read_table(io.BytesIO(export(snapshot, layout=layout, format="parquet")))
    assert table.num_rows == len(plain)
    assert table.column_names == list(plain[0])
    sheet = list(csv.DictReader(io.StringIO(export(snapshot, layout=layout, format="csv").decode(), newline="")))
    assert len(sheet) == len(plain)


def test_a_spreadsheet_finds_no_formula(judged, freeze, export):
    judged("pairwise")
    text = export(freeze(), layout="preference", format="csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert all(row["rejected"].startswith("'=Bad") for row in rows)


def test_splits_are_parts_of_the_whole(judged, freeze, export):
    judged("pairwise")
    snapshot = freeze(splits={"train": 0.5, "test": 0.5})
    parts = [lines(export(snapshot, split=name)) for name in ("train", "test")]
    assert sum(map(len, parts)) == 6
    assert all(row["split"] == "train" for row in parts[0])


def test_the_same_file_is_the_same_bytes_and_is_not_sent_twice(judged, freeze, export, researcher):
    judged("pairwise")
    snapshot = freeze()
    query = {"layout": "preference", "format": "jsonl.gz"}
    assert export(snapshot, **query) == export(snapshot, **query)
    address = f"/api/v1/snapshots/{snapshot.pk}/export/"
    tag = researcher.api.get(address, query)["ETag"]
    assert researcher.api.get(address, query, HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert researcher.api.get(address, {**query, "part": "ties"})["ETag"] != tag


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"layout": "poem"}, "layout"),
        ({"layout": "unpaired"}, "layout"),
        ({"format": "xls"}, "format"),
        ({"split": "holdout"}, "split"),
        ({"part": "half"}, "part"),
        ({"part": "ties"}, "part"),
    ],
)
def test_what_cannot_be_written_is_refused(judged, freeze, researcher, query, field):
    judged("pairwise")
    answer = researcher.api.get(f"/api/v1/snapshots/{freeze().pk}/export/", query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_archive_holds_every_split_with_its_checksums(judged, freeze, researcher, finish_jobs):
    judged("pairwise")
    snapshot = freeze(splits={"train": 0.5, "test": 0.5})
    address = f"/api/v1/snapshots/{snapshot.pk}/exports/"
    packed = []
    for _time in range(2):
        assert researcher.api.post(address, {"layout": "preference", "format": "jsonl"}).status_code == 202
        (job,) = finish_jobs()
        packed.append(job.result["sha256"])
    assert packed[0] == packed[1]
    content = b"".join(researcher.api.get(job.result["url"]).streaming_content)
    assert hashlib.sha256(content).hexdigest() == job.result["sha256"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {"data/train.jsonl", "data/test.jsonl", "ties/train.jsonl", "card.json"} < set(archive.namelist())
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, _space, name = line.partition("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        rows = lines(archive.read("data/train.jsonl")) + lines(archive.read("data/test.jsonl"))
        assert len(rows) == 4
        assert json.loads(archive.read("manifest.json"))["snapshot_sha256"] == snapshot.sha256


def test_an_archive_that_cannot_be_is_refused_before_a_job_begins(judged, freeze, researcher):
    judged("pairwise")
    answer = researcher.api.post(f"/api/v1/snapshots/{freeze().pk}/exports/", {"layout": "unpaired"})
    assert answer.status_code == 422
