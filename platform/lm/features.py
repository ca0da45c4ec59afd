"""Features of token sequences, computed once and kept on disk: by model hash, then by token hash, memory-mapped.

A shard is written whole and then renamed: a killed job leaves nothing half-written, and the next goes on behind it.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from lm import encoding, hashing
from lm.backbones import Backbone
from lm.sharing import Text

SHARD = 512  # sequences a shard: what a killed job loses at most
KEY_BYTES = 32


class Place(NamedTuple):
    shard: np.ndarray  # (rows, width) fp32, memory-mapped
    row: int


class FeatureStore:
    """The features of one model."""

    def __init__(self, folder: Path, fingerprint: str, width: int) -> None:
        self.folder = folder / fingerprint
        self.width = width
        self.folder.mkdir(parents=True, exist_ok=True)
        self._places: dict[bytes, Place] = {}
        for path in sorted(self.folder.glob("*.npy")):
            self._open(path)

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def add(self, keys: Sequence[bytes], rows: np.ndarray) -> None:
        """Keep (len(keys), width) fp32 rows under their keys."""
        name = hashlib.sha256(b"".join(keys)).hexdigest()[:32]
        values, index = self.folder / f"{name}.npy", self.folder / f"{name}.keys"
        write_whole(index, lambda path: path.write_bytes(b"".join(keys)))
        write_whole(values, lambda path: save_array(path, rows))
        self._open(values)

    def gather(self, keys: Sequence[bytes]) -> np.ndarray:
        """(len(keys), width) fp32."""
        rows = np.empty((len(keys), self.width), dtype=np.float32)
        for position, key in enumerate(keys):
            place = self._places[key]
            rows[position] = place.shard[place.row]
        return rows

    def _open(self, path: Path) -> None:
        """Take a shard in; one that cannot be read is removed, for it can be computed again."""
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
            keys = path.with_suffix(".keys").read_bytes()
            if rows.shape != (len(keys) // KEY_BYTES, self.width) or rows.dtype != np.float32:
                raise ValueError("another shape")
        except (OSError, ValueError):
            path.unlink(missing_ok=True)
            return
        os.utime(path)  # the order in which old shards are let go
        for row in range(len(rows)):
            self._places[keys[row * KEY_BYTES : (row + 1) * KEY_BYTES]] = Place(rows, row)


def save_array(path: Path, rows: np.ndarray) -> None:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(rows, dtype=np.float32), allow_pickle=False)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """The file appears whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def trim(folder: Path, most_bytes: int) -> int:
    """Let go of the shards longest unused until the cache is within its bound; the bytes that were freed."""
    shards = sorted(folder.glob("*/*.npy"), key=lambda path: path.stat().st_mtime)
    excess = sum(path.stat().st_size for path in shards) - most_bytes
    freed = 0
    for path in shards:
        if freed >= excess:
            break
        freed += path.stat().st_size
        path.with_suffix(".keys").unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return freed


def compute(
    backbone: Backbone,
    texts: Sequence[Text],
    folder: Path,
    *,
    budget: int = 8_192,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """(len(texts), width) fp32, from the cache where it has them; `report(done, total)` after each pass."""
    store = FeatureStore(folder, backbone.fingerprint, backbone.width)
    keys = [hashing.tokens_key(text.ids) for text in texts]
    unique = {key: text for key, text in zip(keys, texts, strict=True) if key not in store}
    missing = in_order(unique)
    done = len(keys) - len(missing)
    report(done, len(keys))
    for start in range(0, len(missing), SHARD):
        part = missing[start : start + SHARD]
        rows = np.empty((len(part), backbone.width), dtype=np.float32)
        with torch.inference_mode():
            for found in encoding.parts(backbone, [unique[key] for key in part], budget):
                rows[found.places] = found.states.cpu().numpy()
                done += len(found.places)
                report(done, len(keys))
        store.add(part, rows)
    return store.gather(keys)


def in_order(texts: dict[bytes, Text]) -> list[bytes]:
    """Keys with the answers of one prompt side by side, the longest first: one order on every machine."""
    prompts = {key: tuple(text.ids[: text.prompt_length]) for key, text in texts.items()}
    longest: dict[tuple[int, ...], int] = {}
    for key, text in texts.items():
        longest[prompts[key]] = max(longest.get(prompts[key], 0), len(text.ids))
    return sorted(texts, key=lambda key: (-longest[prompts[key]], prompts[key], -len(texts[key].ids), key))
