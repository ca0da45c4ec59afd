"""Where somebody stands in a project: their test, their pause, the contest of it, and what reviewers decide."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Annotator
from annotation import projects
from annotation.models import Pause
from annotation.models.projects import Kind
from annotation.trust import items, pauses, qualification
from api.bodies import Body


class PauseSerializer(serializers.ModelSerializer[Pause]):
    annotator = serializers.CharField(source="annotator.pseudonym", help_text="A pseudonym.")

    class Meta:
        model = Pause
        fields = ["id", "annotator", "right", "seen", "upper", "threshold", "created_at"]
        fields += ["contest", "contested_at", "decision", "reason", "decided_at"]


class ResultSerializer(serializers.Serializer):
    passed = serializers.BooleanField()
    right = serializers.IntegerField()
    asked = serializers.IntegerField()
    pass_mark = serializers.FloatField(help_text="The share that passes.")


class TestSerializer(serializers.Serializer):
    state = serializers.CharField(help_text=", ".join(qualification.STATES))
    asked = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="Of the attempt that is open.")
    pass_mark = serializers.FloatField()
    attempts_left = serializers.IntegerField()
    again_at = serializers.DateTimeField(allow_null=True)
    last = ResultSerializer(allow_null=True)
    project = serializers.UUIDField(
        source="project.pk", allow_null=True, default=None, help_text="Where the test is taken, if not here."
    )


class StandingSerializer(serializers.Serializer):
    pause = PauseSerializer(allow_null=True)
    why = serializers.CharField(help_text="In a sentence, why there is no work; empty where nothing is in the way.")
    test = TestSerializer()


@extend_schema(tags=["labelling"])
class Standing(APIView):
    """Whether there is work for oneself in a project, and if not, why."""

    rules = {"get": "task.label"}

    @extend_schema(operation_id="projects_standing", responses=StandingSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        annotator = Annotator.objects.filter(workspace=scope.workspace, person=scope.person).first()
        pause = pauses.standing(found.pk, annotator.pk) if annotator else None
        test = qualification.standing(project=found, annotator=annotator)
        why = pauses.sentence(pause) if pause else ""
        if not why and test.state in {"failed", "waiting", "revoked"}:
            why = qualification.sentence(test)
        return Response(StandingSerializer({"pause": pause, "why": why, "test": test}).data)


class ContestSerializer(Body):
    text = serializers.CharField(max_length=pauses.LONGEST_CONTEST, help_text="Why the pause is not right.")


@extend_schema(tags=["labelling"])
class Contest(APIView):
    rules = {"post": "task.label"}

    @extend_schema(
        operation_id="projects_contest",
        request=ContestSerializer,
        responses={200: PauseSerializer, 409: OpenApiResponse(description="Not paused, or contested already.")},
    )
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = ContestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        pause = pauses.contest(scope=scope, project=found, text=body.validated_data["text"])
        return Response(PauseSerializer(pause).data)


class PauseFilterSerializer(serializers.Serializer):
    waiting = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Contested and not decided, or all others."
    )


@extend_schema(tags=["review"])
class Pauses(generics.GenericAPIView[Pause]):
    rules = {"get": "pause.decide"}
    queryset = Pause.objects.none()
    serializer_class = PauseSerializer
    ordering = ("-created_at", "-id")

    @extend_schema(
        operation_id="projects_pauses_list", parameters=[PauseFilterSerializer], responses=PauseSerializer(many=True)
    )
    def get(self, request: Request, project: UUID) -> Response:
        found = pauses.of_project(projects.find(scope=access.scope_of(request), project=project))
        query = PauseFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        waiting = query.validated_data["waiting"]
        if waiting is not None:
            found = found.filter(pauses.WAITING) if waiting else found.exclude(pauses.WAITING)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)


class DecisionSerializer(Body):
    decision = serializers.ChoiceField(choices=["lifted", "upheld"])
    reason = serializers.CharField(max_length=pauses.LONGEST_REASON)


@extend_schema(tags=["review"])
class PauseDecision(APIView):
    """A reviewer lifts or upholds a pause. Once lifted, the count of known answers starts anew."""

    rules = {"post": "pause.decide"}

    @extend_schema(operation_id="projects_pauses_decide", request=DecisionSerializer, responses=PauseSerializer)
    def post(self, request: Request, project: UUID, pause: UUID) -> Response:
        scope = access.scope_of(request)
        found = pauses.find(project=projects.find(scope=scope, project=project), pause=pause)
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values: dict[str, Any] = body.validated_data
        return Response(PauseSerializer(pauses.decide(scope=scope, pause=found, **values)).data)


class ProportionSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of Wilson's 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class GoldFigureSerializer(serializers.Serializer):
    task = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    in_test = serializers.BooleanField()
    everybody = ProportionSerializer(help_text="The share right.")
    good = ProportionSerializer(help_text="Of the people who are right on most of the other known answers.")
    doubtful = serializers.BooleanField(
        source="is_doubtful", help_text="Even the good ones miss it: look whether it is wrong."
    )


class GoldFiguresSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="How many known answers there are; the first 1,000 are listed.")
    results = GoldFigureSerializer(many=True)


@extend_schema(tags=["tasks"])
class GoldFigures(APIView):
    """Known answers by how people did on them, the doubtful ones first."""

    rules = {"get": "task.change"}

    @extend_schema(operation_id="projects_gold_figures", responses=GoldFiguresSerializer)
    def get(self, request: Request, project: UUID) -> Response:
        found = items.of(projects.find(scope=access.scope_of(request), project=project))
        return Response(GoldFiguresSerializer({"count": len(found), "results": found[:1_000]}).data)
