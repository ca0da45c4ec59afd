"""Mail that may fail: the link is shown to the sender as well, so nothing is lost when it does."""

import logging
import re
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

log = logging.getLogger(__name__)
ADDRESS = re.compile(r"[^\s<>'\"]+@[^\s<>'\"]+")


def send_after_commit(*, to: str, subject: str, body: str) -> bool:
    """Whether a mail will be tried: only where the operator has set one up."""
    if settings.HAS_MAIL:
        transaction.on_commit(lambda: deliver(to, subject, body))
    return settings.HAS_MAIL


def deliver(to: str, subject: str, body: str) -> None:
    try:
        send_mail(" ".join(subject.split()), body, None, [to])
    except (SMTPException, OSError) as error:
        log.warning("A mail could not be sent: %s", without_addresses(error))


def without_addresses(error: Exception) -> str:
    """What went wrong; mail servers name the recipient, and logs outlive an erasure."""
    return ADDRESS.sub("…", str(error))
