"""Which likelihoods a bag of judgments needs, and which of them says what a difference of 1 means."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rewardmodels.learning.columns import KINDS, Bag
from rewardmodels.learning.likelihoods.amounts import AmountLikelihood
from rewardmodels.learning.likelihoods.annotators import Prior
from rewardmodels.learning.likelihoods.likelihood import Likelihood, Mixture
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.likelihoods.rankings import RankingLikelihood
from rewardmodels.learning.likelihoods.ratings import RatingLikelihood, overall
from rewardmodels.learning.likelihoods.verdicts import VerdictLikelihood

POOLED_DEVIATION = 1.5  # of the log slope of a kind that does not give the unit
OWN_DEVIATION = 0.5  # of an annotator's log slope around it


@dataclass(frozen=True)
class Recipe:
    """What beside the judgments themselves decides how they are put together."""

    annotators: int
    side_bias: bool = True
    reliability: bool = True  # a slope for each annotator
    ranking_ties: str = "exact"
    aspects: tuple[str, ...] = ()
    questions: int = 0
    main_question: int = 0  # the way of asking for money that gives the unit


def anchor(bag: Bag, recipe: Recipe) -> str:
    """The kind that fixes the scale: amounts where there are some, else the first whose pooled slope is then 1."""
    usable = [kind for kind in KINDS if kind in bag.kinds and (kind != "ratings" or speaks_of_utility(recipe))]
    return "amounts" if "amounts" in usable else usable[0] if usable else ""


def speaks_of_utility(recipe: Recipe) -> bool:
    """Whether marks speak of the utility itself, rather than through loadings that have no sign of their own."""
    return overall(recipe.aspects) is not None


def build(bag: Bag, recipe: Recipe) -> Mixture:
    """A likelihood for each kind in the bag, at the beginning of what it has to learn."""
    unit, many = anchor(bag, recipe), recipe.annotators

    def slopes(kind: str) -> Prior:
        is_fixed = kind == unit or (kind == "ratings" and not speaks_of_utility(recipe))
        return Prior(0.0, 0.0 if is_fixed else POOLED_DEVIATION, OWN_DEVIATION if recipe.reliability else 0.0)

    makers: dict[str, Callable[[Any], Likelihood]] = {
        "pairs": lambda rows: PairLikelihood(rows, many, side_bias=recipe.side_bias, slopes=slopes("pairs")),
        "amounts": lambda rows: AmountLikelihood(
            rows,
            many,
            side_bias=recipe.side_bias,
            questions=recipe.questions,
            main=recipe.main_question,
            reliability=recipe.reliability,
        ),
        "verdicts": lambda rows: VerdictLikelihood(rows, many, slopes("verdicts")),
        "rankings": lambda rows: RankingLikelihood(rows, many, slopes("rankings"), ties=recipe.ranking_ties),
        "ratings": lambda rows: RatingLikelihood(rows, many, slopes("ratings"), recipe.aspects),
    }
    return Mixture({kind: makers[kind](rows) for kind, rows in bag.kinds.items()})
