"""An annotator is the pseudonymous record under which judgments stand."""

import secrets
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Person, Workspace

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that is read as another


def new_pseudonym() -> str:
    """Ten random characters: nothing of the person, nothing of the order of joining."""
    return "a-" + "".join(secrets.choice(ALPHABET) for _ in range(10))


class Annotator(models.Model):
    class Origin(models.TextChoices):
        PERSON = "person", _("Person")
        IMPORTED = "imported", _("Imported")
        SIMULATED = "simulated", _("Simulated")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="annotators")
    pseudonym = models.CharField(max_length=20, default=new_pseudonym, editable=False)
    origin = models.CharField(max_length=9, choices=Origin.choices)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="annotators")
    source_name = models.CharField(max_length=200, blank=True)  # what an imported file or a simulation called it
    created_at = models.DateTimeField(default=now, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "pseudonym"], name="annotator_pseudonym_is_unique"),
            models.UniqueConstraint(fields=["workspace", "person"], name="annotator_one_per_person"),
            models.UniqueConstraint(
                fields=["workspace", "origin", "source_name"],
                condition=~Q(source_name=""),
                name="annotator_one_per_source_name",
            ),
            models.CheckConstraint(
                name="annotator_only_a_person_points_at_an_account",
                condition=Q(person__isnull=True) | Q(origin="person"),
            ),
            models.CheckConstraint(
                name="annotator_origin_is_known", condition=Q(origin__in=["person", "imported", "simulated"])
            ),
            models.CheckConstraint(
                name="annotator_erased_points_nowhere",
                condition=Q(erased_at__isnull=True) | Q(person__isnull=True, source_name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class Group(models.Model):
    """Annotators of one workspace under one name: for who may label what, and for slices of the data."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="groups")
    name = models.CharField(max_length=80)
    annotators = models.ManyToManyField(Annotator, related_name="groups", blank=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="group_name_is_unique")]

    def __str__(self) -> str:
        return self.name
