"""What people were asked of a run at a step, or of a proposal of a search for thresholds, and what they said."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from jobs.models import Job
from training.models.runs import Run


class Poll(models.Model):
    """A policy's answers beside the reference's, put to the people of a project. Projects may go before polls do."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # Whoever asks: a run, after a step; or the job of a search, of a proposal.
    run = models.ForeignKey(Run, models.CASCADE, null=True, related_name="polls")
    search = models.ForeignKey(Job, models.CASCADE, null=True, related_name="polls")
    step = models.PositiveIntegerField()  # or the proposal's number
    is_last = models.BooleanField(default=False)  # of a search: what was found, run again, at fresh prompts
    project = models.UUIDField()  # a plain value, as those of its tasks are
    enough = models.PositiveIntegerField()  # so many questions with a verdict
    is_cut_short = models.BooleanField(default=False)  # somebody let it go on without the rest
    asked_at = models.DateTimeField(default=now, editable=False)

    # What people said when it went on; later verdicts change nothing of it.
    closed_at = models.DateTimeField(null=True, editable=False)
    answered = models.PositiveIntegerField(null=True)  # questions with a verdict
    share = models.FloatField(null=True)  # of wins and half of the ties; None where nobody said anything
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="poll_once_per_step_of_a_run"),
            models.UniqueConstraint(fields=["search", "step"], name="poll_once_per_proposal_of_a_search"),
            models.UniqueConstraint(fields=["search"], condition=Q(is_last=True), name="poll_last_once_per_search"),
            models.CheckConstraint(
                name="poll_is_of_a_run_or_of_a_search",
                condition=Q(run__isnull=False, search__isnull=True, is_last=False)
                | Q(run__isnull=True, search__isnull=False),
            ),
            models.CheckConstraint(
                name="poll_closed_exactly_with_a_count",
                condition=Q(closed_at__isnull=True, answered__isnull=True, share__isnull=True)
                | Q(closed_at__isnull=False, answered__isnull=False),
            ),
            models.CheckConstraint(
                name="poll_share_lies_in_its_interval",
                condition=Q(share__isnull=True, low__isnull=True, high__isnull=True)
                | Q(low__gte=0, low__lte=F("share"), high__gte=F("share"), high__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id or self.search_id} at {self.step}"

    @property
    def job(self) -> Job | None:
        """Whose turn ends until people have answered."""
        return self.search if self.run is None else self.run.job


class PollQuestion(models.Model):
    """One prompt's two answers: a task of the project, or none where they are word for word the same."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="questions")
    place = models.PositiveIntegerField()
    task = models.UUIDField(null=True, db_index=True)  # a judgment is followed to who asked for it
    policy_response = models.UUIDField(null=True)
    verdict = models.FloatField(null=True)  # 1 for the policy, 0 for the reference; from when the poll was closed

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "place"], name="poll_question_once_per_place"),
            models.CheckConstraint(
                name="poll_question_has_a_task_with_its_response",
                condition=Q(task__isnull=True, policy_response__isnull=True)
                | Q(task__isnull=False, policy_response__isnull=False),
            ),
            models.CheckConstraint(
                name="poll_question_verdict_is_a_share",
                condition=Q(verdict__isnull=True) | Q(verdict__gte=0, verdict__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.poll_id}.{self.place}"
