"""Lines as bytes of a file, streamed: JSON Lines, compressed or not, CSV for people, Parquet."""

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from annotation.snapshots.layouts import Line, cell

Lines = Iterator[Line]
Columns = dict[str, str]
GUARDED = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
ROW_GROUP = 2_000


class Format(NamedTuple):
    suffix: str
    media_type: str
    write: Callable[[Lines, Columns, bool], Iterator[bytes]]  # (lines, columns, whether messages are plain text)


def json_lines(lines: Lines, columns: Columns, is_text: bool) -> Iterator[bytes]:
    for line in lines:
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def gzipped(lines: Lines, columns: Columns, is_text: bool) -> Iterator[bytes]:
    """Without name and time in its head, so that the same lines are the same bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for line in json_lines(lines, columns, is_text):
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()


def guarded(value: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe before it; numbers are left alone."""
    text = cell(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(GUARDED) else text


def comma_separated(lines: Lines, columns: Columns, is_text: bool) -> Iterator[bytes]:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(columns)
    for line in lines:
        writer.writerow([guarded(line[name]) for name in columns])
        yield taken(target)
    yield taken(target)


def taken(target: io.StringIO) -> bytes:
    text = target.getvalue()
    target.seek(0)
    target.truncate()
    return text.encode()


def parquet(lines: Lines, columns: Columns, is_text: bool) -> Iterator[bytes]:
    """Row groups of bounded size, each sent as soon as it is written."""
    import pyarrow
    from pyarrow import parquet as files

    message = pyarrow.list_(pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())]))
    answer = pyarrow.string() if is_text else message
    ranked = pyarrow.struct([("rank", pyarrow.int64()), ("completion", message)])
    types = {
        "text": pyarrow.string(),
        "json": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "flag": pyarrow.bool_(),
        "messages": answer,
        "answers": pyarrow.list_(answer),
        "wholes": pyarrow.list_(pyarrow.int64()),
        "ranked": pyarrow.list_(ranked),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    sink = Sink()
    with files.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(islice(lines, ROW_GROUP)):
            rows = [{name: flat(line[name], columns[name]) for name in columns} for line in group]
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
            yield sink.taken()
    yield sink.taken()


def flat(value: Any, kind: str) -> Any:
    if kind == "messages" and isinstance(value, list):
        return [{"role": part["role"], "content": part["content"]} for part in value]
    return cell(value) if kind == "json" else value


class Sink(io.RawIOBase):
    """A file that is only ever written on, and gives away what it has."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


FORMATS: dict[str, Format] = {
    "jsonl": Format("jsonl", "application/x-ndjson", json_lines),
    "jsonl.gz": Format("jsonl.gz", "application/gzip", gzipped),
    "parquet": Format("parquet", "application/vnd.apache.parquet", parquet),
    "csv": Format("csv", "text/csv; charset=utf-8", comma_separated),
}
