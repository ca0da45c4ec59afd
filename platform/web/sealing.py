"""Short secrets, sealed under the installation's own key: what lies in the database tells nothing."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class Unreadable(ValueError):
    """It was sealed under another key, or for something else."""


def seal(secret: str, purpose: str) -> str:
    return cipher(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    try:
        return cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def cipher(purpose: str) -> Fernet:
    key = hmac.digest(settings.SECRET_KEY.encode(), f"sealing:{purpose}".encode(), hashlib.sha256)
    return Fernet(urlsafe_b64encode(key))
