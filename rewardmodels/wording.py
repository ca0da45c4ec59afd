"""What people call the settings of reward models: in their language, with names for the values that can be chosen."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.schemas.forms import SettingsForm
from web.words import Words

NAMES: dict[tuple[str, str], Words] = {  # (setting, value)
    ("too_long", "truncate"): gettext_lazy("cut it (truncate)"),
    ("too_long", "drop"): gettext_lazy("leave the judgment out (drop)"),
    ("mode", "frozen"): gettext_lazy("nothing but a head on it (frozen)"),
    ("mode", "lora"): gettext_lazy("small adapters too (LoRA)"),
    ("mode", "full"): gettext_lazy("all of its weights (full)"),
    ("precision", "fp32"): gettext_lazy("32 bits (fp32)"),
    ("precision", "bf16"): gettext_lazy("16 bits where it learns (bf16)"),
    ("head", "linear"): gettext_lazy("weights on what it read (linear)"),
    ("head", "pooler"): gettext_lazy("the layer below as well (pooler)"),
    ("margin", "none"): gettext_lazy("none"),
    ("margin", "length"): gettext_lazy("by the length of what differs (length)"),
    ("margin", "cosine"): gettext_lazy("by how alike their states are (cosine)"),
    ("judge_reading", "generated"): gettext_lazy("the number that it writes (generated)"),
    ("judge_reading", "expected"): gettext_lazy("the mean over all numbers (expected)"),
    ("judge_template", "dialogue"): gettext_lazy("about a dialogue"),
    ("judge_template", "post"): gettext_lazy("about a post and a reply"),
    ("ties", "drop"): gettext_lazy("left out (drop)"),
    ("ties", "half"): gettext_lazy("half a preference either way (half)"),
    ("penalty", "l2"): gettext_lazy("small weights (l2)"),
    ("penalty", "l1"): gettext_lazy("few weights (l1)"),
    ("combine", "mean"): gettext_lazy("the mean of the members"),
    ("combine", "worst"): gettext_lazy("the lowest of the members (worst)"),
    ("combine", "uncertainty"): gettext_lazy("the mean less a penalty on the variance (uncertainty)"),
    ("differing", "both"): gettext_lazy("in both ways"),
    ("differing", "resampling"): gettext_lazy("by the conversations that they learn from (resampling)"),
    ("differing", "priors"): gettext_lazy("by the weights that they start from (priors)"),
    ("zero", "reference"): gettext_lazy("at the mean of the training answers (reference)"),
    ("zero", "boundary"): gettext_lazy("where yes and no are as likely (boundary)"),
    ("ranking_ties", "exact"): gettext_lazy("not put in order: all orders are summed (exact)"),
    ("ranking_ties", "davidson_luce"): gettext_lazy("an answer of their own (Davidson–Luce)"),
}


def say(form: SettingsForm) -> SettingsForm:
    """The form with its titles, explanations and choices in the reader's language."""
    for name, field in form.fields.items():
        field.label = _(str(field.label)) if field.label else field.label
        field.help_text = _(str(field.help_text)) if field.help_text else ""
        if choices := getattr(field, "choices", None):
            field.choices = [(value, NAMES.get((name, value), label)) for value, label in choices]  # type: ignore[attr-defined]
    return form
