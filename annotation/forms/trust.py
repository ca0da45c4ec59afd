"""The forms of trust: what is decided about somebody, always with a reason."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.trust import aside


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=aside.LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept in the audit trail."),
    )


class AsideForm(ReasonForm):
    since = forms.DateTimeField(
        label=_("Only what was judged since"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In UTC. Empty: everything."),
    )
    field_order = ["reason", "since"]


class QualificationForm(ReasonForm):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("granted", _("May work without the test")),
            ("revoked", _("May not work")),
            ("", _("The test decides")),
        ],
        required=False,
    )
    field_order = ["decision", "reason"]


class PauseForm(ReasonForm):
    """The person reads the reason."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=[("lifted", _("Lift the pause")), ("upheld", _("Uphold the pause"))]
    )
    field_order = ["decision", "reason"]
