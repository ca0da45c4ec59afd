"""An order that a rule gave to open tasks: which rule, by whose word, and what became of each task. Only added to."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Person
from annotation.models.projects import Project
from annotation.models.tasks import Sampling, Task


class SortingPlan(models.Model):
    """How the tasks of a project are put in order, until somebody says otherwise."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="sorting_plan")
    rule = models.CharField(max_length=30)
    source = models.UUIDField()  # of what knows the worth of each task: of the apps above, so a plain value
    random_share = models.FloatField()
    is_automatic = models.BooleanField(default=False)  # again whenever there is a newer source
    changed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="sorting_plan_has_a_rule", condition=~Q(rule="")),
            models.CheckConstraint(
                name="sorting_plan_leaves_a_share_to_chance", condition=Q(random_share__gt=0) & Q(random_share__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.rule


class Sorting(models.Model):
    """One time that the open tasks of a project were put in order."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="sortings", db_index=False)
    job = models.UUIDField()  # that did it; a second attempt goes on with the same row
    rule = models.CharField(max_length=30)
    source = models.JSONField()  # what knew the worth of each task, in plain values that outlive it
    random_share = models.FloatField()  # of the tasks, left to chance
    seed = models.BigIntegerField()  # of the random share and of the order of equals
    begun_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)  # once it has ended: tasks of each kind, and how many moved

    class Meta:
        indexes = [models.Index(fields=["project", "-begun_at", "id"], name="sorting_by_project")]
        constraints = [
            models.UniqueConstraint(fields=["job"], name="sorting_once_per_job"),
            models.CheckConstraint(name="sorting_has_a_rule", condition=~Q(rule="")),
            models.CheckConstraint(
                name="sorting_random_share_is_a_share", condition=Q(random_share__gte=0) & Q(random_share__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}, {self.begun_at:%Y-%m-%d %H:%M}"


class SortedTask(models.Model):
    """What one task was given."""

    sorting = models.ForeignKey(Sorting, models.CASCADE, related_name="tasks", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="sorted")
    worth = models.FloatField(null=True)  # by the rule; null where chance or nothing decided
    before = models.FloatField()  # the priority that it had
    priority = models.FloatField()
    sampling = models.CharField(max_length=6, choices=Sampling.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sorting", "task"], name="sorted_task_once_per_sorting"),
            models.CheckConstraint(
                name="sorted_task_at_random_has_no_worth", condition=~Q(sampling="random") | Q(worth__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.priority}"
