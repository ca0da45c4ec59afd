"""Where a workspace has its exports delivered."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person, Workspace


class Destination(models.Model):
    """A folder below one that the operator lists, or a bucket on a host that the operator lists."""

    MOST = 20  # in a workspace

    class Way(models.TextChoices):
        FOLDER = "folder"
        S3 = "s3"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="destinations", db_index=False)
    name = models.CharField(max_length=100)
    way = models.CharField(max_length=6, choices=Way.choices)
    address = models.CharField(max_length=500)  # one of the operator's folders, or the https address of the store
    prefix = models.CharField(max_length=200, blank=True)  # the folder below it, or what keys begin with
    bucket = models.CharField(max_length=63, blank=True)
    region = models.CharField(max_length=60, blank=True)
    access_key = models.CharField(max_length=128, blank=True)
    sealed_secret = models.TextField(blank=True)  # annotation.delivery.sealing; never shown
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="destination_name_is_unique"),
            models.CheckConstraint(
                name="destination_has_keys_exactly_as_a_store",
                condition=Q(way="folder", bucket="", region="", access_key="", sealed_secret="")
                | (Q(way="s3") & ~Q(bucket="") & ~Q(region="") & ~Q(access_key="") & ~Q(sealed_secret="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
