"""Links by which somebody sets a new password, where no mail can bring them one."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Person
from accounts.scope import Scope
from api.refusals import Conflict


def reset_link(person: Person) -> str:
    """Works once, for three days, until the password or what the account opens changes."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)},
    )
    return settings.PUBLIC_URL + path


def may_hand_out(scope: Scope, person: Person) -> bool:
    """Where no mail can bring the link, and the account opens nothing but this workspace."""
    opens_more = person.is_staff or person.memberships.exclude(workspace=scope.workspace).exists()
    return not (settings.HAS_MAIL or opens_more)


@transaction.atomic
def hand_out_reset_link(*, scope: Scope, membership: Membership) -> str:
    """For an admin to pass on. Never for somebody who would open another workspace with it."""
    person = membership.person
    if settings.HAS_MAIL:
        raise Conflict(_("Mail is set up here: they can have a link sent to them from the sign-in page."))
    if not may_hand_out(scope, person):
        raise Conflict(
            _("This account opens more than this workspace.")
            + " "
            + _("Whoever runs the installation makes the link, with manage.py reset_link.")
        )
    scope.record("member.reset_link_made", "person", person.pk)
    return reset_link(person)
