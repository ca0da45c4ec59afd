"""What a run should be told before anybody believes it."""

from training.models import Run
from training.references import places


def of(run: Run) -> list[str]:
    """Thresholds beyond what the reference itself ever reached, as far as that was looked at."""
    values = run.details.get("reference", {})
    found = [
        places.warning(bound, part.name, values[part.name])
        for part in run.components.all()
        if part.name in values
        for bound in part.bounds.all()
    ]
    return [said for said in found if said]
