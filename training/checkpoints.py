"""Which of the checkpoints that a run keeps is meant."""

from django.utils.translation import gettext as _

from api.refusals import Conflict, Invalid
from training.models import Checkpoint, Run


def chosen(run: Run, step: str | None, *, field: str = "checkpoint") -> Checkpoint:
    """The one of a step, else the best, else the last; a refusal where there is none."""
    kept = list(run.checkpoints.order_by("-is_best", "-step"))
    if run.is_selection:
        raise Conflict(_("“{name}” chooses among answers and keeps no policy.").format(name=run.name), field=field)
    if not kept:
        raise Conflict(_("The run “{name}” has kept no checkpoint yet.").format(name=run.name), field=field)
    if step is None:
        return kept[0]
    found = next((one for one in kept if str(one.step) == step), None)
    if found is None:
        known = ", ".join(str(one.step) for one in sorted(kept, key=lambda one: one.step))
        said = _("The run “{name}” keeps no checkpoint of step {step}; it keeps {known}.")
        if run.is_merge:
            said = _("The merge “{name}” is kept at no share of {step} percent; it is kept at {known}.")
        raise Invalid(said.format(name=run.name, step=step[:20], known=known), field=field)
    return found
