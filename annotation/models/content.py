"""What is judged: prompts (conversations so far) and responses (candidate answers), found again by their content."""

from uuid import uuid4

from django.db import models
from django.utils.timezone import now

from accounts.models import Person
from annotation.models.projects import Project


class Prompt(models.Model):
    """A conversation so far, once per project however often it was imported."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="prompts", db_index=False)
    messages = models.JSONField()  # [{"role", "content"}…]
    metadata = models.JSONField(default=dict)
    is_text = models.BooleanField(default=False)  # imported as plain text, and exported so where every prompt was
    external_id = models.CharField(max_length=200, blank=True)  # what the imported file called it
    sha256 = models.BinaryField(max_length=32)  # of the messages and of whether they were plain text
    root = models.BinaryField(max_length=32)  # of the first user turn: conversations with one root share a split
    taken_down_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "sha256"], name="prompt_once_per_project")]


class Response(models.Model):
    """One candidate answer. The id says nothing of the source or of the order of import."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="responses", db_index=False)
    text = models.TextField()
    source = models.CharField(max_length=200, blank=True)
    metadata = models.JSONField(default=dict)
    sha256 = models.BinaryField(max_length=32)  # of text and source

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prompt", "sha256"], name="response_once_per_prompt")]


class Takedown(models.Model):
    """A prompt taken out of everything that is frozen from now on."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="takedowns")
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prompt"], name="takedown_once_per_prompt")]
