"""The loop of direct alignment: AdamW over keyed batches, and on from a checkpoint to the same bits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from rewardmodels.learning import keys
from rewardmodels.learning.columns import Rows
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.finetuning import Pace, swell
from rewardmodels.learning.fitting import Keeper, must_be_finite
from rewardmodels.learning.observing import NOBODY, Observer
from training.learning.direct import passes
from training.learning.direct.passes import Reader, Seen
from training.learning.direct.settings.common import Direct

FEWEST_TOKENS = 64  # in one pass, however little memory there is


@dataclass(frozen=True)
class Lesson:
    """Every step's rows in order, and rows that are only looked at."""

    name: str  # of all that decides the run: a checkpoint of another is not gone on from
    steps: Sequence[Rows]
    held_out: Rows  # may be empty


class Learned(nn.Module):
    """What is learned, under names that a checkpoint can hold."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.parts = nn.ParameterList([one for one in model.parameters() if one.requires_grad])


def orders(count: int, own: Direct, seed: int, *, least: int = 1) -> list[list[torch.Tensor]]:
    """The places of each batch of each epoch; a last batch of fewer than `least` joins the one before."""
    found = []
    for epoch in range(own.epochs):
        order = torch.randperm(count, generator=keys.generator(seed, "epoch", epoch))
        batches = list(order.split(own.batch_size))
        if len(batches) > 1 and len(batches[-1]) < least:
            batches[-2:] = [torch.cat(batches[-2:])]
        found.append(batches)
    return found


class Loop:
    """One run as it stands: the policy, its optimiser, and how far it has come."""

    def __init__(self, own: Direct, reader: Reader, lesson: Lesson, observer: Observer = NOBODY) -> None:
        self.own, self.reader, self.lesson, self.observer = own, reader, lesson, observer
        self.learned = Learned(reader.model)
        self.optimiser = torch.optim.AdamW(
            self.learned.parameters(), lr=own.rate, weight_decay=own.weight_decay, fused=True
        )
        self.keeper = Keeper(lesson.name, self.learned, self.optimiser, observer)
        self.step, self.numbers = self.keeper.restore({"tokens": own.pass_tokens, "looks": {}})
        self._room(self.numbers["tokens"])

    def run(self) -> dict[str, dict[str, float]]:
        """Learn to the end; the figures of rows held out, by step."""
        pace, looks = Pace(), self.looks
        if self.step == 0:
            self.look()
        while self.step < len(self.lesson.steps):
            rows = self.lesson.steps[self.step]
            try:
                self.learn(rows)
            except (MemoryError, RuntimeError) as error:
                self.make_room(error)
                continue
            if self.step in looks:
                self.look()
            pace.keep(self.keep)
        return {step: dict(found) for step, found in self.numbers["looks"].items()}

    @property
    def looks(self) -> set[int]:
        """Behind which steps the rows held out are looked at: four times, and at the end."""
        steps = len(self.lesson.steps)
        return {-(-steps * part // 4) for part in range(1, 5)}

    def learn(self, rows: Rows) -> None:
        """One step of the optimiser."""
        self.optimiser.zero_grad()
        seen = passes.accumulate(self.own, self.reader, rows, self.beat)
        must_be_finite(seen.loss, self.step)
        norm = float(nn.utils.clip_grad_norm_(self.learned.parameters(), self.own.longest_gradient))
        must_be_finite(norm, self.step)
        rate = self.own.rate * swell(self.step, len(self.lesson.steps), self.own.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.step += 1
        self.observer.report(self.step, {**told(seen), "gradient_norm": norm, "learning_rate": rate})

    def look(self) -> None:
        """At the rows held out."""
        if len(self.lesson.held_out):
            seen = passes.look(self.own, self.reader, self.lesson.held_out, self.beat)
            found = {f"held_out/{name}": value for name, value in told(seen).items()}
            self.numbers["looks"][str(self.step)] = found
            self.observer.report(self.step, found)

    def keep(self) -> None:
        self.keeper.keep(self.step, self.numbers, at_once=True)

    def beat(self) -> None:
        self.observer.phase("Learning the policy", self.step / max(1, len(self.lesson.steps)))

    def make_room(self, error: Exception) -> None:
        """Passes of half the tokens, once; the choice is kept, so that whoever goes on makes the same one."""
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise error
        tokens = self.numbers["tokens"] // 2
        if tokens < FEWEST_TOKENS or self.numbers["tokens"] < self.own.pass_tokens:
            raise Unlearnable(
                f"There is not enough memory for passes of {self.numbers['tokens']} tokens. Choose fewer, compute "
                "layers again on the way back, or learn adapters instead of all weights."
            ) from error
        self.observer.say(f"Memory ran out: from step {self.step + 1} on, passes are of {tokens} tokens.")
        self.numbers["tokens"] = tokens
        self.optimiser.zero_grad()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self._room(tokens)
        self.keep()

    def _room(self, tokens: int) -> None:
        self.reader = replace(self.reader, tokens=tokens)


def told(seen: Seen) -> dict[str, float]:
    """Figures that are numbers: a batch may hold nothing of a kind."""
    return {"loss": seen.loss, **{name: value for name, value in seen.figures.items() if value == value}}
