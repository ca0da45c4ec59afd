"""Who did what to which object: append-only rows that hold opaque ids, sealed into a chain of hashes."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class Entry(models.Model):
    """One deed. Actor and object are plain values: deleting a person or a project never touches what they did."""

    at = models.DateTimeField(default=now, editable=False)
    workspace = models.UUIDField(null=True)
    actor = models.UUIDField(null=True)  # a person; null when the installation itself acted
    token = models.UUIDField(null=True)  # the API token that was used, if one was
    action = models.CharField(max_length=60)  # noun.verb: "member.invited", "snapshot.created"
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)  # opaque ids, roles, states and numbers; never names or addresses
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-id"], name="entry_by_workspace"),
            models.Index(fields=["workspace", "object_kind", "object_id"], name="entry_by_object"),
        ]


class Identity(models.Model):
    """What an opaque id was called; erasure deletes the row and the entries stay."""

    id = models.UUIDField(primary_key=True)
    label = models.CharField(max_length=320)


class Seal(models.Model):
    """A hash over a run of entries and over the seal before it. Entries and seals are never changed (a trigger)."""

    first_entry = models.BigIntegerField(unique=True)
    last_entry = models.BigIntegerField(unique=True)
    entries = models.PositiveIntegerField()
    leaves = models.BinaryField()  # id and hash of each entry, so that a break is found to the entry
    previous = models.CharField(max_length=64, unique=True)  # unique: the chain cannot fork
    sha256 = models.CharField(max_length=64, unique=True)
    sealed_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="seal_covers_entries", condition=Q(last_entry__gte=models.F("first_entry"))),
        ]


class Horizon(models.Model):
    """Up to where entries will be settled once no transaction older than `transaction` is open. At most one row."""

    entry = models.BigIntegerField()
    transaction = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="horizon_is_one", condition=Q(id=1))]
