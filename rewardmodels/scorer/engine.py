"""One thread computes; whatever waits for the same model, from any caller, goes through it in one batch."""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from lm.rendering import Unrenderable
from lm.templates import Conversation, conversation
from rewardmodels.learning.composition.judges import Unanswered
from rewardmodels.learning.rewards import Reward, Score

MOST_WAITING = 4_096  # items; more than that is refused with “busy”
MOST_TOGETHER = 1_024  # items in one pass
Items = list[tuple[Conversation, str]]


class Busy(Exception):
    """More is waiting than can be answered in good time."""


@dataclass
class Asked:
    """One caller's items and where its answer goes."""

    reward: Reward
    items: Items
    answer: "Future[list[Score]]" = field(default_factory=Future)


class Engine:
    """Takes questions from many threads and answers them in the order of the first that waits."""

    def __init__(self) -> None:
        self._waiting: deque[Asked] = deque()
        self._changed = threading.Condition()
        self._is_open = True
        self.passes = 0
        self._thread = threading.Thread(target=self._work, daemon=True, name="score")
        self._thread.start()

    def submit(self, reward: Reward, items: list[dict[str, Any]]) -> "Future[list[Score]]":
        """A future of the scores, in the order of the items."""
        asked = Asked(reward, [(conversation(item["prompt"]), str(item["response"])) for item in items])
        with self._changed:
            if sum(len(other.items) for other in self._waiting) + len(items) > MOST_WAITING:
                raise Busy
            self._waiting.append(asked)
            self._changed.notify()
        return asked.answer

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while batch := self._next():
            self.passes += 1
            try:
                scores = batch[0].reward.score([item for asked in batch for item in asked.items])
            except Exception as error:
                self._apart(batch, error)
                continue
            for asked in batch:
                asked.answer.set_result(scores[: len(asked.items)])
                scores = scores[len(asked.items) :]

    def _next(self) -> list[Asked]:
        """Everything that waits for the model of the first; empty when the engine closes."""
        with self._changed:
            while self._is_open and not self._waiting:
                self._changed.wait()
            if not self._is_open:
                return []
            batch: list[Asked] = []
            others, size = deque[Asked](), 0
            first = self._waiting[0].reward
            for asked in self._waiting:
                if asked.reward is first and (not batch or size + len(asked.items) <= MOST_TOGETHER):
                    batch.append(asked)
                    size += len(asked.items)
                else:
                    others.append(asked)
            self._waiting = others
            return batch

    def _apart(self, batch: list[Asked], error: Exception) -> None:
        """One caller's bad item is not another's: each is tried alone."""
        for asked in batch:
            try:
                asked.answer.set_result(asked.reward.score(asked.items) if len(batch) > 1 else self._raise(error))
            except Exception as own:
                asked.answer.set_exception(own)

    def _raise(self, error: Exception) -> list[Score]:
        raise error


def sentence(error: Exception) -> str:
    return str(error) if isinstance(error, Unrenderable | Unanswered) else f"Scoring failed: {type(error).__name__}."
