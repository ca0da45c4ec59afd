"""How a run ended is written into its row. Imported by the worker alone."""

from typing import TYPE_CHECKING

from django.utils.timezone import now

from jobs.work import Failed, Work
from training.models import Run

if TYPE_CHECKING:
    from training.learning.commissions import Outcome


UNBEATEN = "Nothing that decides found a checkpoint better than the policy that it began as."


def finish(work: Work, run: Run, outcome: "Outcome") -> int | None:
    """The outcome stands in the row, while this attempt holds the job; the step of the best checkpoint, if one is."""
    kept = list(run.checkpoints.all())
    if not kept:
        raise Failed("The run ended without a checkpoint.")
    best = next((one for one in kept if one.step == outcome.best), kept[-1] if outcome.best else None)
    why = outcome.why if best else f"{outcome.why} {UNBEATEN}"
    with work.holding():
        run.checkpoints.update(is_best=False)
        if best is not None:
            run.checkpoints.filter(pk=best.pk).update(is_best=True)
        Run.objects.filter(pk=run.pk).update(
            ended_at=now(),
            ending=outcome.ended,
            ending_text=why,
            last_step=outcome.last,
            best_step=best.step if best else None,
            sha256=(best or kept[-1]).sha256,
            details={**run.details, "figures": outcome.figures, "best_figures": outcome.best_figures},
        )
    return best.step if best else None
