"""The forms of people and rights."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts import invitations
from accounts.models import Annotator, Group, Membership, Workspace
from accounts.roles import Role
from api.refusals import Refusal
from web.words import Words

ROLE_HELP = _(
    "Annotators label. Reviewers also read all judgments. Researchers also run projects and models. "
    "Admins also look after members, settings and the audit trail."
)


def blame(form: forms.BaseForm, refusal: Refusal) -> None:
    """Puts the sentences of a refusal at the fields that they are about."""
    for field, message in refusal.errors or [("", refusal.message)]:
        form.add_error(field if field in form.fields else None, message)


class NameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, required=False, help_text=_("As others here see you."))
    name.widget.attrs["autocomplete"] = "name"


def language_choices() -> list[tuple[str, Words]]:
    return [("", _("As the browser asks")), *settings.LANGUAGES]


class AccountForm(NameForm):
    language = forms.ChoiceField(
        label=_("Language"), choices=language_choices, required=False, help_text=_("Of pages and of mail to you.")
    )


class EmailForm(forms.Form):
    email = forms.EmailField(label=_("New e-mail address"), max_length=254)
    email.widget.attrs["autocomplete"] = "email"


class WorkspaceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("The address stays as it is."))


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, help_text=ROLE_HELP)


class InviteForm(RoleForm):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    days = forms.IntegerField(
        label=_("Days until the link runs out"),
        min_value=1,
        max_value=invitations.MOST_DAYS,
        initial=invitations.DAYS,
    )
    field_order = ["email", "role", "days"]


class JoinForm(forms.Form):
    """What somebody new says of themselves."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["password"].help_text = password_validators_help_text_html()


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What the token is for."))
    role = forms.ChoiceField(label=_("May do at most what this role may"))
    days = forms.IntegerField(
        label=_("Days until it runs out"), min_value=1, max_value=3_650, required=False, help_text=_("Empty: never.")
    )

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(known.value, known.label) for known in Role if role.includes(known)]
        self.fields["role"] = forms.ChoiceField(
            label=self.fields["role"].label, choices=choices, initial=Role.ANNOTATOR.value
        )


class GroupForm(forms.Form):
    """Pseudonyms as text: a group may hold thousands, and lists of them come from tables elsewhere."""

    name = forms.CharField(label=_("Name"), max_length=80)
    pseudonyms = forms.CharField(
        label=_("Annotators"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "none"}),
        help_text=_("By pseudonym, one a line. Who stands behind one is for admins alone."),
    )

    def __init__(self, *args: Any, workspace: Workspace, group: Group | None = None, **kwargs: Any) -> None:
        if group is not None:
            present = group.annotators.order_by("pseudonym").values_list("pseudonym", flat=True)
            kwargs["initial"] = {"name": group.name, "pseudonyms": "\n".join(present)}
        super().__init__(*args, **kwargs)
        self.workspace = workspace

    def clean_pseudonyms(self) -> list[Annotator]:
        wanted = set(self.cleaned_data["pseudonyms"].replace(",", " ").split())
        found = list(Annotator.objects.filter(workspace=self.workspace, pseudonym__in=wanted))
        if unknown := wanted - {annotator.pseudonym for annotator in found}:
            raise forms.ValidationError(_("Nobody here is called %(name)s."), params={"name": sorted(unknown)[0]})
        return found


def named(membership: Membership) -> str:
    """Two people may have one name: the address tells them apart."""
    person = membership.person
    return f"{person.name} · {person.email}" if person.name else person.email


def box_label(membership: Membership) -> str:
    return format_html('<span translate="no">{}</span>', named(membership))


class GroupMemberForm(forms.Form):
    """For admins, who think of people."""

    member = forms.ModelMultipleChoiceField(
        Membership.objects.none(), label=_("Members by name"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["member"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = workspace.memberships.select_related("person").order_by("person__name", "person__email")
        field.label_from_instance = box_label  # type: ignore[method-assign,assignment]


class ErasureForm(forms.Form):
    """Typing the address is what makes sure."""

    email = forms.CharField(label=_("Type the e-mail address to confirm"), max_length=254)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        if email != self.expected:
            raise forms.ValidationError(_("This is not the address of the account."))
        return email
