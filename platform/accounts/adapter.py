"""How allauth behaves here: nobody signs up without an invitation, and mail that fails breaks nothing."""

import logging
from smtplib import SMTPException
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from qrcode.image.svg import SvgPathFillImage

from accounts import languages
from accounts.mails import without_addresses

log = logging.getLogger(__name__)


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under PUBLIC_URL, so that no Host header can lead a mail's reader elsewhere."""
        uidb36, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
        return settings.PUBLIC_URL + path

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            with translation.override(languages.of_address(email)):
                super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            log.warning("A mail could not be sent: %s", without_addresses(error))


class SecondFactorAdapter(DefaultMFAAdapter):
    def build_totp_svg(self, url: str) -> str:
        """On white, so that a camera reads it on a dark page too."""
        return qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode")
