"""A campaign goes round: policy, people, reward, policy. What each step made is named here, how it stands is not."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person, Workspace
from annotation.models import Project
from jobs.models import Job


class Campaign(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="campaigns", db_index=False)
    name = models.CharField(max_length=200)
    settings = models.JSONField(default=dict)  # training.rounds.settings.CampaignSettings

    # Prompts as they stood when it was begun: runs learn from the one file, verdicts are about the other.
    prompts = models.JSONField()  # where they come from, as it was asked
    learned_sha256 = models.CharField(max_length=64)
    held_out_sha256 = models.CharField(max_length=64)

    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")  # the policy's answers
    verdicts = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")  # the new against the old
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    bounds = models.JSONField(
        default=dict
    )  # training.rounds.settings.CampaignBounds; of the runs that begin from now on

    # What begins by itself, in whose name, and why nothing does any more.
    rules = models.JSONField(default=dict)  # training.rounds.settings.CampaignRules; empty: nothing ever did
    ruled_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    halted = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace", "-created_at", "id"], condition=Q(deleted_at=None), name="campaign_by_workspace"
            ),
        ]
        constraints = [
            models.CheckConstraint(name="campaign_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="campaign_is_halted_only_under_rules", condition=Q(halted="") | ~Q(rules={})),
            models.CheckConstraint(
                name="campaign_has_frozen_prompts", condition=~Q(learned_sha256="") & ~Q(held_out_sha256="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """Once around, with one policy."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    policy = models.CharField(max_length=300)  # as it was named: builtin:textworld, run:<id>@<step>, a folder, a hub id
    begun_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="round_once_per_number"),
            models.CheckConstraint(name="round_counts_from_one", condition=Q(number__gte=1)),
            models.CheckConstraint(name="round_has_a_policy", condition=~Q(policy="")),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.number}"


class RoundStep(models.Model):
    """A step of a round that was begun: what it made, and the job that makes it."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)  # a name in training.rounds.making.STEPS
    subject_id = models.UUIDField()  # what it made
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    said = models.JSONField(default=dict)  # by a person: {"reason", "keeps"}
    begun_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    begun_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "name"], name="round_step_once_per_round"),
            models.CheckConstraint(name="round_step_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.name}"
