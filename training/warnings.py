"""What a run should be told before anybody believes it."""

from training import approvals
from training.models import Run
from training.references import reach


def of(run: Run) -> list[str]:
    """An approval withdrawn under it; thresholds beyond what the reference reached, and what other runs came to."""
    gone = approvals.withdrawn(run) if run.job is not None and not run.is_over else ""
    if run.are_margins:  # what they come to is known once the pool is
        return [gone] if gone else []
    found = [
        reach.warning(part.name, bound.role, bound.threshold, values, seen)
        for part, values, seen in reach.known(run)
        for bound in part.bounds.all()
    ]
    return [said for said in [gone, *found] if said]
