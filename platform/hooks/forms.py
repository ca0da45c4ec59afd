"""What an admin fills in: an address, and what it shall hear."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hooks.events import EVENTS


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2_000,
        help_text=_("Of the program that shall be told: https, on a host that the operator lets us call."),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("What it hears"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )
