"""What an admin fills in about a destination, and what a researcher chooses to deliver."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from annotation.delivery import destinations
from annotation.delivery.destinations import Wish
from annotation.models import Destination

NAME = _("As researchers see it when they deliver.")


class FolderForm(forms.Form):
    way = Destination.Way.FOLDER
    name = forms.CharField(label=_("Name"), max_length=100, help_text=NAME)
    address = forms.ChoiceField(label=_("Folder of the operator"))
    prefix = forms.CharField(  # type: ignore[assignment]  # Django keeps fields apart
        label=_("Folder below it"),
        max_length=200,
        required=False,
        help_text=_("It is made where it is missing, below a folder that bears this workspace's name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].choices = [(root, root) for root in settings.DELIVERY_ROOTS]  # type: ignore[attr-defined]

    @property
    def wish(self) -> Wish:
        return Wish(way=self.way, **self.cleaned_data)


class StoreForm(forms.Form):
    way = Destination.Way.S3
    name = forms.CharField(label=_("Name"), max_length=100, help_text=NAME)
    address = forms.CharField(
        label=_("Address of the store"),
        max_length=500,
        help_text=_(
            "https://s3.eu-central-1.amazonaws.com, or that of another store; on a host that the operator lists."
        ),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    region = forms.CharField(label=_("Region"), max_length=60, initial="us-east-1")
    bucket = forms.CharField(label=_("Bucket"), max_length=63)
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("Folder in the bucket"), max_length=200, required=False
    )
    access_key = forms.CharField(
        label=_("Access key"), max_length=128, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(
        label=_("Secret of the access key"),
        max_length=256,
        required=False,
        help_text=_("It is sealed and never shown again. Leave it empty to keep the one that is there."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    @property
    def wish(self) -> Wish:
        return Wish(way=self.way, **self.cleaned_data)


class NewStoreForm(StoreForm):
    """The secret has to be said once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secret"].required = True
        self.fields["secret"].help_text = _("It is sealed and never shown again.")


FORMS: dict[str, type[FolderForm] | type[StoreForm]] = {"folder": FolderForm, "s3": StoreForm}
NEW_FORMS: dict[str, type[FolderForm] | type[StoreForm]] = {"folder": FolderForm, "s3": NewStoreForm}


def of(destination: Destination, data: Any = None) -> FolderForm | StoreForm:
    """The form that changes it; it holds everything but the secret."""
    return FORMS[destination.way](data, initial=vars(destinations.as_it_is(destination)))
