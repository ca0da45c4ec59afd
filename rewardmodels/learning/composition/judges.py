"""Language models that rate: one of this machine, or one behind an OpenAI-compatible address.

A judge gives a number for each question, None where its answer holds none. Greedy generation with the leading digits
read is the method of the paper; `expected`, the mean over the probabilities of the numbers, is our extension: it has
fewer ties, and needs the model's probabilities.
"""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from lm.causal import Causal
from rewardmodels.learning.composition import attributes

NEW_TOKENS = 4
LEAST_MASS = 0.01  # of the numbers' probability together: below it the model was not about to say a number
BATCH = 8
TRIES, LONGEST_WAIT = 5, 30.0
AT_ONCE = 8  # questions under way to an address


class Unanswered(RuntimeError):
    """A sentence that says why a judge gave no answer."""


class Away(Unanswered):
    """It may answer when it is asked again later."""


class Judge(Protocol):
    @property
    def key(self) -> str:
        """What its ratings are kept under: the model and how it is read."""

    def rate(self, questions: Sequence[str]) -> list[float | None]: ...


@dataclass(frozen=True)
class Local:
    """A causal model of this machine."""

    model: Causal
    reading: str  # "generated" or "expected"

    @property
    def key(self) -> str:
        return f"{self.model.fingerprint}/{self.reading}"

    @torch.inference_mode()
    def rate(self, questions: Sequence[str]) -> list[float | None]:
        """In the order of the questions; None too where a question is longer than the model's context."""
        ids = [self.model.prompt(question) for question in questions]
        answers: list[float | None] = [None] * len(questions)
        fitting = [index for index in range(len(ids)) if len(ids[index]) + NEW_TOKENS <= self.model.context]
        fitting.sort(key=lambda index: len(ids[index]))
        for start in range(0, len(fitting), BATCH):
            group = fitting[start : start + BATCH]
            for index, answer in zip(group, self._read([ids[index] for index in group]), strict=True):
                answers[index] = answer
        return answers

    def _read(self, sequences: list[list[int]]) -> list[float | None]:
        if self.reading == "expected":
            return [expected(self.model, ids) for ids in sequences]
        return [attributes.rating(text) for text in self.model.greedy(sequences, NEW_TOKENS)]


def expected(model: Causal, ids: list[int]) -> float | None:
    """The mean rating under the probabilities of what the model would say next, each number in all its spellings."""
    first = model.next_probabilities(ids)
    mass = {number: float(first[model.spellings(str(number))].sum()) for number in range(1, attributes.HIGH + 1)}
    if mass[1] > 0:
        mass[1], then_zero = after_one(model, ids, first, mass[1])
        mass[attributes.HIGH] += then_zero
    total = sum(mass.values())
    return sum(number * share for number, share in mass.items()) / total if total >= LEAST_MASS else None


def after_one(model: Causal, ids: list[int], first: Tensor, mass: float) -> tuple[float, float]:
    """(P(“1” and no 0 behind it), P(“1” and then “0”)): where digits are tokens, ten begins as one does."""
    spelled = model.spellings("1")
    likeliest = spelled[int(first[spelled].argmax())]
    zero = float(model.next_probabilities([*ids, likeliest])[model.spellings("0")].sum())
    return mass * (1 - zero), mass * zero


class Reply(NamedTuple):
    """What came back from an address."""

    status: int  # 0 where nothing came
    body: bytes
    retry_after: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Address:
    """A model behind an OpenAI-compatible address; `post` sends one JSON body and gives what came back."""

    address: str
    model: str
    post: Callable[[dict[str, Any]], Reply]
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def key(self) -> str:
        return f"{self.address} {self.model}/generated"

    def rate(self, questions: Sequence[str]) -> list[float | None]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._rate, questions))

    def _rate(self, question: str) -> float | None:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": question}],
            "temperature": 0,
            "max_tokens": NEW_TOKENS,
        }
        return attributes.rating(said(self._ask(body)))

    def _ask(self, body: dict[str, Any]) -> Reply:
        """The first answer that is one; what may pass is tried again, further and further apart."""
        for attempt in range(TRIES):
            reply = self.post(body)
            if reply.status == 200:
                return reply
            if not is_passing(reply.status) or attempt == TRIES - 1:
                break
            self.sleep(min(max(2.0**attempt, reply.retry_after), LONGEST_WAIT))
        reason = reply.why or f"it answered {reply.status}: {reply.body[:200].decode(errors='replace')}"
        why = f"The judge {self.model} gave no rating: {reason}"
        raise Away(why) if is_passing(reply.status) else Unanswered(why)


def is_passing(status: int) -> bool:
    """Whether a refusal may be over in a moment; 0 is a connection that broke."""
    return status in {0, 408, 409, 429} or status >= 500


def said(reply: Reply) -> str:
    """The text of the first choice."""
    try:
        content = json.loads(reply.body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Unanswered("The judge's address does not answer as OpenAI's chat completions do.") from error
    return str(content or "")
