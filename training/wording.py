"""What people call the settings of runs: in their language, with names for the values that can be chosen."""

from typing import Any

from django.utils.translation import gettext_lazy

from api.schemas.forms import SettingsForm
from rewardmodels import wording
from web.words import Words

NAMES: dict[tuple[str, str], Words] = {  # (setting, value)
    ("mode", "full"): gettext_lazy("all weights of the policy (full)"),
    ("mode", "lora"): gettext_lazy("small adapters on it (lora)"),
    ("truncated", "masked"): gettext_lazy("left out of the step (masked)"),
    ("truncated", "penalised"): gettext_lazy("their objective less the penalty (penalised)"),
    ("truncated", "scored"): gettext_lazy("as the reward models say (scored)"),
    ("empty", "penalised"): gettext_lazy("their objective less the penalty (penalised)"),
    ("empty", "scored"): gettext_lazy("as the reward models say (scored)"),
    ("transform", "none"): gettext_lazy("nothing"),
    ("transform", "whiten"): gettext_lazy("counted in a step’s deviations (whiten)"),
    ("transform", "delta"): gettext_lazy("less the mean of the reference’s answers (delta)"),
    ("transform", "par"): gettext_lazy("the chance to be preferred to the reference (par)"),
    ("transform", "calibrated"): gettext_lazy("the share of the reference that is worse (calibrated)"),
    ("transform", "best_of_n"): gettext_lazy("that share, for the best of several (best_of_n)"),
    ("transform", "worst_of_n"): gettext_lazy("that share, for the worst of several (worst_of_n)"),
    ("controller", "bounded"): gettext_lazy("by gradient steps between 0 and 1 (bounded)"),
    ("controller", "pid"): gettext_lazy("by the violation and its past and slope (pid)"),
    ("controller", "exact"): gettext_lazy("solved from each step’s samples (exact)"),
    ("gain_unit", "value"): gettext_lazy("the component’s own unit (value)"),
    ("gain_unit", "tilt"): gettext_lazy("the push that would close a violation (tilt)"),
    ("length", "answer"): gettext_lazy("by the answer’s own length (answer)"),
    ("length", "longest"): gettext_lazy("by the longest answer allowed (longest)"),
    ("keep", "chosen"): gettext_lazy("the policy at these weights (chosen)"),
    ("keep", "path"): gettext_lazy("every point of the path too (path)"),
}


def say(form: SettingsForm) -> SettingsForm:
    """As rewardmodels.wording does, where a run means something else by a value that both know."""
    values = {name: [value for value, _label in getattr(field, "choices", ())] for name, field in form.fields.items()}
    wording.say(form)
    for name, known in values.items():
        if any((name, value) in NAMES for value in known):
            field: Any = form.fields[name]
            field.choices = [(value, NAMES.get((name, value), label)) for value, label in field.choices]
    return form
