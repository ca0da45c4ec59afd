"""What a run is checked by: rewards that it does not learn from."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from rewardmodels.models import RewardModel
from training.models.runs import Run


class RunGold(models.Model):
    """A reward model, or a truth that the product carries, which says how good answers to prompts held out are."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="golds")
    place = models.PositiveSmallIntegerField()  # the first decides which step was best
    name = models.CharField(max_length=40)  # in measurements
    reward_model = models.ForeignKey(RewardModel, models.RESTRICT, null=True, related_name="checked")
    builtin = models.CharField(max_length=40, blank=True)
    reward_sha256 = models.CharField(max_length=64, blank=True)  # of the weights that it was asked with
    unit = models.CharField(max_length=120)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="run_gold_named_once"),
            models.UniqueConstraint(fields=["run", "place"], name="run_gold_has_a_place"),
            models.UniqueConstraint(
                fields=["run", "reward_model"],
                condition=Q(reward_model__isnull=False),
                name="run_gold_once_per_reward_model",
            ),
            models.CheckConstraint(
                name="run_gold_is_a_trained_model_or_builtin",
                condition=(Q(reward_model__isnull=False, builtin="") & ~Q(reward_sha256=""))
                | (Q(reward_model__isnull=True, reward_sha256="") & ~Q(builtin="")),
            ),
            models.CheckConstraint(name="run_gold_has_a_name_and_a_unit", condition=~Q(name="") & ~Q(unit="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        return self.reward_model.name if self.reward_model is not None else _("The text world’s own truth")

    @property
    def asked(self) -> str:
        """As a wish names it."""
        return self.builtin or f"model:{self.reward_model_id}"
