"""What one data folder remembers from start to start: versions, places, secrets. The owner alone can read it."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from local.trouble import Trouble


def secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass
class Record:
    postgres_major: int
    home: str
    sockets: str = ""
    superuser_password: str = field(default_factory=secret)
    database_password: str = field(default_factory=secret)
    redis_password: str = field(default_factory=secret)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50))


def read(path: Path) -> Record | None:
    try:
        found = json.loads(path.read_text())
        return Record(**{each.name: found[each.name] for each in fields(Record)})
    except FileNotFoundError:
        return None
    except PermissionError:
        raise Trouble(f"{path} belongs to another user: run as that user, or set another DATA_DIR.") from None
    except (ValueError, KeyError, TypeError):
        raise Trouble(
            f"{path} is damaged: move it away and start again; new passwords are made and the data stay."
        ) from None


def write(path: Path, record: Record) -> None:
    write_private(path, asdict(record))


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_private(path: Path) -> dict[str, Any]:
    """What `write_private` wrote; nothing when there is none or when it is damaged."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
