"""Arriving, signing in and one's own account. Of allauth's pages only those that are wanted here are mounted."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path
from django.views.generic import RedirectView

from accounts import access
from accounts.views import home, invitations, own

signing_in = access.public("signing in begins here")
second_step = access.public("the second step of signing in; allauth lets in only who has passed the first")
resetting = access.public("somebody who has forgotten the password cannot sign in")

urlpatterns = [
    path("", home.home, name="home"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("accounts/", own.account, name="own_account"),
    path("accounts/language/", own.choose_language, name="own_language"),
    path("accounts/erase/", own.erase, name="own_erase"),
    path("accounts/email/", own.change_email, name="own_email"),
    path("accounts/email/confirm/<str:key>/", own.confirm_email, name="own_email_confirm"),
    path("accounts/sessions/", own.session_list, name="usersessions_list"),
    path("accounts/sessions/others/end/", own.end_other_sessions, name="end_other_sessions"),
    path("accounts/sessions/<int:session_id>/end/", own.end_session, name="end_session"),
    path("accounts/login/", signing_in(account.login), name="account_login"),
    path("accounts/logout/", access.public("signing out twice is no error")(account.logout), name="account_logout"),
    path("accounts/inactive/", signing_in(account.account_inactive), name="account_inactive"),
    path("accounts/reauthenticate/", access.signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("accounts/password/change/", access.signed_in(account.password_change), name="account_change_password"),
    path(  # where allauth sends somebody who has no password yet
        "accounts/password/set/",
        access.signed_in(RedirectView.as_view(pattern_name="account_reset_password")),
        name="account_set_password",
    ),
    path("accounts/password/reset/", own.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", resetting(account.password_reset_done), name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/",
        resetting(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path(
        "accounts/password/reset/key/<slug:uidb36>/<str:key>/",
        resetting(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("accounts/2fa/", access.signed_in(mfa.index), name="mfa_index"),
    path("accounts/2fa/authenticate/", second_step(mfa.authenticate), name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", access.signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", access.signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", access.signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "accounts/2fa/recovery-codes/",
        access.signed_in(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/generate/",
        access.signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/2fa/recovery-codes/download/",
        access.signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]
