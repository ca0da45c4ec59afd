"""What allauth says has happened to how somebody signs in, written into the trail."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa

from accounts.models import Person
from audit import trail

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
        trail.record(
            action,
            workspace=None,  # it is about the account, which several workspaces may share
            actor=user.pk,
            object_kind="person",
            object_id=str(user.pk),
            request_id=getattr(request, "id", ""),
        )

    return record
