"""Which model is better: the newest comparison of a project or of a snapshot, and having it made."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import projects
from annotation.models import Project, Snapshot
from annotation.resources.snapshots import of_workspace
from annotation.sources import computing, files
from api.idempotency import idempotent
from jobs import answers


class SourceFigureSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval; null where there is none.")
    high = serializers.FloatField(allow_null=True)


class SourceStrengthSerializer(serializers.Serializer):
    source = serializers.CharField(help_text="The model that answered.")  # type: ignore[assignment]
    group = serializers.IntegerField(help_text="Models of one group are connected by comparisons.")
    strength = SourceFigureSerializer(
        help_text="In logits, with the mean 0 in each group; null where it has no bounds."
    )
    at_equal_length = SourceFigureSerializer(help_text="The same with the effect of length taken out.")
    field = SourceFigureSerializer(help_text="The expected win rate against the others of its group.")
    rank = SourceFigureSerializer(help_text="1 is the best of its group.")
    best = serializers.FloatField(help_text="The share of resamples in which it is the best.")


class SourcePairSerializer(serializers.Serializer):
    first = serializers.CharField()
    second = serializers.CharField()
    win_rate = SourceFigureSerializer(help_text="Of the first; a tie counts half, each prompt once.")
    wins = serializers.IntegerField(help_text="Verdicts.")
    ties = serializers.IntegerField()
    losses = serializers.IntegerField()
    prompts = serializers.IntegerField()


class SourceOrderSerializer(serializers.Serializer):
    resampled = serializers.CharField(help_text="What the intervals draw again: prompts, or prompts and annotators.")
    is_finite = serializers.BooleanField(help_text="Whether every strength has bounds.")
    strengths = SourceStrengthSerializer(many=True)
    pairs = SourcePairSerializer(many=True)
    side = SourceFigureSerializer(help_text="Logits in favour of what is shown first.")
    length = SourceFigureSerializer(help_text="Logits for an answer e times as long.")


class SourceDecisiveSerializer(serializers.Serializer):
    task = serializers.UUIDField()
    first = serializers.UUIDField(help_text="The first model's response.")
    second = serializers.UUIDField()
    amount = serializers.FloatField(help_text="The mean of the amounts on this prompt, above 0 for the first.")
    share = serializers.FloatField(help_text="What it adds to the difference per prompt.")
    score = serializers.FloatField(help_text="By order: 1 where the first won.")


class SourceDifferenceSerializer(serializers.Serializer):
    first = serializers.CharField()
    second = serializers.CharField()
    difference = SourceFigureSerializer(help_text="In money per prompt, above 0 where the first is better.")
    total = serializers.FloatField(help_text="Over the prompts.")
    bounds = serializers.DictField(help_text="What price lists leave open; null where there is no bound.")
    as_said = serializers.FloatField(help_text="Without anybody's scale taken out.")
    win_rate = SourceFigureSerializer(help_text="On the very same judgments.")
    amounts = serializers.IntegerField()
    prompts = serializers.IntegerField()
    zeros = serializers.IntegerField(help_text="Better, but worth nothing.")
    open_above = serializers.IntegerField()
    turning = serializers.IntegerField(allow_null=True, help_text="How few prompts carry the sign.")
    verdict = serializers.CharField(help_text="agree, opposite, opposite_unsure, money_decides, order_decides or even.")
    decisive = SourceDecisiveSerializer(many=True, help_text="The prompts with the largest amounts.")


class SourceMoneySerializer(serializers.Serializer):
    currency = serializers.CharField()
    elicitation = serializers.CharField(help_text="How the amounts were asked for; ways are never put together.")
    are_scaled = serializers.BooleanField(help_text="Whether annotators' scales are known and taken out.")
    scales = serializers.FloatField(help_text="The largest scale over the smallest.")
    amounts = serializers.IntegerField()
    pairs = SourceDifferenceSerializer(many=True)


class SourceComparisonSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    project = serializers.UUIDField()
    snapshot = serializers.UUIDField(allow_null=True)
    as_of = serializers.DateTimeField(help_text="Judgments given later are not in it.")
    judgments = serializers.IntegerField(help_text="That compare two named models.")
    used = serializers.DictField(child=serializers.IntegerField(), help_text="By kind.")
    left_out = serializers.DictField(child=serializers.IntegerField(), help_text="By reason.")
    sources = serializers.ListField(child=serializers.CharField())
    prompts = serializers.IntegerField(required=False)
    conversations = serializers.IntegerField(required=False)
    annotators = serializers.IntegerField(required=False)
    order = SourceOrderSerializer(allow_null=True, help_text="Null where no judgment compares two named models.")
    money = SourceMoneySerializer(many=True, help_text="By currency and way of asking.")


def newest(project: Project, snapshot: Snapshot | None) -> Response:
    report = computing.newest(project, snapshot)
    if report is None:
        reason = "computing" if computing.is_under_way(computing.last_job(project, snapshot)) else "never"
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"X-Reason": reason})
    body: dict[str, Any] = files.body(report)
    return Response(body)


ANSWERS: dict[int, Any] = {
    200: SourceComparisonSerializer,
    204: OpenApiResponse(description="Nothing was compared yet; X-Reason says never or computing."),
}


@extend_schema(tags=["quality"])
class ProjectComparison(APIView):
    """Of the judgments that count now."""

    rules = {"get": "quality.read", "post": "quality.compute"}

    @extend_schema(operation_id="projects_comparison_retrieve", responses=ANSWERS)
    def get(self, request: Request, project: UUID) -> Response:
        return newest(projects.find(scope=access.scope_of(request), project=project), None)

    @extend_schema(
        operation_id="projects_comparison_compute", request=None, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        job = computing.start(scope=scope, project=found, snapshot=None)
        return answers.accepted(job.pk, job)


@extend_schema(tags=["snapshots"])
class SnapshotComparison(APIView):
    """Of what was frozen."""

    rules = {"get": "snapshot.read", "post": "snapshot.make"}

    @extend_schema(operation_id="snapshots_comparison_retrieve", responses=ANSWERS)
    def get(self, request: Request, snapshot: UUID) -> Response:
        found = get_object_or_404(of_workspace(access.scope_of(request)).select_related("project"), pk=snapshot)
        return newest(found.project, found)

    @extend_schema(
        operation_id="snapshots_comparison_compute", request=None, responses={202: answers.AcceptedSerializer}
    )
    @idempotent
    def post(self, request: Request, snapshot: UUID) -> Response:
        scope = access.scope_of(request)
        found = get_object_or_404(of_workspace(scope).select_related("project"), pk=snapshot)
        job = computing.start(scope=scope, project=found.project, snapshot=found)
        return answers.accepted(job.pk, job)
