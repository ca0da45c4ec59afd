"""Judgments: read, corrected, taken back."""

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.roles import Role
from annotation import judgments, projects
from annotation.models import Assignment, JudgmentVersion
from annotation.models.projects import Kind
from annotation.resources import bodies, work


class JudgmentSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="judgment_id")
    version = serializers.IntegerField()
    assignment = serializers.UUIDField(source="judgment.assignment_id")
    task = serializers.UUIDField(source="judgment.assignment.task_id")
    kind = serializers.CharField()
    purpose = serializers.CharField(source="judgment.assignment.purpose")
    annotator = serializers.CharField(source="judgment.assignment.annotator.pseudonym")
    origin = serializers.CharField(source="judgment.assignment.annotator.origin")
    answer = serializers.DictField()
    currency = serializers.CharField()
    guidelines_version = serializers.IntegerField(source="guidelines.version")
    duration_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField(source="judgment.created_at")
    changed_at = serializers.DateTimeField(source="created_at")
    withdrawn_at = serializers.DateTimeField(source="judgment.withdrawn_at", allow_null=True)
    late = serializers.BooleanField(source="judgment.is_late")
    set_aside_at = serializers.DateTimeField(
        source="judgment.set_aside_at", allow_null=True, help_text="Left out by a researcher; told to reviewers alone."
    )
    final = serializers.SerializerMethodField(help_text="Whether it can neither be changed nor taken back.")

    def get_final(self, version: JudgmentVersion) -> bool:
        return hasattr(version, "outcome")


class JudgmentFilterSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    annotator = serializers.CharField(max_length=20, required=False, help_text="A pseudonym.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    task = serializers.UUIDField(required=False)
    purpose = serializers.ChoiceField(choices=Assignment.Purpose.choices, required=False)


UNTOLD = {"purpose": "label", "set_aside_at": None}  # what annotators read of their own judgments instead
COLUMNS = {
    "kind": "kind",
    "annotator": "judgment__assignment__annotator__pseudonym",
    "since": "judgment__created_at__gte",
    "until": "judgment__created_at__lt",
    "task": "judgment__assignment__task",
    "purpose": "judgment__assignment__purpose",
}


@extend_schema(tags=["judgments"], parameters=[JudgmentFilterSerializer])
class ProjectJudgments(generics.GenericAPIView[JudgmentVersion]):
    """All of them for reviewers; one's own, without their purpose, for annotators."""

    rules = {"get": "judgment.own"}
    queryset = JudgmentVersion.objects.none()
    serializer_class = JudgmentSerializer
    ordering = ("-judgment__created_at", "-judgment__id")

    @extend_schema(operation_id="projects_judgments_list", responses=JudgmentSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = current().filter(judgment__project=projects.find(scope=scope, project=project))
        query = JudgmentFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        reads_all = scope.role.includes(Role.REVIEWER)
        if not reads_all:
            found = found.filter(judgment__assignment__annotator__person=scope.person)
            if wanted.pop("purpose", UNTOLD["purpose"]) != UNTOLD["purpose"]:  # a filter would tell what a row does not
                found = found.none()
        found = found.filter(**{COLUMNS[name]: value for name, value in wanted.items()})
        rows = JudgmentSerializer(self.paginate_queryset(found), many=True).data
        return self.get_paginated_response(rows if reads_all else [{**row, **UNTOLD} for row in rows])


def current() -> QuerySet[JudgmentVersion]:
    return JudgmentVersion.objects.filter(version=F("judgment__version")).select_related(
        "judgment__assignment__annotator", "guidelines", "outcome"
    )


class VersionSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    answer = serializers.DictField()
    currency = serializers.CharField()
    guidelines_version = serializers.IntegerField(source="guidelines.version")
    duration_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class VersionsSerializer(serializers.Serializer):
    results = VersionSerializer(many=True)


@extend_schema(tags=["judgments"])
class OneJudgment(APIView):
    rules = {"get": "judgment.own", "patch": "judgment.own"}

    @extend_schema(operation_id="judgments_retrieve", responses=JudgmentSerializer)
    def get(self, request: Request, judgment: UUID) -> Response:
        scope = access.scope_of(request)
        found = judgments.readable(scope=scope, judgment=judgment)
        row: dict[str, Any] = dict(JudgmentSerializer(current().get(judgment=found)).data)
        return Response(row if scope.role.includes(Role.REVIEWER) else {**row, **UNTOLD})

    @extend_schema(operation_id="judgments_change", request=work.AnswerSerializer, responses=work.SaidSerializer)
    def patch(self, request: Request, judgment: UUID) -> Response:
        submission = bodies.submission(request)
        said = judgments.change(scope=access.scope_of(request), judgment=judgment, submission=submission)
        return Response(work.as_json(said))


@extend_schema(tags=["judgments"])
class Versions(APIView):
    rules = {"get": "judgment.own"}

    @extend_schema(operation_id="judgments_versions", responses=VersionsSerializer)
    def get(self, request: Request, judgment: UUID) -> Response:
        found = judgments.readable(scope=access.scope_of(request), judgment=judgment)
        return Response({"results": VersionSerializer(judgments.versions(found), many=True).data})


class WithdrawnSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    assignment = serializers.UUIDField()
    withdrawn_at = serializers.DateTimeField()


@extend_schema(tags=["judgments"])
class Withdraw(APIView):
    rules = {"post": "judgment.own"}

    @extend_schema(operation_id="judgments_withdraw", request=None, responses=WithdrawnSerializer)
    def post(self, request: Request, judgment: UUID) -> Response:
        found = judgments.withdraw(scope=access.scope_of(request), judgment=judgment)
        return Response({"id": found.pk, "assignment": found.assignment_id, "withdrawn_at": found.withdrawn_at})
