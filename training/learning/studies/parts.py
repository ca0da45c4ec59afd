"""Finished parts of a study on disk, each whole or not there: a study that was killed makes only the others."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.learning.studies.results import plain


def kept(folder: Path, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was kept under this name, else made now; either way it has gone through JSON, to the same numbers."""
    path = folder / f"{name}.json"
    if not path.is_file():
        write(path, plain(make()))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def are_any(folder: Path) -> bool:
    return any(folder.glob("*.json"))


def write(path: Path, found: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.write_text(json.dumps(found))
    draft.replace(path)
