"""The forms of allauth in our words, and with labels alone: a placeholder that repeats the label is noise."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.utils.translation import gettext_lazy as _

WORDS = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
}


class Labelled(forms.BaseForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = WORDS.get(name, field.label)


class LoginForm(Labelled, account.LoginForm):
    pass


class ReauthenticateForm(Labelled, account.ReauthenticateForm):
    pass


class ChangePasswordForm(Labelled, account.ChangePasswordForm):
    pass


class ResetPasswordForm(Labelled, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Labelled, account.ResetPasswordKeyForm):
    pass


class AuthenticateForm(Labelled, mfa.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(Labelled, mfa.ReauthenticateForm):
    pass


class ActivateForm(Labelled, totp.ActivateTOTPForm):
    pass
