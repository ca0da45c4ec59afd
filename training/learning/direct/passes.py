"""The gradient of a global batch, taken in parts that fit into memory: the same whatever the parts (T9).

Most losses are a mean over judgments, so that each part adds its share. KTO's z₀ is found for the whole batch in a
first pass without a gradient. AOT sorts the whole batch: a first pass finds every answer's log-probability, from which
its coefficient follows exactly, and a second adds coefficient times log-probability part by part.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from lm import likelihood
from lm.sharing import Text
from rewardmodels.learning.columns import Rows
from training.learning.direct import lessons, losses, objectives
from training.learning.direct.lessons import Verdicts
from training.learning.direct.objectives import Said, Whole
from training.learning.direct.settings.common import Direct

Beat = Callable[[], None]  # called before each pass; it may raise to end the work


def nobody_waits() -> None:
    """Go on."""


@dataclass(frozen=True, eq=False)
class Reader:
    """All answers with their prompts, what the reference says of them, and the policy that reads them.

    A log-probability is one number an answer: losses are taken on the CPU, wherever the policy is.
    """

    model: Any
    texts: Sequence[Text]
    reference: Tensor  # (texts,) fp32; 0 where there is no reference
    weights: tuple[float, float] = (1.0, 1.0)  # KTO's
    tokens: int = 4_096  # with a gradient at once
    is_half: bool = False  # bf16 inside the layers
    lengths: Tensor = field(init=False)  # (texts,) fp32, of the answers

    def __post_init__(self) -> None:
        found = [max(1, len(text.ids) - text.prompt_length) for text in self.texts]
        lengths = torch.tensor(found, dtype=torch.float32)
        object.__setattr__(self, "lengths", lengths)

    def read(self, chosen: Tensor) -> Tensor:  # (n,) int64 → (texts,) fp32, 0 where a text is not among them
        with self._precision():
            found = likelihood.sums(self.model, [self.texts[place] for place in chosen.tolist()], budget=self.tokens)
        found = found.cpu()
        return found.new_zeros(len(self.texts)).index_put((chosen,), found)

    def _precision(self) -> AbstractContextManager[Any]:
        device = self.model.device.type
        return torch.autocast(device, torch.bfloat16) if self.is_half else nullcontext()


@dataclass(frozen=True)
class Seen:
    """A batch that was gone through."""

    loss: float
    figures: dict[str, float]


def accumulate(own: Direct, reader: Reader, rows: Rows, beat: Beat = nobody_waits) -> Seen:
    """Leave the gradient of the batch's mean loss."""
    whole = whole_of(own, reader, rows, beat)
    parted = parts(rows, reader)
    if own.is_coupled and len(parted) > 1:
        return accumulate_coupled(own, reader, rows, whole, beat)
    total, policy = 0.0, torch.zeros_like(reader.reference)
    for part in parted:
        beat()
        read = reader.read(answers(part))
        share = objectives.of(own, Said(read, reader.reference, reader.lengths), part, whole).sum() / len(rows)
        share.backward()
        total += float(share.detach())
        policy = torch.where(read.detach() == 0, policy, read.detach())
    return Seen(total, told(own, reader, policy, rows, whole))


def accumulate_coupled(own: Direct, reader: Reader, rows: Rows, whole: Whole, beat: Beat) -> Seen:
    chosen = answers(rows)
    groups = grouped(chosen, reader)
    policy = read_all(reader, groups, beat).requires_grad_()
    loss = objectives.of(own, Said(policy, reader.reference, reader.lengths), rows, whole).mean()
    (coefficient,) = torch.autograd.grad(loss, policy)
    for group in groups:
        beat()
        (reader.read(group) * coefficient).sum().backward()
    return Seen(float(loss.detach()), told(own, reader, policy.detach(), rows, whole))


@torch.no_grad()
def look(own: Direct, reader: Reader, rows: Rows, beat: Beat = nobody_waits) -> Seen:
    """The mean loss and the figures of rows that are not learned from."""
    whole = whole_of(own, reader, rows, beat)
    policy = read_all(reader, grouped(answers(rows), reader), beat)
    loss = objectives.of(own, Said(policy, reader.reference, reader.lengths), rows, whole).double().mean()
    return Seen(float(loss), told(own, reader, policy, rows, whole))


def whole_of(own: Direct, reader: Reader, rows: Rows, beat: Beat) -> Whole:
    z0 = 0.0
    if isinstance(rows, Verdicts):
        policy = read_all(reader, grouped(torch.unique(rows.mismatched), reader), beat)
        z0 = losses.divergence((policy - reader.reference)[rows.mismatched])
    return objectives.whole_of(own, rows, reader.lengths, reader.weights, z0)


def told(own: Direct, reader: Reader, policy: Tensor, rows: Rows, whole: Whole) -> dict[str, float]:
    found = objectives.figures(own, Said(policy, reader.reference, reader.lengths), rows)
    return found | ({"z0": whole.z0} if isinstance(rows, Verdicts) else {})


@torch.no_grad()
def read_all(reader: Reader, groups: Sequence[Tensor], beat: Beat) -> Tensor:  # → (texts,)
    found = torch.zeros_like(reader.reference)
    for group in groups:
        beat()
        found = found + reader.read(group)
    return found


def answers(rows: Rows) -> Tensor:
    """Those that a loss is about; mismatched answers are read before, without a gradient."""
    return torch.unique(rows.answer) if isinstance(rows, Verdicts) else lessons.answers(rows)


def parts(rows: Rows, reader: Reader) -> list[Any]:
    """Whole judgments side by side, those of a prompt together, as many as the tokens allow; a prompt counts once."""
    each = [answers(rows.at(slice(row, row + 1))).tolist() for row in range(len(rows))]
    prompts = [tuple(prompt_of(reader.texts[group[0]])) for group in each]
    order = sorted(range(len(rows)), key=lambda row: (-len(prompts[row]), prompts[row], each[row], row))
    packed = packs([each[row] for row in order], reader)
    return [rows.at(torch.tensor([order[place] for place in places])) for places in packed]


def grouped(chosen: Tensor, reader: Reader) -> list[Tensor]:
    """Answers in groups that fit into a pass, those of a prompt together."""
    order = sorted(chosen.tolist(), key=lambda place: (-reader.texts[place].prompt_length, *reader.texts[place].ids))
    packed = packs([[place] for place in order], reader)
    return [torch.tensor([order[place] for place in places]) for places in packed]


def packs(each: Sequence[Sequence[int]], reader: Reader) -> list[list[int]]:
    """Places in `each`, in order, in groups whose answers with their prompts stay within the tokens of a pass."""
    groups: list[list[int]] = []
    held: set[Any] = set()
    size = 0
    for place, group in enumerate(each):
        more = cost(group, reader, held)
        if not groups or size + more > reader.tokens:
            groups.append([])
            held, size = set(), 0
            more = cost(group, reader, held)
        groups[-1].append(place)
        held |= set(group) | {prompt_of(reader.texts[one]) for one in group}
        size += more
    return groups


def cost(group: Sequence[int], reader: Reader, held: set[Any]) -> int:
    """Tokens that these answers add to what is held: answers that are new, and prompts that are."""
    fresh = [reader.texts[one] for one in set(group) if one not in held]
    prompts = {prompt_of(text) for text in fresh} - held
    return sum(len(text.ids) - text.prompt_length for text in fresh) + sum(map(len, prompts))


def prompt_of(text: Text) -> tuple[int, ...]:
    return tuple(text.ids[: text.prompt_length])
