"""What allauth says has happened to how somebody signs in, written into the trail."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator

from accounts import people
from accounts.models import Person

DEEDS = {
    "person.password_changed": account.password_changed,
    "person.password_reset": account.password_reset,
    "person.second_factor_added": mfa.authenticator_added,
    "person.second_factor_removed": mfa.authenticator_removed,
    "person.recovery_codes_renewed": mfa.authenticator_reset,
}


def listen() -> None:
    for action, signal in DEEDS.items():
        signal.connect(recorder(action), weak=False, dispatch_uid=action)


def recorder(action: str) -> Any:
    def record(sender: Any, request: Any, user: Person, **more: Any) -> None:
        if not come_with_another(signal=more["signal"], authenticator=more.get("authenticator")):
            people.record(action, user, actor=user.pk, request_id=getattr(request, "id", ""))

    return record


def come_with_another(signal: Any, authenticator: Authenticator | None) -> bool:
    """Recovery codes are made and dropped with the second factor that they stand in for: one deed, told once."""
    if signal not in (mfa.authenticator_added, mfa.authenticator_removed) or authenticator is None:
        return False
    return authenticator.type == Authenticator.Type.RECOVERY_CODES
