"""What the API takes to look at a reference."""

from rest_framework import serializers

from api.bodies import Body
from training.bodies.wishes import PromptsField
from training.references import asking


class ReferenceSerializer(Body):
    """A look at what reward models say of a policy before anything is pushed."""

    policy = serializers.CharField(max_length=300)
    prompts = PromptsField()
    reward_models = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=asking.MOST_MODELS)
    samples = serializers.IntegerField(default=asking.SAMPLES, min_value=16, max_value=asking.MOST_SAMPLES)
    max_new_tokens = serializers.IntegerField(default=128, min_value=1, max_value=32_768)
    max_prompt = serializers.IntegerField(default=256, min_value=4, max_value=32_000)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
