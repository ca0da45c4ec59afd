"""Who is asking, in which workspace, with which role: one value that views hand to domain functions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.models import Person, Token, Workspace
from accounts.roles import Role
from audit import trail


@dataclass(frozen=True)
class Scope:
    person: Person
    workspace: Workspace
    role: Role  # the lesser of the membership's role and, with a token, the token's
    token: Token | None = None
    request_id: str = ""

    def record(self, action: str, kind: str = "", object_id: UUID | str = "", **details: Any) -> None:
        """Write into the audit trail that this person did this."""
        token = self.token.pk if self.token else None
        self._write(action, kind, object_id, details, actor=self.person.pk, token=token, request_id=self.request_id)

    def record_unnamed(self, action: str, kind: str, object_id: UUID | str, **details: Any) -> None:
        """That it happened, and not who did it: what annotators do stands under their pseudonyms alone."""
        self._write(action, kind, object_id, details, actor=None)

    def _write(self, action: str, kind: str, object_id: UUID | str, details: dict[str, Any], **who: Any) -> None:
        trail.record(
            action,
            workspace=self.workspace.pk,
            object_kind=kind,
            object_id=str(object_id),
            details=details,
            **who,
        )
