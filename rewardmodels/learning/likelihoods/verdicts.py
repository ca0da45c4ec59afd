"""Single answers, desirable or not: P(yes) = σ(slope · (u − threshold) + the prompt's effect)."""

from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from rewardmodels.learning.columns import VerdictColumns
from rewardmodels.learning.likelihoods.annotators import LogSlope, Prior, PromptEffects, Threshold
from rewardmodels.learning.likelihoods.likelihood import Likelihood

THRESHOLDS = Prior(centre=0.0, pooled=3.0, own=1.0)


class VerdictLikelihood(Likelihood):
    """Each annotator has a threshold and a slope; the threshold is on the scale of the utility."""

    def __init__(self, train: VerdictColumns, annotators: int, slopes: Prior) -> None:
        super().__init__()
        self.log_slope = LogSlope(train.annotator, annotators, slopes)
        self.threshold = Threshold(train.annotator, annotators, THRESHOLDS)
        self.prompt = PromptEffects(train.prompt, train.candidate)

    def log_odds(self, utilities: Tensor, columns: VerdictColumns) -> Tensor:  # (candidates,) → (verdicts,)
        """Of “desirable”."""
        beyond = utilities[columns.candidate] - self.threshold(columns.annotator)
        return self.log_slope.slopes(columns.annotator) * beyond + self.prompt(columns.prompt)

    def forward(self, utilities: Tensor, columns: VerdictColumns) -> Tensor:
        return logsigmoid((2 * columns.desirable - 1) * self.log_odds(utilities, columns))

    def log_prior(self) -> Tensor:
        return self.log_slope.log_prior() + self.threshold.log_prior() + self.prompt.log_prior()

    def scales(self) -> Iterator[nn.Parameter]:
        yield from self.log_slope.parameters()
