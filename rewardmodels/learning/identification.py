"""Which parameters the data do not decide, so that their priors do: named, instead of passed off as findings."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.functional import hessian
from torch.func import functional_call

from rewardmodels.learning.columns import Bag
from rewardmodels.learning.likelihoods.annotators import Personal
from rewardmodels.learning.likelihoods.likelihood import Mixture

HELD_BY_THE_PRIOR = 0.1  # information of the data in units of that of the prior: below, the prior decides
INVOLVED = 0.3  # a parameter's share of the undecided directions from which on it is named
MOST_WORK = 3_000_000  # parameters times judgments; beyond, only what is pooled is looked at
HELD = 1e6  # stands for “fixed by definition”
WORDS = {
    "log_slope": "slope",
    "log_noise": "noise",
    "log_proportional": "proportional noise",
    "wild": "share of wild noise",
    "protest": "share of protest zeros",
    "ties": "share of ties",
    "threshold": "threshold",
    "severity": "severity",
    "loadings": "loading",
    "link": "cuts",
    "first_cuts": "cuts",
    "log_gaps": "cuts",
    "log_ties": "ties",
    "log_questions": "scale of another question",
    "pooled_side": "side",
    "own_side": "side",
}


class Priors(nn.Module):
    """The log density of a mixture's own parameters, as a module."""

    def __init__(self, likelihood: Mixture) -> None:
        super().__init__()
        self.likelihood = likelihood

    def forward(self) -> Tensor:
        return self.likelihood.log_prior()


class Point:
    """The parameters that are looked at as one vector; the logarithm of the utility's own scale is its last."""

    def __init__(self, likelihood: Mixture, judgments: int) -> None:
        found = {name: value.detach().clone() for name, value in likelihood.named_parameters()
                 if value.numel() and "effects" not in name}  # fmt: skip
        if sum(value.numel() for value in found.values()) * judgments > MOST_WORK:
            found = {name: value for name, value in found.items() if "own" not in name}
        self.found = found
        self.start = torch.cat([*(value.flatten() for value in found.values()), torch.zeros(1, dtype=torch.float64)])

    def taken_apart(self, point: Tensor, prefix: str = "") -> dict[str, Tensor]:
        pieces = point[:-1].split([value.numel() for value in self.found.values()])
        shaped = zip(self.found.items(), pieces, strict=True)
        return {prefix + name: piece.reshape(value.shape) for (name, value), piece in shaped}

    def labels(self, names: Sequence[str]) -> list[tuple[str, bool]]:
        """(in words, whether it is one annotator's own) of every number but the last."""
        rows = []
        for name, value in self.found.items():
            _, kind, part, *_ = name.split(".")
            is_own = name.endswith((".own", ".own_side"))
            word = "money scale" if (kind, part) == ("amounts", "log_slope") else WORDS[part]
            rows += [(f"{kind}: {word} of {names[place]}" if is_own else f"{kind}: {word}", is_own)
                     for place in range(value.numel())]  # fmt: skip
        return rows


def undecided(likelihood: Mixture, utilities: Tensor, bag: Bag, names: Sequence[str]) -> list[str]:
    """In words, each once; utilities (candidates,) in the gauge of the likelihood.

    The scale of the utility is among the directions that are looked at: without an anchor, it and all slopes could be
    exchanged for one another, and all of them would be named.
    """
    point = Point(likelihood, len(bag))

    def surprise(at: Tensor) -> Tensor:
        given: Any = (utilities * at[-1].exp(), bag)
        said: Tensor = functional_call(likelihood, point.taken_apart(at), given)
        return -said.sum()

    def prior(at: Tensor) -> Tensor:
        said: Tensor = functional_call(Priors(likelihood), point.taken_apart(at, "likelihood."), ())
        return 0.5 * at[-1].square() - said

    information = hessian(surprise, point.start)
    is_touched = information.abs().sum(1) > 0
    precision = hessian(prior, point.start).diagonal().clamp(min=1e-6)
    information = information + by_definition(likelihood, point) * precision.max()
    scaled = information / (precision.sqrt()[:, None] * precision.sqrt()[None])
    found, directions = torch.linalg.eigh((scaled + scaled.T) / 2)
    share = directions[:, found < HELD_BY_THE_PRIOR].square().sum(1).sqrt()
    rows = zip(point.labels(names), share.tolist(), is_touched.tolist(), strict=False)
    # an annotator who gave no judgment of a kind has no parameter there
    named = [label for (label, is_own), weight, touched in rows if weight > INVOLVED and (touched or not is_own)]
    return list(dict.fromkeys(named))


def by_definition(likelihood: Mixture, point: Point) -> Tensor:
    """What is no question to the data: that the departures of annotators average 0."""
    found, start = torch.zeros(len(point.start), len(point.start), dtype=torch.float64), 0
    personal = {f"{name}.own": part for name, part in likelihood.named_modules() if isinstance(part, Personal)}
    for name, value in point.found.items():
        if name in personal or name.endswith("own_side"):
            ones = personal[name].seen.double() if name in personal else torch.ones(value.numel(), dtype=torch.float64)
            block = slice(start, start + value.numel())
            found[block, block] = HELD * torch.outer(ones, ones) / ones.sum()
        start += value.numel()
    return found
