"""One's own e-mail address: a new one holds once its owner has followed the link that was sent there.

Where no mail is set up nothing can be sent: the change holds at once, and the trail says that it was made.
"""

from datetime import timedelta
from typing import cast

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import mails, people
from accounts.models import Invitation, Person
from api.models import Idempotency
from api.refusals import Conflict, Invalid
from audit import identities

LASTS = timedelta(days=3)
SALT = "accounts.addresses"


def key(person: Person, email: str) -> str:
    """Opens nothing by itself: the person confirms while signed in, and while the old address still holds."""
    return signing.dumps([str(person.pk), person.email, email], salt=SALT)


def behind(key: str, person: Person) -> str | None:
    """The address that this person is to confirm by the key."""
    try:
        who, before, email = cast(list[str], signing.loads(key, salt=SALT, max_age=LASTS))
    except signing.BadSignature:
        return None
    return email if (who, before) == (str(person.pk), person.email) else None


@transaction.atomic
def ask(*, person: Person, email: str, request_id: str = "") -> bool:
    """Whether a link was sent to the new address; else the address is changed already."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(_("Write an e-mail address."), field="email") from None
    if email == person.email:
        raise Conflict(_("This is your address already."), field="email")
    if not settings.HAS_MAIL:
        change(person=person, email=email, request_id=request_id)
        return False
    link = settings.PUBLIC_URL + reverse("own_email_confirm", kwargs={"key": key(person, email)})
    body = _(
        "Follow this link, within three days and signed in, to sign in with this address from now on.\n\n%(link)s\n"
    )
    mails.send_after_commit(to=email, subject=_("Confirm your new address"), body=body % {"link": link})
    return True


@transaction.atomic
def change(*, person: Person, email: str, request_id: str = "") -> None:
    """The old address opens nothing any more, and nothing but its owner's mailbox remembers it."""
    person, old = Person.objects.select_for_update().get(pk=person.pk), person.email
    person.email = email
    try:
        with transaction.atomic():
            person.save(update_fields=["email"])
    except IntegrityError:
        raise Conflict(_("Somebody with this address is here already."), field="email") from None
    EmailAddress.objects.filter(user=person).delete()  # by which the old one could still sign in
    Invitation.objects.filter(accepted_by=person).update(email=email)
    Idempotency.objects.filter(answer__icontains=old).delete()
    identities.remember(person.pk, people.label(person))
    people.record("person.email_changed", person, actor=person.pk, request_id=request_id)
    body = _("The address of your account was changed. If it was not you, tell an admin of your workspace at once.")
    mails.send_after_commit(to=old, subject=_("Your address was changed"), body=body)
