"""Secrets of stores, sealed under the installation's own key: a backup of the database tells nothing."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _

from annotation.models import Destination
from api.refusals import Conflict


def cipher() -> Fernet:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"annotation.delivery", hashlib.sha256)
    return Fernet(urlsafe_b64encode(key))


def seal(secret: str) -> str:
    return cipher().encrypt(secret.encode()).decode()


def unseal(destination: Destination) -> str:
    try:
        return cipher().decrypt(destination.sealed_secret.encode()).decode()
    except InvalidToken:
        raise Conflict(_("The secret was sealed under another SECRET_KEY: enter it anew.")) from None
