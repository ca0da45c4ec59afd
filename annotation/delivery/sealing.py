"""The secrets of stores: sealed, and opened for nobody but the call that signs."""

from django.utils.translation import gettext as _

from annotation.models import Destination
from api.refusals import Conflict
from web import sealing

PURPOSE = "delivery"


def seal(secret: str) -> str:
    return sealing.seal(secret, PURPOSE)


def unseal(destination: Destination) -> str:
    try:
        return sealing.unseal(destination.sealed_secret, PURPOSE)
    except sealing.Unreadable:
        raise Conflict(_("The secret was sealed under another SECRET_KEY: enter it anew.")) from None
