"""Money that is at stake: prices sealed before the answer, what came of them, what people have, what they agreed to."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Annotator, Person, Workspace
from annotation.models.assignments import Assignment
from annotation.models.judgments import JudgmentVersion
from annotation.models.projects import Guidelines, Project
from annotation.models.tasks import Task


class Draw(models.Model):
    """A price drawn before the answer can be given; `commitment` is what the person is told of it. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="draw")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="draws", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="draws")
    guidelines = models.ForeignKey(Guidelines, models.CASCADE, related_name="+", db_index=False)  # whose terms hold
    price = models.DecimalField(max_digits=18, decimal_places=6)
    nonce = models.CharField(max_length=64)  # 256 random bits in hexadecimal
    commitment = models.CharField(max_length=64)  # SHA-256 of nonce and price
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annotator", "task"], name="draw_once_per_person_and_task"),
            models.CheckConstraint(name="draw_price_is_not_negative", condition=Q(price__gte=0)),
        ]


class Outcome(models.Model):
    """The answer that was held against a drawn price: from then on the price is known, and both are final."""

    draw = models.OneToOneField(Draw, models.CASCADE, primary_key=True, related_name="outcome")
    version = models.OneToOneField(JudgmentVersion, models.CASCADE, related_name="outcome")
    revealed_at = models.DateTimeField(default=now, editable=False)


class LedgerEntry(models.Model):
    """Play money in or out. A balance is the sum of a person's entries in one currency; nothing else is kept."""

    class Kind(models.TextChoices):
        ENDOWMENT = "endowment", _("Endowment")
        PURCHASE = "purchase", _("Purchase")
        CORRECTION = "correction", _("Correction")

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="ledger", db_index=False)
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")  # null: purged, or of none
    draw = models.ForeignKey(Draw, models.SET_NULL, null=True, related_name="entries", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.DecimalField(max_digits=18, decimal_places=6)
    currency = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")  # of a correction
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(fields=["workspace", "-id"], name="ledger_by_workspace"),
            models.Index(fields=["annotator", "-id"], name="ledger_by_annotator"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["draw", "kind"], name="ledger_once_per_draw_and_kind"),
            models.CheckConstraint(name="ledger_names_a_currency", condition=~Q(currency="")),
            models.CheckConstraint(
                name="ledger_kind_has_its_sign",
                condition=Q(kind="endowment", amount__gt=0, reason="")
                | Q(kind="purchase", amount__lte=0, reason="")
                | Q(kind="correction", draw__isnull=True) & ~Q(amount=0) & ~Q(reason=""),
            ),
        ]

    @property
    def label(self) -> str:
        return str(self.Kind(self.kind).label)


class Consent(models.Model):
    """What a person said to the consent text of a version; the newest counts, and none is ever changed."""

    class Said(models.TextChoices):
        ACCEPTED = "accepted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    project = models.ForeignKey(Project, models.CASCADE, related_name="consents", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="consents", db_index=False)
    guidelines = models.ForeignKey(Guidelines, models.CASCADE, related_name="+", db_index=False)
    said = models.CharField(max_length=9, choices=Said.choices)
    said_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["project", "annotator", "-id"], name="consent_newest")]
        constraints = [
            models.CheckConstraint(
                name="consent_says_yes_or_no", condition=Q(said__in=["accepted", "refused", "withdrawn"])
            ),
        ]
