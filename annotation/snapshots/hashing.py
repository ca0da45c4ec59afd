"""The name of a snapshot's content."""

import hashlib


class Hash:
    """SHA-256 over canonical lines in their order, after a line that names the format."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256(b'{"touchstone_snapshot":1}\n')

    def add(self, line: bytes) -> None:
        self._digest.update(line)
        self._digest.update(b"\n")

    def hexdigest(self) -> str:
        return self._digest.hexdigest()
