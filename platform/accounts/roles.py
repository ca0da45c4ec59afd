"""The four roles. Each includes the ones below it."""

from django.db import models


class Role(models.TextChoices):
    ANNOTATOR = "annotator", "Annotator"
    REVIEWER = "reviewer", "Reviewer"
    RESEARCHER = "researcher", "Researcher"
    ADMIN = "admin", "Admin"

    @property
    def rank(self) -> int:
        return RANKS[self]

    def includes(self, other: "Role") -> bool:
        return self.rank >= Role(other).rank

    @classmethod
    def lesser(cls, one: str, other: str) -> "Role":
        return min(cls(one), cls(other), key=lambda role: role.rank)


RANKS = {Role.ANNOTATOR: 0, Role.REVIEWER: 1, Role.RESEARCHER: 2, Role.ADMIN: 3}
