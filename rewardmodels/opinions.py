"""What several models think of one answer, or of two: scores, spread, what moved them, and the chance of the first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from api.refusals import Refusal, Unready
from rewardmodels import figures, formulas, scoring
from rewardmodels.formulas import Moved
from rewardmodels.models import RewardModel


@dataclass(frozen=True)
class Part:
    """One of the things that a score is made of, in each answer."""

    name: str
    values: list[float]

    @property
    def moved(self) -> float | None:
        """How much of the difference it makes: first − second."""
        return self.values[0] - self.values[1] if len(self.values) == 2 else None

    @property
    def weight(self) -> float:
        return abs(self.moved) if self.moved is not None else abs(self.values[0])


@dataclass(frozen=True)
class Opinion:
    """Of one model: scores, or why there are none yet."""

    model: RewardModel
    scores: list[dict[str, Any]] = field(default_factory=list)
    chance: float | None = None  # that the first is preferred
    is_coming: bool = False  # being loaded: ask again
    trouble: str = ""

    @property
    def moved(self) -> Moved | None:
        """The same as a picture, where the model is a sum of features."""
        return formulas.moved(self.model, self.scores)

    @property
    def parts(self) -> list[Part]:
        """What moved the scores, the weightiest first."""
        found = [score.get("components") or {} for score in self.scores]
        names = {name for components in found for name in components}
        parts = [Part(name, [components.get(name, 0.0) for components in found]) for name in sorted(names)]
        return sorted(parts, key=lambda part: -part.weight)


def of(models: Sequence[RewardModel], prompt: str, answers: list[str]) -> list[Opinion]:
    """In the order of the models; one that cannot answer is no hindrance to the others."""
    return [opinion(model, [{"prompt": prompt, "response": text} for text in answers]) for model in models]


def opinion(model: RewardModel, items: list[dict[str, Any]]) -> Opinion:
    try:
        scores = scoring.score(model=model, items=items)
    except Unready as refusal:
        return Opinion(model, is_coming=True, trouble=refusal.message)
    except Refusal as refusal:
        return Opinion(model, trouble=refusal.message)
    two = len(scores) == 2
    chance = figures.chance(model, *(score["calibrated"] for score in scores)) if two else None
    return Opinion(model, scores, chance)
