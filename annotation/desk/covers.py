"""Which texts are covered until somebody uncovers them."""

from typing import Any

MARKS = ("harmful", "content_warning")
UNMARKED = ("", "false", "0", "no")


def is_marked(metadata: dict[str, Any]) -> bool:
    """Whether a text was marked as harmful at its import; `queue.picks.MARKED` says the same in SQL."""
    return any(spelled(metadata.get(mark)) not in UNMARKED for mark in MARKS)


def spelled(value: Any) -> str:
    """As the database writes a value of JSON."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool | int | str) else "something"
