"""What a model said of each judgment that it did not learn from: enough to judge it again, without its texts.

Comparisons that were decided have margins and probabilities; judgments of other kinds, of models that learn from such,
what was lost on them. Rows are named by a hash of what was judged and by whom, so that two models can be compared
wherever they were asked the same.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FILE = "held_out.safetensors"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Decided comparisons as columns, each (n,); a margin is u(preferred) − u(other)."""

    key: Integers  # what was judged, by whom
    cluster: Integers  # of near-duplicate conversations
    annotator: Integers
    margin: Floats  # uncalibrated
    probability: Floats  # calibrated, of what was preferred
    length_ratio: Floats  # log of preferred over other, in characters

    def __len__(self) -> int:
        return len(self.key)

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "HeldOut":
        return HeldOut(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True, eq=False)
class Foretold:
    """Judgments of another kind as columns, each (n,)."""

    key: Integers  # what was judged, by whom, and what was said
    cluster: Integers
    annotator: Integers
    log_loss: Floats  # −log of the probability of what was said

    def __len__(self) -> int:
        return len(self.key)

    def at(self, rows: NDArray[np.int64]) -> "Foretold":
        return Foretold(*(getattr(self, one.name)[rows] for one in fields(self)))


def number(*words: object) -> int:
    """A whole number that follows from the words, on every machine."""
    said = json.dumps(words, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big", signed=True)


def numbers(named: Iterable[Sequence[object]]) -> Integers:
    """One number a row; the second time that the same was said has another."""
    seen: Counter[int] = Counter()
    found = []
    for words in named:
        one = number(*words)
        found.append(number(one, seen[one]) if seen[one] else one)
        seen[one] += 1
    return np.array(found, dtype=np.int64)


def write(
    folder: Path, splits: Mapping[str, HeldOut], kinds: Mapping[str, Mapping[str, Foretold]] | None = None
) -> None:
    """`splits` are comparisons by split, `kinds` other judgments by split and kind."""
    named: dict[str, HeldOut | Foretold] = dict(splits)
    for split, by_kind in (kinds or {}).items():
        named |= {f"{split}.{kind}": rows for kind, rows in by_kind.items()}
    columns = {
        f"{name}.{one.name}": np.ascontiguousarray(getattr(rows, one.name))
        for name, rows in named.items()
        for one in fields(rows)
    }
    save_file(columns, folder / FILE)


def read(folder: Path, split: str = "test") -> HeldOut | None:
    """The comparisons of one split; None where the model was saved without any."""
    try:
        columns = load_file(folder / FILE)
        return HeldOut(*(columns[f"{split}.{one.name}"] for one in fields(HeldOut)))
    except (OSError, KeyError, SafetensorError):
        return None


def read_kinds(folder: Path, split: str = "test") -> dict[str, Foretold]:
    """The judgments of other kinds of one split."""
    try:
        columns = load_file(folder / FILE)
    except (OSError, SafetensorError):
        return {}
    ends = {name.removeprefix(f"{split}.").split(".")[0] for name in columns if name.startswith(f"{split}.")}
    kinds = sorted(kind for kind in ends if f"{split}.{kind}.key" in columns)
    return {kind: Foretold(*(columns[f"{split}.{kind}.{one.name}"] for one in fields(Foretold))) for kind in kinds}
