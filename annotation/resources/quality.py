"""Quality figures: the newest ones, and having them computed."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from annotation import projects
from annotation.models import AnnotatorFigure, Project, QualityReport, TaskFigure
from annotation.quality import computing, consensus
from api.idempotency import idempotent
from jobs import answers

MOST_ANNOTATORS = 1_000  # in the report itself; the rest by pages


class EstimateSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(help_text="What it stands on.", required=False)
    reason = serializers.CharField(allow_null=True, required=False, help_text="Why there is no value.")


class CoefficientSerializer(EstimateSerializer):
    measure = serializers.CharField(help_text="alpha_nominal, alpha_ordinal, alpha_interval, kendall_tau, percent…")
    aspect = serializers.CharField(help_text="The aspect that it is about; empty for the whole kind.")


class AgreementSerializer(CoefficientSerializer):
    also = CoefficientSerializer(many=True, help_text="Other coefficients of the same kind.")


class ReliabilitySerializer(serializers.Serializer):
    measure = serializers.CharField(help_text="slope: 1 is average; chance: of a right vote; signal: of all variance.")
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(help_text="Labels of the kind.")


class AnnotatorFigureSerializer(serializers.Serializer):
    annotator = serializers.CharField(source="annotator.pseudonym")
    origin = serializers.CharField(source="annotator.origin")
    count = serializers.IntegerField(source="judgments", help_text="Labels that count.")
    median_seconds = serializers.FloatField(allow_null=True)
    gold_accuracy = EstimateSerializer(source="figures.gold")
    self_consistency = EstimateSerializer(source="figures.consistency")
    reliability = serializers.DictField(
        child=ReliabilitySerializer(), source="figures.reliability", help_text="By kind."
    )
    side = serializers.DictField(required=False, help_text="The share that the first shown won, with its test.")
    time = serializers.DictField(required=False, help_text="Against the others on the same tasks.")
    line = serializers.DictField(required=False, help_text="The longest run of one answer, with its test.")
    flags = serializers.ListField(child=serializers.CharField(), help_text="weak, side, fast, slow, line.")

    def to_representation(self, instance: AnnotatorFigure) -> dict[str, Any]:
        return {
            "annotator": instance.annotator.pseudonym,
            "origin": instance.annotator.origin,
            "count": instance.judgments,
            "median_seconds": instance.median_seconds,
            "gold_accuracy": instance.figures["gold"],
            "self_consistency": instance.figures["consistency"],
            "reliability": instance.figures["reliability"],
            **{name: instance.figures[name] for name in ("side", "time", "line") if name in instance.figures},
            "flags": instance.flags,
        }


class ReportSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    as_of = serializers.DateTimeField(help_text="Judgments given later are not in it.")
    judgments = serializers.IntegerField(help_text="That were read.")
    agreement = serializers.DictField(child=AgreementSerializer(), help_text="By kind.")
    annotators = AnnotatorFigureSerializer(many=True, help_text=f"The {MOST_ANNOTATORS} with most labels.")
    annotators_total = serializers.IntegerField()
    counts = serializers.DictField(help_text="Judgments used by purpose, and left out by reason.")
    side = serializers.DictField(help_text="The share that the first shown won, with its exact test.")
    time = serializers.DictField(help_text="Median, histogram, and judgments far from the others on their task.")
    gold = serializers.DictField(help_text="Accuracy on known answers, over all and by kind.")
    consistency = serializers.DictField(help_text="The same again, over all and by kind.")
    models = serializers.DictField(help_text="How the consensus of each kind was fitted.")
    flags = serializers.DictField(child=serializers.IntegerField(), help_text="How many people each flag is on.")


def shown(report: QualityReport, people: QuerySet[AnnotatorFigure]) -> dict[str, Any]:
    total = people.count()
    return {
        "id": report.pk,
        "as_of": report.as_of,
        "judgments": report.judgments,
        **report.figures,
        "annotators": AnnotatorFigureSerializer(people.order_by("-judgments", "id")[:MOST_ANNOTATORS], many=True).data,
        "annotators_total": total,
    }


def of_people(project: Project) -> QuerySet[AnnotatorFigure]:
    return AnnotatorFigure.objects.filter(project=project).select_related("annotator")


@extend_schema(tags=["quality"])
class Quality(APIView):
    rules = {"get": "quality.read", "post": "quality.compute"}

    @extend_schema(
        operation_id="projects_quality_retrieve",
        responses={
            200: ReportSerializer,
            204: OpenApiResponse(description="Nothing was computed yet; X-Reason says never or computing."),
        },
    )
    def get(self, request: Request, project: UUID) -> Response:
        found = projects.find(scope=access.scope_of(request), project=project)
        report = computing.newest(found)
        if report is None:
            reason = "computing" if computing.under_way(found) else "never"
            return Response(status=status.HTTP_204_NO_CONTENT, headers={"X-Reason": reason})
        return Response(shown(report, of_people(found)))

    @extend_schema(operation_id="projects_quality_compute", request=None, responses={202: answers.AcceptedSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        job = computing.start(scope=scope, project=projects.find(scope=scope, project=project))
        return answers.accepted(job.pk, job)


@extend_schema(tags=["quality"])
class QualityAnnotators(generics.GenericAPIView[AnnotatorFigure]):
    rules = {"get": "quality.read"}
    queryset = AnnotatorFigure.objects.none()
    serializer_class = AnnotatorFigureSerializer
    ordering = ("-judgments", "id")

    @extend_schema(operation_id="projects_quality_annotators_list", responses=AnnotatorFigureSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        found = of_people(projects.find(scope=access.scope_of(request), project=project))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)


class TaskFigureSerializer(serializers.Serializer):
    task = serializers.UUIDField(source="task_id")
    kind = serializers.CharField()
    votes = serializers.IntegerField()
    place = serializers.IntegerField(help_text="1: the most disputed of its kind.")
    agreement = serializers.FloatField(help_text="The plain share of agreement between two votes.")
    disagreement = serializers.FloatField(allow_null=True, help_text="Weighed by reliability, in the unit of the kind.")
    uncertainty = serializers.FloatField(allow_null=True, help_text="Of the consensus: 0 sure, 1 nothing known.")
    consensus = serializers.DictField(help_text="What the votes amount to, in the words of the kind.")


@extend_schema(tags=["quality"])
class QualityTasks(generics.GenericAPIView[TaskFigure]):
    """Tasks whose votes compare, the most disputed first."""

    rules = {"get": "quality.read"}
    queryset = TaskFigure.objects.none()
    serializer_class = TaskFigureSerializer
    ordering = ("place", "task_id")

    @extend_schema(operation_id="projects_quality_tasks_list", responses=TaskFigureSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        found = consensus.disputed(projects.find(scope=access.scope_of(request), project=project))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)


class PastReportSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    as_of = serializers.DateTimeField()
    judgments = serializers.IntegerField()
    agreement = serializers.DictField(child=AgreementSerializer(), source="figures.agreement", help_text="By kind.")


@extend_schema(tags=["quality"])
class QualityReports(generics.GenericAPIView[QualityReport]):
    """Agreement as it was computed each time, the newest first."""

    rules = {"get": "quality.read"}
    queryset = QualityReport.objects.none()
    serializer_class = PastReportSerializer
    ordering = ("-as_of", "id")

    @extend_schema(operation_id="projects_quality_reports_list", responses=PastReportSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        found = QualityReport.objects.filter(project=projects.find(scope=access.scope_of(request), project=project))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)
