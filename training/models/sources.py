"""The policies that a run is about beside the one that it sets out from: merged, compared with, or asked."""

from django.db import models
from django.db.models import Q

from training.models.runs import INFINITE, Run


class RunSource(models.Model):
    """One policy of a merge with its weight in the mean, one that answers beside best-of-n, or one that one shot asks.

    Of the last the first is raised, and each other has the margin that its reward is to gain.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="sources")
    place = models.PositiveSmallIntegerField()
    policy = models.CharField(max_length=300)  # as a policy is named, a run's with its step
    source = models.ForeignKey(Run, models.RESTRICT, null=True, related_name="mixtures")  # the run that made it
    sha256 = models.CharField(max_length=64, blank=True)  # of its checkpoint's files
    weight = models.FloatField(null=True)
    margin = models.FloatField(null=True)  # over the reference, of a policy aligned for what is held

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "place"], name="run_source_has_a_place"),
            models.UniqueConstraint(fields=["run", "policy"], name="run_source_once_per_policy"),
            models.CheckConstraint(name="run_source_has_a_policy", condition=~Q(policy="")),
            models.CheckConstraint(
                name="run_source_weight_is_a_share",
                condition=Q(weight__isnull=True) | Q(weight__gte=0, weight__lte=1),
            ),
            models.CheckConstraint(
                name="run_source_has_a_weight_or_a_margin",
                condition=Q(weight__isnull=True) | Q(margin__isnull=True),
            ),
            models.CheckConstraint(
                name="run_source_margin_is_finite",
                condition=Q(margin__isnull=True) | Q(margin__gt=-INFINITE, margin__lt=INFINITE),
            ),
        ]

    def __str__(self) -> str:
        return self.policy if self.weight is None else f"{self.weight:g} of {self.policy}"
