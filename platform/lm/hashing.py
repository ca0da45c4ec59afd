"""SHA-256 of files, folders and token sequences."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_sha256(files: Iterable[Path]) -> str:
    """One hash over names and contents, whatever the order they came in."""
    lines = sorted(f"{file_sha256(path)}  {path.name}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def text_sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def tokens_key(ids: Sequence[int]) -> bytes:
    """The 32 bytes under which a token sequence's features are kept."""
    return hashlib.sha256(np.asarray(ids, dtype="<i4").tobytes()).digest()


def tensors_sha256(tensors: Mapping[str, Tensor]) -> str:
    """One hash over names, shapes and every bit of the values, whatever the order they came in."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        values = tensors[name].detach().cpu().contiguous()
        found.update(f"{name} {values.dtype} {tuple(values.shape)}\n".encode())
        found.update(values.numpy().tobytes())
    return found.hexdigest()
