"""A run: a policy pushed against rewards under bounds; what it was asked with, what it left, why it ended."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Workspace
from annotation.models import Snapshot
from jobs.models import Job

INFINITE = float("inf")
PECAN = "pecan"  # the algorithm that reads rewards off aligned policies
ONE_SHOT = ("mocan", PECAN)  # algorithms that find multipliers first
SOUP = "soup"  # the algorithm that merges policies
BEST_OF_N = "best_of_n"  # the algorithm that chooses among answers
WITHOUT_STEPS = (SOUP, BEST_OF_N, *ONE_SHOT)  # that say for themselves what they take
FROZEN = Q(prompts__isnull=False, prompts_count__gte=2) & ~Q(prompts_sha256="")
NO_PROMPTS = Q(prompts__isnull=True, prompts_count=0, prompts_sha256="")


class KlRole(models.TextChoices):
    """How the distance to the reference counts."""

    PENALTY = "penalty", _("a penalty on the objective")
    AT_MOST = "at_most", _("at most the target")
    OBJECTIVE = "objective", _("the objective, as small as the bounds allow")


class Run(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="runs", db_index=False)
    name = models.CharField(max_length=200)
    policy = models.CharField(max_length=300)  # as it was named: builtin:textworld, run:<id>@<step>, a folder, a hub id
    origin = models.ForeignKey("self", models.RESTRICT, null=True, related_name="followers")  # the run that made it
    algorithm = models.CharField(max_length=40)  # a name in training.algorithms
    settings = models.JSONField(default=dict)
    preset = models.CharField(max_length=40, blank=True)  # the paper's way that filled it in; what it set may differ
    kl = models.JSONField(default=dict)  # {"role", "coefficient"?, "target"?}; empty where none was asked for
    seed = models.BigIntegerField(default=0)
    steps = models.PositiveIntegerField(null=True)  # to be taken; of direct alignment they follow from the judgments
    allow_candidate = models.BooleanField(default=False)
    why_flagged = models.TextField(blank=True)  # why a reward model that lost touch with people takes part all the same

    # What it learns from: prompts as they stood when the run was asked for, a file by its hash, which the policy
    # answers; or a snapshot, whose judgments it is aligned with directly. A merge only answers prompts, where it has
    # any, and its policy is what its sources began as; best-of-n chooses among answers to them, and learns nothing.
    prompts = models.JSONField(null=True)  # where they come from, as it was asked
    prompts_sha256 = models.CharField(max_length=64, blank=True)
    prompts_count = models.PositiveIntegerField(default=0)
    snapshot = models.ForeignKey(Snapshot, models.RESTRICT, null=True, related_name="runs")
    multiplier = models.FloatField(null=True)  # λ of the constraint that a step after a step (SACPO) is for
    checks = models.JSONField(default=dict)  # learning.settings.checks and "prompts" held out; empty: none are

    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    # What came of it; all of it is there at once, or nothing is.
    ended_at = models.DateTimeField(null=True, editable=False)
    ending = models.CharField(max_length=40, blank=True)  # why it ended, a word of training.learning
    ending_text = models.TextField(blank=True)  # and in a sentence
    last_step = models.PositiveIntegerField(null=True)
    best_step = models.PositiveIntegerField(null=True)  # none where no step was better than the policy that it began as
    sha256 = models.CharField(
        max_length=64, blank=True
    )  # of the best checkpoint, else the last; of best-of-n, of its answers
    details = models.JSONField(default=dict)  # figures of the outcome; what the reference's rewards were

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "-created_at", "id"], condition=Q(deleted_at=None), name="run_by_workspace"
            ),
        ]
        constraints = [
            models.CheckConstraint(name="run_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="run_has_a_policy", condition=~Q(policy="")),
            models.CheckConstraint(name="run_has_an_algorithm", condition=~Q(algorithm="")),
            models.CheckConstraint(
                name="run_learns_as_its_algorithm_does",
                condition=(FROZEN & Q(snapshot__isnull=True, steps__gte=1) & ~Q(algorithm__in=WITHOUT_STEPS))
                | (NO_PROMPTS & Q(snapshot__isnull=False, steps__isnull=True) & ~Q(algorithm__in=WITHOUT_STEPS))
                | (FROZEN & Q(snapshot__isnull=True, steps__isnull=True, algorithm__in=(BEST_OF_N, *ONE_SHOT)))
                | ((FROZEN | NO_PROMPTS) & Q(snapshot__isnull=True, steps__isnull=True, algorithm=SOUP)),
            ),
            models.CheckConstraint(
                name="run_is_checked_only_where_it_takes_steps",
                condition=Q(checks={}) | Q(steps__isnull=False),
            ),
            models.CheckConstraint(
                name="run_ended_exactly_with_a_reason",
                condition=Q(ended_at__isnull=True, ending="", sha256="", last_step__isnull=True)
                | (Q(ended_at__isnull=False, last_step__isnull=False) & ~Q(ending="") & ~Q(sha256="")),
            ),
            models.CheckConstraint(
                name="run_best_step_was_taken",
                condition=Q(best_step__isnull=True) | Q(last_step__isnull=False, best_step__lte=F("last_step")),
            ),
            models.CheckConstraint(
                name="run_is_a_step_only_after_a_run",
                condition=Q(multiplier__isnull=True)
                | Q(multiplier__gt=0, multiplier__lt=INFINITE, snapshot__isnull=False, origin__isnull=False),
            ),
            models.CheckConstraint(name="run_is_not_its_own_origin", condition=~Q(origin=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def is_direct(self) -> bool:
        """Whether it learns from judgments themselves, without rewards and samples."""
        return self.snapshot_id is not None

    @property
    def is_merge(self) -> bool:
        """Whether it learns nothing and averages policies; its steps are shares of the last one in percent."""
        return self.algorithm == SOUP

    @property
    def is_selection(self) -> bool:
        """Whether it learns nothing and chooses among answers; its steps are the n of which the best is taken."""
        return self.algorithm == BEST_OF_N

    @property
    def are_margins(self) -> bool:
        """Whether thresholds are counted from the reference's own mean, which a run in one shot measures."""
        return self.is_one_shot and bool(self.settings.get("margins"))

    @property
    def is_by_policies(self) -> bool:
        """Whether aligned policies stand where reward models would; they are its sources."""
        return self.algorithm == PECAN

    @property
    def is_one_shot(self) -> bool:
        """Whether multipliers are found first, and it then learns from labels of its own."""
        return self.algorithm in ONE_SHOT
