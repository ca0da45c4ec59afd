"""Records out of files, one at a time and by their line: never more in memory than a line or a small batch."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from annotation.imports import memory
from annotation.imports.faults import Fault
from api.parsers import refuse_unstorable
from api.refusals import Invalid, Refusal

LONGEST_LINE = 8 * 1024 * 1024
SUFFIXES = (".jsonl", ".jsonl.gz", ".csv", ".parquet")
EXPANSION = 10  # how many times MAX_UPLOAD_BYTES a compressed file may unfold to
BATCH = 50  # rows of a Parquet file at a time

ANSWERS = {"responses", "chosen", "completion", "completions", "response1", "response"}  # one of these is a column
SEPARATORS = (",", ";", "\t")

Numbered = tuple[int, dict[str, Any]]


def suffix_of(name: str) -> str:
    """Which of the known kinds of file this is, by its name."""
    lower = name.lower()
    found = [suffix for suffix in SUFFIXES if lower.endswith(suffix)]
    if not found:
        raise Invalid(_("Expected a file named *.jsonl, *.jsonl.gz, *.csv or *.parquet."), field="file")
    return found[-1]


@dataclass
class Meter:
    """The share of a file that has been read."""

    share: float = 0.0


def read(path: Path, suffix: str, meter: Meter) -> Iterator[Numbered | Fault]:
    """Every record with its line, and a fault for every line that holds none."""
    if suffix == ".parquet":
        yield from parquet_rows(path, meter)
        return
    size = max(1, path.stat().st_size)
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) if suffix == ".jsonl.gz" else raw as file:
        lines = whole_lines(file)
        for found in csv_rows(lines) if suffix == ".csv" else json_rows(lines):
            meter.share = raw.tell() / size
            yield found


def whole_lines(file: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, bytes] | Fault]:
    """(number, line); a line that is too long is passed over without being held."""
    number, taken, most = 0, 0, settings.MAX_UPLOAD_BYTES * EXPANSION
    while True:
        number += 1
        try:
            line = file.readline(LONGEST_LINE + 1)
            is_long = len(line) > LONGEST_LINE
            rest = line
            while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE + 1)
                taken += len(rest)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield Fault(number, "", _("The compressed file is broken or cut short here."))
            return
        taken += len(line)
        if not line:
            return
        if taken > most:
            yield Fault(number, "", _("The file unfolds to more than {most} bytes.").format(most=most))
            return
        if is_long:
            yield Fault(number, "", _("The line is longer than {most} MiB.").format(most=LONGEST_LINE // 1024 // 1024))
        else:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def json_rows(lines: Iterable[tuple[int, bytes] | Fault]) -> Iterator[Numbered | Fault]:
    for found in lines:
        if isinstance(found, Fault):
            yield found
        elif found[1].strip():
            yield json_row(*found)


def json_row(number: int, line: bytes) -> Numbered | Fault:
    try:
        values = json.loads(line.decode())
    except UnicodeDecodeError as error:
        return Fault(number, "", _("The line is not UTF-8: byte {at} cannot be read.").format(at=error.start))
    except RecursionError:
        return Fault(number, "", _("The line is nested too deep."))
    except json.JSONDecodeError as error:
        said = _("The line is not JSON: it breaks at character {at} ({why}).")
        return Fault(number, "", said.format(at=error.pos + 1, why=error.msg))
    except ValueError as error:
        return Fault(number, "", _("The line is not JSON: {why}.").format(why=error))
    return checked(number, values)


def checked(number: int, values: Any) -> Numbered | Fault:
    if not isinstance(values, dict):
        return Fault(number, "", _("Expected an object: {…}."))
    try:
        refuse_unstorable(values)
    except Refusal as refusal:
        field, message = refusal.errors[0]
        return Fault(number, field, message)
    return number, values


def csv_rows(lines: Iterable[tuple[int, bytes] | Fault]) -> Iterator[Numbered | Fault]:
    """Cells that hold a JSON list or object are read as such; what parts them is taken from the heading."""
    faults: list[Fault] = []

    def decoded() -> Iterator[str]:
        for found in lines:
            if isinstance(found, Fault):
                faults.append(found)
            else:
                yield found[1].decode(errors="surrogateescape")

    csv.field_size_limit(LONGEST_LINE)
    texts = decoded()
    first = next(texts, "")
    reader = csv.reader(chain([first], texts), delimiter=separator(first), strict=True)
    try:
        header = next(reader, [])
        if unusable := header_fault(header):
            yield unusable
            return
        for cells in reader:
            yield from faults
            faults.clear()
            if cells:
                yield csv_row(reader.line_num, header, cells)
    except csv.Error as error:
        yield Fault(reader.line_num, "", _("The line is not CSV: {why}.").format(why=error))
    yield from faults


def separator(heading: str) -> str:
    """Commas, or what spreadsheets of many countries write in their place."""
    try:
        return next(
            (mark for mark in SEPARATORS if ANSWERS & set(next(csv.reader([heading], delimiter=mark), []))), ","
        )
    except csv.Error:  # said where the heading is read
        return ","


def is_utf8(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def header_fault(header: list[str]) -> Fault | None:
    names = set(header)
    if not is_utf8(header):
        return Fault(1, "", _("The line is not UTF-8. Save the file as UTF-8 and choose it again."))
    if len(names) < len(header):
        return Fault(1, "", _("Two columns have the same name."))
    if not names & ANSWERS:
        expected = _("Expected columns such as prompt and responses, or prompt, chosen and rejected; found {found}.")
        return Fault(1, "", expected.format(found=", ".join(header)[:200] or "none"))
    return None


def csv_row(number: int, header: list[str], cells: list[str]) -> Numbered | Fault:
    if len(cells) != len(header):
        return Fault(number, "", _("Expected {n} cells, found {m}.").format(n=len(header), m=len(cells)))
    if not is_utf8(cells):
        return Fault(number, "", _("The line is not UTF-8. Save the file as UTF-8 and choose it again."))
    values = {
        name: cell_value(cell) for name, cell in zip(header, cells, strict=True) if cell != "" or name in EMPTY_OK
    }
    return checked(number, values)


EMPTY_OK = {"chosen", "rejected", "completion", "response1", "response2", "response"}


def cell_value(cell: str) -> Any:
    if cell[:1] in {"[", "{"}:
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell  # an answer may well begin with a bracket
    return cell


def parquet_rows(path: Path, meter: Meter) -> Iterator[Numbered | Fault]:
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            total = max(1, file.metadata.num_rows)
            batches = file.iter_batches(batch_size=BATCH)
            while (rows := decoded(batches)) is not None:
                meter.share = number / total
                for values in rows:
                    number += 1
                    yield checked_row(number, values)
    except MemoryError:
        yield Fault(number + 1, "", _("The rows from here on unfold to more than an import may hold in memory."))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        yield Fault(number + 1, "", _("The Parquet file cannot be read here: {why}").format(why=why))


def decoded(batches: Iterator[Any]) -> list[dict[str, Any]] | None:
    """The rows of the next batch; None after the last one."""
    with memory.bounded():
        batch = next(batches, None)
        return None if batch is None else batch.to_pylist()


def checked_row(number: int, values: dict[str, Any]) -> Numbered | Fault:
    if sum(map(size_of, values.values())) > LONGEST_LINE:
        return Fault(number, "", _("The row is larger than {most} MiB.").format(most=LONGEST_LINE // 1024 // 1024))
    return checked(number, {name: plain(value) for name, value in values.items()})


def size_of(value: Any) -> int:
    """The characters in a value, however deep they lie."""
    if isinstance(value, dict):
        return sum(map(size_of, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    return len(value) if isinstance(value, (str, bytes)) else 8


def plain(value: Any) -> Any:
    """A value of a column as JSON has it; members that are null in a struct were not there."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
