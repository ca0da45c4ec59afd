"""What the annotator's desk remembers: guidelines that were read, a person's wishes, questions and their answers."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from accounts.models import Annotator, Person
from annotation.models.assignments import Assignment
from annotation.models.projects import Guidelines, Project


class Reading(models.Model):
    """That one person has read one version of a project's guidelines, and when."""

    guidelines = models.ForeignKey(Guidelines, models.CASCADE, related_name="readings", db_index=False)
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guidelines", "annotator"], name="reading_once_per_version")]


class Wish(models.Model):
    """How one person wants the pages of a workspace to treat them."""

    annotator = models.OneToOneField(Annotator, models.CASCADE, primary_key=True, related_name="wish")
    covers_everything = models.BooleanField(default=False)  # every text is covered until they uncover it


class Question(models.Model):
    """What an annotator asks the researchers about a task, and what they answer."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="questions", db_index=False)
    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="questions")
    text = models.TextField()
    created_at = models.DateTimeField(default=now, editable=False)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    is_shared = models.BooleanField(default=False)  # a clarification: everybody in the project reads it
    seen_at = models.DateTimeField(null=True)  # when its asker saw the answer

    class Meta:
        indexes = [
            models.Index(fields=["project", "created_at", "id"], name="question_by_time"),
            models.Index(fields=["project"], condition=Q(answered_at=None), name="question_open"),
        ]
        constraints = [
            models.CheckConstraint(name="question_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="question_answer_is_whole",
                condition=Q(answer="", answered_at__isnull=True, is_shared=False, seen_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]
