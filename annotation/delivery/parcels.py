"""What is delivered: one file with its checksum, under a name that says what is in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PIECE = 1024 * 1024
Progress = Callable[[float], None]  # the share that is there


@dataclass(frozen=True)
class Parcel:
    path: Path
    name: str
    sha256: str
    size: int

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while piece := file.read(size):
                yield piece
