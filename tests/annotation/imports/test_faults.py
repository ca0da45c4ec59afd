"""Files that are broken on purpose: every one ends in named lines, and none in half a file."""

import gzip
import io
import json
import random

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from annotation.imports import files, memory
from annotation.imports.running import Import, Request
from annotation.models import Prompt, Response, Task

pytestmark = pytest.mark.django_db
ROWS = [{"prompt": f"Question {n}?", "chosen": f"Good {n}.", "rejected": f"Bad {n}."} for n in range(12)]
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_parquet(table, **options):
    target = io.BytesIO()
    parquet.write_table(table, target, **options)
    return target.getvalue()


WHOLE = {
    ".jsonl": jsonl(ROWS),
    ".jsonl.gz": gzip.compress(jsonl(ROWS), mtime=0),
    ".csv": b"prompt,chosen,rejected\n" + b"".join(f'q{n},"a,{n}",b{n}\n'.encode() for n in range(12)),
    ".parquet": as_parquet(pyarrow.Table.from_pylist(ROWS)),
}


@pytest.fixture
def bring(project, settings, tmp_path):
    """`bring(".csv", content)`: the result of an import, as its job would give it."""
    settings.MEDIA_ROOT = tmp_path

    def act(suffix, content, **options):
        path = tmp_path / f"file{suffix}"
        path.write_bytes(content)
        importing = Import(Request(str(project.pk), path.name, suffix, **options))
        list(importing.run())
        return importing.result()

    return act


def wipe():
    for model in (Task, Response, Prompt):
        model.objects.all().delete()


@pytest.mark.parametrize("suffix", WHOLE)
@QUIET
@given(data=st.data())
def test_a_file_with_any_bytes_changed_is_whole_or_named(bring, suffix, data):
    """Cut, overwritten or longer: all lines come in, or none does and each bad one has its number."""
    content = bytearray(WHOLE[suffix])
    for _change in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        junk = data.draw(st.binary(max_size=8))
        content[at : at + data.draw(st.integers(0, 20))] = junk
    result = bring(suffix, bytes(content))
    try:
        assert all(fault["message"] and fault["line"] >= 0 for fault in result["rejected"])
        if result["rejected"]:
            assert (Task.objects.count(), Prompt.objects.count(), result["tasks"]) == (0, 0, 0)
        else:
            assert Task.objects.count() == result["tasks"]
    finally:
        wipe()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["prompt", "responses", "chosen", "rejected", "completion", "label", "response1", "response2", "net_utility"]
FIELDS = st.sampled_from([*NAMES, "id", "metadata", "priority", "annotator"])


@QUIET
@given(record=st.dictionaries(FIELDS, JSON, max_size=5), as_judgments=st.booleans())
def test_a_record_with_anything_in_any_field_is_taken_or_named(bring, record, as_judgments):
    content = json.dumps(record).encode() + b"\n"
    result = bring(".jsonl", content, as_judgments=as_judgments)
    assert result["rejected"] or result["tasks"]
    assert all(fault["line"] == 1 for fault in result["rejected"])


MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}",
    "' OR 1=1 --",
    "\u202e\u2066",
    "\ufeff",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_every_field_is_kept_as_it_was_written(bring, text):
    record = {"id": text, "prompt": text, "responses": [{"text": text, "source": text, "metadata": {text: text}}, "b"]}
    assert bring(".jsonl", jsonl([{**record, "metadata": {text: [text]}}]))["rejected"] == []
    prompt, response = Prompt.objects.get(), Response.objects.get(text=text)
    assert (prompt.messages[0]["content"], prompt.external_id, prompt.metadata) == (text, text, {text: [text]})
    assert (response.source, response.metadata) == (text, {text: text})


AMOUNTS = ["1e400", "-1e400", "NaN", "Infinity", '"1e400"', '"NaN"', '"ten"', "true", "[]"]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_that_is_none_is_named_at_its_field(bring, project, amount):
    project.kinds = ["cardinal"]
    project.save()
    line = f'{{"prompt": "p", "response1": "a", "response2": "b", "net_utility": {amount}}}\n'
    result = bring(".jsonl", line.encode(), as_judgments=True)
    (fault,) = result["rejected"]
    assert (fault["line"], fault["field"]) == (1, "net_utility")


def test_a_line_of_ten_megabytes_is_passed_over_and_the_rest_is_kept(bring):
    long = {"prompt": "p" * 10_000_000, "responses": ["x", "y"]}
    result = bring(".jsonl", jsonl([ROWS[0], long, ROWS[1]]), partial=True)
    assert result["tasks"] == 2
    (fault,) = result["rejected"]
    assert (fault["line"], "8 MiB" in fault["message"]) == (2, True)


def test_a_row_of_ten_megabytes_is_named_in_a_table_too(bring):
    rows = [ROWS[0], {**ROWS[1], "chosen": "x" * 10_000_000}, ROWS[2]]
    result = bring(".parquet", as_parquet(pyarrow.Table.from_pylist(rows)), partial=True)
    assert (result["tasks"], result["rejected"][0]["line"]) == (2, 2)


def test_a_table_that_unfolds_without_end_is_left_in_time(bring, monkeypatch):
    """A dictionary of one long word, said in ten thousand rows: a small file, gigabytes when it is read."""
    monkeypatch.setattr(memory, "MOST", 96 * 1024 * 1024)
    words = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 10_000, pyarrow.int32()), ["x" * 5_000_000])
    table = pyarrow.table({"prompt": words, "chosen": words, "rejected": words})
    bomb = as_parquet(table, compression="zstd", store_schema=False)
    assert len(bomb) < 100_000
    result = bring(".parquet", bomb)
    assert "memory" in result["rejected"][-1]["message"]
    assert not Task.objects.exists()


def test_memory_is_bounded_within_alone():
    with pytest.raises(MemoryError), memory.bounded(64 * 1024 * 1024):
        bytearray(512 * 1024 * 1024)
    assert len(bytearray(512 * 1024 * 1024)) == 512 * 1024 * 1024


def test_random_bytes_under_any_name_are_named(bring):
    noise = random.Random(1).randbytes(50_000)
    for suffix in files.SUFFIXES:
        assert bring(suffix, noise)["rejected"]
    assert not Task.objects.exists()
