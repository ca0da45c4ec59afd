"""One annotator in one project: their record, their test decided by hand, their work set aside."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.models import Annotator
from annotation import projects
from annotation.models import Project, Seat, SetAside
from annotation.resources.trust import PauseSerializer, ProportionSerializer, TestSerializer
from annotation.trust import aside, pauses, qualification, records
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers


class RecordSerializer(serializers.Serializer):
    annotator = serializers.CharField(help_text="A pseudonym.")
    counted = serializers.IntegerField(help_text="Judgments that are there, not late and not set aside.")
    set_aside = serializers.IntegerField()
    late = serializers.IntegerField()
    skipped = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)
    median_ms = serializers.FloatField(allow_null=True)
    total_ms = serializers.IntegerField()
    gold = ProportionSerializer(help_text="The share right of known answers.")
    test = TestSerializer()
    pause = PauseSerializer(allow_null=True)


def found(request: Request, project: UUID, annotator: UUID) -> tuple[Project, Annotator]:
    scope = access.scope_of(request)
    own = projects.find(scope=scope, project=project)
    return own, aside.find(scope=scope, annotator=annotator)


@extend_schema(tags=["review"])
class ProjectAnnotator(APIView):
    rules = {"get": "judgment.read"}

    @extend_schema(operation_id="projects_annotators_retrieve", responses=RecordSerializer)
    def get(self, request: Request, project: UUID, annotator: UUID) -> Response:
        own, who = found(request, project, annotator)
        values: dict[str, Any] = vars(records.of(own, who.pk)) | {
            "annotator": who.pseudonym,
            "test": qualification.standing(project=own, annotator=who),
            "pause": pauses.standing(own.pk, who.pk),
        }
        return Response(RecordSerializer(values).data)


class SetAsideSerializer(serializers.ModelSerializer[SetAside]):
    since = serializers.DateTimeField(
        write_only=True, required=False, allow_null=True, help_text="Only what was judged from then on."
    )

    class Meta:
        model = SetAside
        fields = ["id", "reason", "since", "judgments", "places", "created_at", "undone_at"]
        read_only_fields = ["id", "judgments", "places", "created_at", "undone_at"]
        extra_kwargs = {"reason": {"max_length": aside.LONGEST_REASON}}


@extend_schema(tags=["review"])
class SetAsides(generics.GenericAPIView[SetAside]):
    """The annotator's judgments are left out of snapshots and agreement, and their places go to others."""

    rules = {"get": "judgment.read", "post": "judgment.set_aside"}
    queryset = SetAside.objects.none()
    serializer_class = SetAsideSerializer
    ordering = ("-created_at", "-id")

    @extend_schema(operation_id="projects_annotators_set_asides_list", responses=SetAsideSerializer(many=True))
    def get(self, request: Request, project: UUID, annotator: UUID) -> Response:
        page = self.paginate_queryset(aside.deeds(*found(request, project, annotator)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="projects_annotators_set_asides_create",
        responses={201: SetAsideSerializer, 202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, project: UUID, annotator: UUID) -> Response:
        own, who = found(request, project, annotator)
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = {"project": own, "annotator": who, **body.validated_data}
        deed, job = aside.begin(scope=access.scope_of(request), **asked)
        if job is not None:  # a great deal of work
            return answers.accepted(deed.pk, job)
        return Response(self.get_serializer(deed).data, status=201)


class UndoneSerializer(serializers.Serializer):
    back = serializers.IntegerField(help_text="Judgments that count again.")
    kept = serializers.IntegerField(help_text="Those that stay aside, because others have judged anew meanwhile.")


@extend_schema(tags=["review"])
class SetAsideUndo(APIView):
    rules = {"post": "judgment.set_aside"}

    @extend_schema(
        operation_id="projects_annotators_set_asides_undo",
        request=None,
        responses={200: UndoneSerializer, 202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, project: UUID, annotator: UUID, deed: UUID) -> Response:
        own, who = found(request, project, annotator)
        made = get_object_or_404(aside.deeds(own, who).select_related("project", "annotator"), pk=deed)
        undone, job = aside.begin_undo(scope=access.scope_of(request), deed=made)
        return answers.accepted(made.pk, job) if job is not None else Response(UndoneSerializer(undone).data)


class QualificationSerializer(Body):
    decision = serializers.ChoiceField(
        choices=[
            (Seat.Qualification.GRANTED.value, "granted"),
            (Seat.Qualification.REVOKED.value, "revoked"),
            ("", ""),
        ],
        allow_blank=True,
        help_text="Empty: the test decides again.",
    )
    reason = serializers.CharField(max_length=qualification.LONGEST_REASON)


@extend_schema(tags=["review"])
class QualificationDecision(APIView):
    rules = {"post": "qualification.decide"}

    @extend_schema(
        operation_id="projects_annotators_qualification", request=QualificationSerializer, responses=TestSerializer
    )
    def post(self, request: Request, project: UUID, annotator: UUID) -> Response:
        own, who = found(request, project, annotator)
        body = QualificationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        qualification.decide(scope=access.scope_of(request), project=own, annotator=who, **body.validated_data)
        return Response(TestSerializer(qualification.standing(project=own, annotator=who)).data)
