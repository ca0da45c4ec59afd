"""A step after a step (SACPO, Wachi et al., arXiv 2404.11049): what was aligned before is aligned once more.

The policy of the step before is the reference, and β is the first step's over λ of the constraint of this step.
"""

from typing import Any

from django.utils.translation import gettext as _

from api.refusals import Invalid
from rewardmodels.learning.settings.fields import SettingError
from training import algorithms
from training.learning.direct.settings.common import has_strength, stepped
from training.models import Run
from training.policies import Made

FIELD = "multiplier"


def settings_of(given: Any, origin: Made | None, multiplier: float | None, asked: dict[str, Any]) -> Any:
    """As they were given, or with the β of a step; Invalid at the field that makes it none."""
    if multiplier is None:
        return given
    if not algorithms.is_direct(given):
        raise Invalid(_("Only what learns from a snapshot is a step after another: leave λ out."), field=FIELD)
    if "beta" in asked:
        raise Invalid(_("β of a step is the first step’s over λ: leave it out, or leave out λ."), field="settings.beta")
    before = origin.run if origin else None
    if before is None or not before.is_direct:
        said = _("A step sets out from a policy that a run has aligned with a snapshot: name run:<id> of one.")
        raise Invalid(said, field="policy")
    try:
        return stepped(given, multiplier, first=first_strength(before))
    except SettingError as error:
        field = FIELD if error.name in ("multiplier", "beta") else "algorithm"
        raise Invalid(error.message, field=field) from None


def first_strength(run: Run) -> float:
    """The β of the first of all steps up to this run; Invalid where its loss has none."""
    made_of = algorithms.ALL[run.algorithm]
    if not (algorithms.is_direct(made_of) and has_strength(made_of)):
        said = _(
            "“{name}” was aligned by {title}, which is held to no reference: it is no step that another can follow."
        )
        raise Invalid(said.format(name=run.name, title=made_of.title), field="policy")
    return float(run.settings["beta"]) * (run.multiplier or 1.0)
