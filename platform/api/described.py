"""Words that pure code says of its settings: nothing marks them for translation there, and pages translate them."""

from collections.abc import Iterator
from typing import Any

from api import methods


def sentences() -> list[str]:
    """Titles and explanations of every method that is described in plain strings, and of what can be set of it."""
    found: dict[str, None] = {}
    for section in methods.SECTIONS:
        for method in methods.all_of(section):
            if isinstance(method.title, str):
                found |= dict.fromkeys([method.title, str(method.description), *method.words])
                found |= dict.fromkeys(of_schema(method.schema()))
    return [text for text in found if text]


def of_schema(schema: dict[str, Any]) -> Iterator[str]:
    for part in schema.get("properties", {}).values():
        yield part.get("title", "")
        yield part.get("description", "")
        yield from of_schema(part)
