"""The reward models in a run: what each counts, and where its mean is held."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rewardmodels.models import RewardModel
from training.models.runs import Run

INFINITE = float("inf")


class Role(models.TextChoices):
    """What a bound asks of a component's mean."""

    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")
    EQUAL = "equal", _("equal to")


class RunComponent(models.Model):
    """A reward model's part in a run: a weight puts it into the objective, bounds make it a constraint."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="components")
    reward_model = models.ForeignKey(RewardModel, models.RESTRICT, related_name="parts")
    name = models.CharField(max_length=40)  # in measurements and samples
    place = models.PositiveSmallIntegerField()
    weight = models.FloatField(null=True)
    target = models.FloatField(null=True)  # what an answer is pulled to by its squared distance, times the weight
    reward_sha256 = models.CharField(max_length=64)  # of the weights that it was asked with
    unit = models.CharField(max_length=120)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="run_component_named_once"),
            models.UniqueConstraint(fields=["run", "reward_model"], name="run_component_once_per_reward_model"),
            models.UniqueConstraint(fields=["run", "place"], name="run_component_has_a_place"),
            models.CheckConstraint(name="run_component_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="run_component_was_trained", condition=~Q(reward_sha256="") & ~Q(unit="")),
            models.CheckConstraint(
                name="run_component_target_has_a_weight",
                condition=Q(target__isnull=True)
                | Q(target__gt=-INFINITE, target__lt=INFINITE, weight__isnull=False, weight__gt=0),
            ),
            models.CheckConstraint(
                name="run_component_weight_is_finite",
                condition=Q(weight__isnull=True) | Q(weight__gt=-INFINITE, weight__lt=INFINITE),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RunBound(models.Model):
    """A threshold that a component's mean is held to, raw and as its place among the reference's samples."""

    component = models.ForeignKey(RunComponent, models.CASCADE, related_name="bounds")
    role = models.CharField(max_length=8, choices=Role.choices)
    threshold = models.FloatField()  # in the reward model's own unit, uncalibrated
    quantile = models.FloatField(null=True)  # the share of reference samples below it; None until they were looked at

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["component", "role"], name="run_bound_once_per_role"),
            models.CheckConstraint(
                name="run_bound_role_is_known", condition=Q(role__in=["at_least", "at_most", "equal"])
            ),
            models.CheckConstraint(
                name="run_bound_threshold_is_finite", condition=Q(threshold__gt=-INFINITE, threshold__lt=INFINITE)
            ),
            models.CheckConstraint(
                name="run_bound_quantile_is_a_share",
                condition=Q(quantile__isnull=True) | Q(quantile__gte=0, quantile__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.threshold:g}"
