"""An approved reward model as the remote reward that OpenRLHF asks: texts in, one number each out."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from rewardmodels import registry, scoring
from rewardmodels.bodies import LONGEST_TEXT
from rewardmodels.scoring import MOST_ITEMS


class QuerySerializer(serializers.Serializer):
    """`query` holds prompt and answer as one text; with `prompts` beside it, the answer is what follows each prompt."""

    query = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False),
        min_length=1,
        max_length=MOST_ITEMS,
        help_text="As the model's own chat template renders it, or a transcript of Human: and Assistant: turns.",
    )
    prompts = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False),
        required=False,
        allow_null=True,
        max_length=MOST_ITEMS,
    )


class RewardsSerializer(serializers.Serializer):
    rewards = serializers.ListField(child=serializers.FloatField())
    scores = serializers.ListField(child=serializers.FloatField(), help_text="The same numbers.")
    extra_logs = serializers.DictField()


@extend_schema(tags=["reward models"])
class RemoteReward(APIView):
    rules = {"post": "model.score"}

    @extend_schema(
        operation_id="reward_models_openrlhf",
        request=QuerySerializer,
        responses={
            200: RewardsSerializer,
            409: OpenApiResponse(description="Not approved."),
            503: OpenApiResponse(description="The model is being loaded; Retry-After says when to ask again."),
        },
    )
    def post(self, request: Request, pk: UUID) -> Response:
        model = registry.find(scope=access.scope_of(request), reward_model=pk)
        body = QuerySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        rewards = scoring.remote(model=model, query=values["query"], prompts=values.get("prompts") or [])
        return Response({"rewards": rewards, "scores": rewards, "extra_logs": {}})
