"""The models in memory: least recently used go first, within a bound of bytes; backbones are shared between them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from lm.backbones import Backbone
from rewardmodels import opening
from rewardmodels.learning import folder as folders
from rewardmodels.learning.rewards import Find, Reward

FORGET_FAILURES = 30.0  # seconds after which a model that could not be read is tried again
LOADING_SECONDS = 2


@dataclass(frozen=True)
class Key:
    """A model as it was sealed."""

    model: str
    folder: str
    sha256: str


class Loading(Exception):
    """Not in memory yet; it is being read."""


class Unreadable(Exception):
    """A sentence that says why a model cannot be read."""


class Residents:
    """Gives a reward that is in memory, or begins to read it on a thread of its own."""

    def __init__(self, most_bytes: int, open_reward: Callable[[Key, Find], Reward] | None = None) -> None:
        self.most_bytes = most_bytes
        self._open = open_reward or read
        self._lock = threading.Lock()
        self._rewards: OrderedDict[Key, Reward] = OrderedDict()
        self._loading: set[Key] = set()
        self._failures: dict[Key, tuple[float, str]] = {}

    def get(self, key: Key) -> Reward:
        """The reward, now the most recently used; Loading or Unreadable otherwise."""
        with self._lock:
            if key in self._rewards:
                self._rewards.move_to_end(key)
                return self._rewards[key]
            failed_at, message = self._failures.get(key, (float("-inf"), ""))
            if time.monotonic() - failed_at < FORGET_FAILURES:
                raise Unreadable(message)
            if key not in self._loading:
                self._loading.add(key)
                threading.Thread(target=self._load, args=(key,), daemon=True, name=f"load {key.model}").start()
        raise Loading

    def bytes(self) -> int:
        """What the rewards in memory take, each shared module once."""
        rewards = list(self._rewards.values())
        return sum({id(module): bytes_of(module) for reward in rewards for module in reward.modules()}.values())

    def __len__(self) -> int:
        return len(self._rewards)

    def _load(self, key: Key) -> None:
        try:
            reward = self._open(key, self._find)
        except Exception as error:  # whatever a damaged folder raises: the next caller hears of it
            with self._lock:
                self._failures[key] = (time.monotonic(), f"This reward model cannot be loaded: {error}"[:500])
                self._loading.discard(key)
            return
        with self._lock:
            self._rewards[key] = reward
            self._loading.discard(key)
            self._failures.pop(key, None)
            while len(self._rewards) > 1 and self.bytes() > self.most_bytes:
                self._rewards.popitem(last=False)

    def _find(self, fingerprint: str) -> Backbone | None:
        """A backbone in memory with the same weights and the same tokenizer."""
        with self._lock:
            found = [backbone for reward in self._rewards.values() for backbone in reward.backbones()]
        return next((backbone for backbone in found if backbone.fingerprint == fingerprint), None)


def read(key: Key, find: Find) -> Reward:
    """The reward of a folder whose every file is as it was sealed."""
    folder = Path(key.folder)
    folders.verify(folder, key.sha256)
    return opening.open_reward(folder, find)


def bytes_of(module: nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
