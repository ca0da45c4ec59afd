"""Files of a snapshot open in `datasets` and pandas by the very lines that its page shows, and TRL prepares them."""

import datasets
import pytest

from annotation.snapshots import guides
from annotation.snapshots.exports import Export
from annotation.snapshots.layouts import LAYOUTS

pytestmark = pytest.mark.django_db
MESSAGES = [
    {
        "prompt": [{"role": "user", "content": f"Question {n}?"}],
        "responses": [f"Good {n}.", f"=Bad {n}."],
    }
    for n in range(6)
]
FORMATS = ("jsonl", "jsonl.gz", "parquet")


@pytest.fixture
def frozen(judged, freeze):
    judged("pairwise", "cardinal", "binary", "ranking", "rating")
    return freeze()


@pytest.fixture
def load(tmp_path, monkeypatch):
    """`load(export, "datasets")`: the rows as the page's lines for that tool read them."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    datasets.disable_progress_bars()
    monkeypatch.chdir(tmp_path)

    def act(export, tool):
        (tmp_path / export.filename).write_bytes(b"".join(export.stream()))
        (snippet,) = [one for one in guides.snippets(export, "http://localhost") if one.name == tool]
        found = {}
        exec(snippet.text, found)
        return found["rows"]

    return act


@pytest.mark.parametrize("layout", LAYOUTS)
def test_datasets_reads_every_layout_as_it_was_written(frozen, load, layout):
    for format_ in FORMATS:
        export = Export(frozen, layout, format_)
        rows, written = load(export, "datasets").to_list(), list(export.lines())
        assert len(rows) == len(written)
        if layout != "raw":  # whose answers differ by kind: what one kind does not say is None in its columns
            assert rows == written, format_


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pandas_reads_every_layout(frozen, load, layout):
    for format_ in (*FORMATS, "csv"):
        export = Export(frozen, layout, format_)
        rows = load(export, "pandas")
        assert len(rows) == len(list(export.lines()))
        assert set(export.columns) <= set(rows.columns)


def test_trl_prepares_pairs_and_single_answers(frozen, load):
    trl = pytest.importorskip("trl.data_utils")
    pairs = load(Export(frozen, "preference", "parquet"), "datasets")
    single = trl.unpair_preference_dataset(pairs)
    assert (single.num_rows, set(single.column_names)) == (2 * pairs.num_rows, {"prompt", "completion", "label"})
    assert not trl.is_conversational(pairs[0])
    own = load(Export(frozen, "unpaired", "jsonl"), "datasets")
    assert set(own.column_names) >= set(single.column_names)
    assert own.features["label"].dtype == single.features["label"].dtype == "bool"


def test_trl_finds_the_same_prompt_in_the_implicit_layout(judged, freeze, load):
    trl = pytest.importorskip("trl.data_utils")
    judged("pairwise", records=MESSAGES)
    frozen = freeze()
    explicit = load(Export(frozen, "preference", "jsonl"), "datasets")
    implicit = load(Export(frozen, "preference-implicit", "jsonl"), "datasets")
    assert trl.is_conversational(explicit[0])
    names = ("prompt", "chosen", "rejected")
    found = [trl.extract_prompt(row) for row in implicit]
    assert [{name: row[name] for name in names} for row in found] == [
        {name: row[name] for name in names} for row in explicit
    ]
