"""What a run should be told before anybody believes it."""

from training.models import Run
from training.references import reach


def of(run: Run) -> list[str]:
    """Thresholds beyond what the reference itself ever reached, and what other runs have come to, as far as seen."""
    found = [
        reach.warning(part.name, bound.role, bound.threshold, values, seen)
        for part, values, seen in reach.known(run)
        for bound in part.bounds.all()
    ]
    return [said for said in found if said]
