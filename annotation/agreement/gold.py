"""One annotator's answers to tasks whose answer is known, and whether these are reason enough to pause them."""

from dataclasses import dataclass

from annotation.agreement.proportions import exact_upper, wilson
from annotation.agreement.votes import Estimate

LEAST_SEEN = 10


@dataclass(frozen=True)
class GoldRecord:
    """The share right with Wilson's interval, and the exact one-sided upper bound, both at 95 %."""

    accuracy: Estimate
    upper: float
    seen: int

    def below(self, threshold: float, least_seen: int = LEAST_SEEN) -> bool:
        """Whether the annotator is below the threshold beyond doubt: enough gold, and both upper bounds below it."""
        if self.seen < least_seen or self.accuracy.high is None:
            return False
        return max(self.accuracy.high, self.upper) < threshold


def record(right: int, seen: int) -> GoldRecord:
    """The record of somebody who was right on `right` of `seen` gold tasks."""
    return GoldRecord(wilson(right, seen), exact_upper(right, seen), seen)
