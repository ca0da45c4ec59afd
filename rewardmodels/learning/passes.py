"""Utilities through a backbone that is being learned: the loss of a batch, taken in parts that fit into memory."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lm import encoding
from lm.backbones import Backbone
from lm.sharing import Text
from rewardmodels.learning.columns import Bag, Columns, judged
from rewardmodels.learning.posterior import Posterior

Beat = Callable[[], None]  # called before each pass; it may raise to end the fit


def nobody_waits() -> None:
    """Go on."""


@dataclass(frozen=True)
class Passes:
    """The candidates' texts and the backbone that reads them, at most `tokens` with a gradient at once."""

    backbone: Backbone
    texts: Sequence[Text]
    tokens: int
    is_half: bool = False  # bf16 inside the backbone; weights, heads and losses stay as they are

    def utilities(self, posterior: Posterior[Any], candidates: Tensor) -> Tensor:
        """(all candidates,) fp64, 0 where a candidate is not among those asked for; candidates (n,) int64."""
        chosen = [self.texts[index] for index in candidates.tolist()]
        with self._precision():
            states = encoding.states(self.backbone, chosen, budget=self.tokens)
        found = posterior.head(states.cpu().double())
        return found.new_zeros(len(self.texts)).index_put((candidates,), found)

    @torch.no_grad()
    def states(self, candidates: Tensor, beat: Beat = nobody_waits) -> Tensor:
        """(all candidates, width) fp32 as the backbone reads now, 0 where one is not among those asked for."""
        chosen = [self.texts[index] for index in candidates.tolist()]
        found = torch.zeros(len(self.texts), self.backbone.width)
        with self._precision():
            for part in encoding.parts(self.backbone, chosen, self.tokens):
                beat()
                found[candidates[part.places]] = part.states.float().cpu()
        return found

    def _precision(self) -> AbstractContextManager[Any]:
        device = self.backbone.model.device.type
        return torch.autocast(device, torch.bfloat16) if self.is_half else nullcontext()


def accumulate(posterior: Posterior[Any], passes: Passes, said: Columns, beat: Beat = nobody_waits) -> float:
    """Leave the gradient of the batch's loss, taken in parts of at most so many tokens: the same whatever the parts."""
    total = 0.0
    for part in parts(said, passes):
        beat()
        utilities = passes.utilities(posterior, candidates(part))
        share = -posterior.likelihood(utilities, part).sum() / len(said)
        share.backward()
        total += float(share.detach())
    prior = posterior.penalty() / posterior.judgments
    prior.backward()
    return total + float(prior.detach())


@torch.no_grad()
def mean_loss(posterior: Posterior[Any], passes: Passes, said: Columns, beat: Beat = nobody_waits) -> float:
    """−log P of a judgment, on average."""
    total = 0.0
    for part in parts(said, passes):
        beat()
        total -= float(posterior.likelihood(passes.utilities(posterior, candidates(part)), part).sum())
    return total / len(said)


def candidates(said: Columns) -> Tensor:
    """Those that are judged, each once, in order."""
    return said.candidates() if isinstance(said, Bag) else torch.unique(torch.cat(list(judged(said))))  # type: ignore[arg-type]


def parts(said: Columns, passes: Passes) -> list[Any]:
    """Whole judgments side by side, the longest first, as many as the tokens of their candidates allow."""
    each = [candidates(said.at(slice(row, row + 1))).tolist() for row in range(len(said))]
    lengths = [max(len(passes.texts[index].ids) for index in group) for group in each]
    rows: list[list[int]] = []
    held: set[int] = set()
    size = 0
    for row in sorted(range(len(said)), key=lambda row: (-lengths[row], each[row], row)):
        more = sum(len(passes.texts[index].ids) for index in set(each[row]) - held)
        if not rows or size + more > passes.tokens:
            rows.append([])
            held, size = set(), 0
            more = sum(len(passes.texts[index].ids) for index in each[row])
        rows[-1].append(row)
        held |= set(each[row])
        size += more
    return [said.at(torch.tensor(group)) for group in rows]


def tokens_of(said: Columns, texts: Sequence[Text]) -> int:
    """Tokens of the judged candidates, a shared prompt counted each time."""
    return sum(len(texts[index].ids) for index in candidates(said).tolist())
