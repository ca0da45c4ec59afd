"""A `.po` file: what is said, where, and its translation. A command writes it, hands and translators' tools edit it."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from web.catalogue.finding import Message

LINE = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[0\])? ?(".*")$')
HEADER = (
    "Language: {language}\\n",
    "Content-Type: text/plain; charset=UTF-8\\n",
    "Content-Transfer-Encoding: 8bit\\n",
    "Plural-Forms: nplurals=1; plural=0;\\n",
)


@dataclass
class Entry:
    message: Message
    translation: str = ""
    places: tuple[str, ...] = ()


def read(path: Path) -> list[Entry]:
    """The entries in their order, without the header; a line that is not understood is named."""
    found: list[Entry] = []
    for block in path.read_text().split("\n\n"):
        parts: dict[str, str] = {}
        places: list[str] = []
        field = ""
        for line in block.strip().splitlines():
            if line.startswith("#"):
                places += line[2:].split() if line.startswith("#:") else []
                continue
            match = LINE.match(line)
            if match is None:
                raise ValueError(f"{path.name} has a line that says nothing: {line}")
            field = match[1] or field
            parts[field] = parts.get(field, "") + ast.literal_eval(match[2])
        if parts.get("msgid"):
            message = Message(parts["msgid"], parts.get("msgid_plural", ""))
            found.append(Entry(message, parts.get("msgstr") or parts.get("msgstr[0]", ""), tuple(places)))
    return found


def write(path: Path, entries: Iterable[Entry], language: str) -> None:
    lines = ["# The words of Touchstone in another language. `make words` keeps it; translations are written by hand."]
    lines += ['msgid ""', 'msgstr ""', *(f'"{line.format(language=language)}"' for line in HEADER), ""]
    for entry in entries:
        lines += [f"#: {place}" for place in entry.places]
        lines.append(f"msgid {quoted(entry.message.text)}")
        if entry.message.plural:
            lines.append(f"msgid_plural {quoted(entry.message.plural)}")
        lines += [f"{'msgstr[0]' if entry.message.plural else 'msgstr'} {quoted(entry.translation)}", ""]
    path.write_text("\n".join(lines))


def quoted(text: str) -> str:
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(sign, written)
    return f'"{text}"'


def refreshed(entries: list[Entry], found: dict[Message, list[str]]) -> tuple[list[Entry], list[Entry]]:
    """The entries of what the sources say now, with the translations there are; and those that are said no more."""
    known = {entry.message.text: entry.translation for entry in entries}
    kept = [Entry(message, known.get(message.text, ""), tuple(places)) for message, places in found.items()]
    said = {message.text for message in found}
    return kept, [entry for entry in entries if entry.message.text not in said]
