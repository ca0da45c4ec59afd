"""The four roles. Each includes the ones below it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ANNOTATOR = "annotator", _("Annotator")
    REVIEWER = "reviewer", _("Reviewer")
    RESEARCHER = "researcher", _("Researcher")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return RANKS[self]

    def includes(self, other: "Role") -> bool:
        return self.rank >= Role(other).rank

    @classmethod
    def lesser(cls, one: str, other: str) -> "Role":
        return min(cls(one), cls(other), key=lambda role: role.rank)


RANKS = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.RESEARCHER: 2, Role.ADMIN: 3}
