"""A run from its beginning, or from where it was, to its end."""

from training.learning.commissions import Commission, Outcome
from training.learning.observing import NOBODY, RunObserver
from training.learning.pushing import Run


def run(commission: Commission, observer: RunObserver = NOBODY) -> Outcome:
    """Push the policy as commissioned; what the folder holds already is gone on from."""
    return Run(commission, observer).run()
