"""What makes the link by which somebody sets a new password good, and void."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import Membership


class ResetTokens(PasswordResetTokenGenerator):
    """Void once the password or the address changes, somebody signs in, or the account opens more or less than before.

    An admin may make a link for somebody who belongs to no other workspace. It must not open one that they join later.
    """

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        places = Membership.objects.filter(person=user.pk).order_by("workspace").values_list("workspace", flat=True)
        opened = ",".join(map(str, places))
        return f"{super()._make_hash_value(user, timestamp)}{opened}{user.is_staff}"  # type: ignore[attr-defined, arg-type]
