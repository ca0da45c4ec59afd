"""What the API takes and gives of a run's checks."""

from typing import Any

from rest_framework import serializers

from api.bodies import Body
from training.checks import asking
from training.models import Poll, Run


class PeopleWishSerializer(Body):
    """Of a project that asks which of two answers is better; the run waits for them without a worker."""

    project = serializers.UUIDField()
    every = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Steps; else they are asked once the run is over."
    )
    questions = serializers.IntegerField(required=False, allow_null=True, min_value=2, help_text="20 unless said.")
    enough = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Questions with a verdict; else all of them."
    )


class ChecksWishSerializer(Body):
    """On answers to prompts that no step learns from."""

    every = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="Steps; 10 unless said.")
    held_out = serializers.FloatField(
        required=False, allow_null=True, help_text="The share of the prompts; 0.2 unless said."
    )
    golds = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=asking.MOST_GOLDS,
        help_text="model:<id> of reward models that are no components, or builtin:textworld; the first decides.",
    )
    fall = serializers.FloatField(
        required=False, allow_null=True, help_text="The share of its gain whose loss ends the run; else nothing does."
    )
    goodhart = serializers.BooleanField(
        default=False,
        help_text="Whether the run ends where the objective's gain no longer vouches for what people want, by how "
        "often its reward models agree with them on judgments that they did not learn from.",
    )
    people = PeopleWishSerializer(required=False, allow_null=True)


class GoldSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="In measurements: check/<name> and its error check_error/<name>.")
    gold = serializers.CharField(help_text="As it was asked.")
    title = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the reward model's weights.")
    unit = serializers.CharField()


class PollSerializer(serializers.ModelSerializer[Poll]):
    share = serializers.FloatField(allow_null=True, help_text="Wins and half of the ties, mean over prompts.")
    low = serializers.FloatField(allow_null=True, help_text="Of its 95 % interval over prompts.")

    class Meta:
        model = Poll
        fields = ["step", "project", "enough", "is_cut_short", "asked_at", "closed_at", "answered", "share", "low"]
        fields += ["high"]


class ChecksSerializer(serializers.Serializer):
    every = serializers.IntegerField()
    held_out = serializers.FloatField()
    prompts = serializers.IntegerField(help_text="So many are held out.")
    fall = serializers.FloatField(allow_null=True)
    goodhart = serializers.BooleanField(required=False)
    agreement = serializers.FloatField(required=False, help_text="With people, by which that stop is judged.")
    golds = GoldSerializer(many=True)
    people = PeopleWishSerializer(required=False)
    polls = PollSerializer(many=True, help_text="What people were asked and, once closed, said.")


def told(run: Run) -> dict[str, Any] | None:
    """None where nothing is held out."""
    if not run.checks:
        return None
    golds = [
        {
            "name": gold.name,
            "gold": gold.asked,
            "title": gold.builtin or gold.title,
            "sha256": gold.reward_sha256,
            "unit": gold.unit,
        }
        for gold in run.golds.select_related("reward_model")
    ]
    return {**run.checks, "golds": golds, "polls": PollSerializer(run.polls.all(), many=True).data}
