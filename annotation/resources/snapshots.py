"""Snapshots: frozen over a job, read and exported ever after."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.deletion import deleting
from accounts.scope import Scope
from annotation import projects
from annotation.models import Snapshot
from annotation.snapshots import archives, cards, freezing, sending
from annotation.snapshots.exports import Export
from annotation.snapshots.formats import FORMATS
from annotation.snapshots.layouts import LAYOUTS
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers


class SnapshotSerializer(Body):
    id = serializers.UUIDField(read_only=True)
    project = serializers.UUIDField(read_only=True, source="project_id")
    name = serializers.CharField(max_length=200)
    filters = serializers.DictField(required=False)
    splits = serializers.DictField(required=False, help_text="Shares that add up to 1, by name.")
    seed = serializers.IntegerField(required=False, min_value=-(2**63), max_value=2**63 - 1)
    sha256 = serializers.CharField(read_only=True, help_text="Empty until it is frozen.")
    counts = serializers.DictField(read_only=True, help_text="Rows by kind and split.")
    card = serializers.DictField(read_only=True)
    job = serializers.UUIDField(read_only=True, source="job_id", allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    frozen_at = serializers.DateTimeField(read_only=True, allow_null=True)


def of_workspace(scope: Scope) -> QuerySet[Snapshot]:
    return Snapshot.objects.standing().filter(project__workspace=scope.workspace)


@extend_schema(tags=["snapshots"])
class ProjectSnapshots(generics.GenericAPIView[Snapshot]):
    rules = {"get": "snapshot.read", "post": "snapshot.make"}
    queryset = Snapshot.objects.none()
    serializer_class = SnapshotSerializer

    @extend_schema(operation_id="projects_snapshots_list", responses=SnapshotSerializer(many=True))
    def get(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = of_workspace(scope).filter(project=projects.find(scope=scope, project=project))
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(operation_id="projects_snapshots_create", responses={202: answers.AcceptedSerializer})
    @idempotent
    def post(self, request: Request, project: UUID) -> Response:
        scope = access.scope_of(request)
        found = projects.find(scope=scope, project=project)
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        wishes = dict(body.validated_data)
        snapshot = freezing.start(scope=scope, project=found, name=wishes.pop("name"), wishes=wishes)
        assert snapshot.job is not None
        return answers.accepted(snapshot.pk, snapshot.job)


@extend_schema(tags=["snapshots"])
class OneSnapshot(APIView):
    rules = {"get": "snapshot.read", "delete": "thing.delete"}

    @extend_schema(operation_id="snapshots_retrieve", responses=SnapshotSerializer)
    def get(self, request: Request, snapshot: UUID) -> Response:
        found = get_object_or_404(of_workspace(access.scope_of(request)), pk=snapshot)
        body: dict[str, Any] = dict(SnapshotSerializer(found).data)
        if found.frozen_at:
            body["card"] = {**found.card, "taken_down_since": cards.taken_down_since(found)}
        return Response(body)

    @extend_schema(operation_id="snapshots_destroy", responses={204: None})
    def delete(self, request: Request, snapshot: UUID) -> Response:
        """Out of sight, with its exports; `restore` brings it back within 30 days. The judgments stay."""
        deleting.delete(scope=access.scope_of(request), kind="snapshot", pk=snapshot)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["snapshots"])
class RestoredSnapshot(APIView):
    rules = {"post": "thing.delete"}

    @extend_schema(operation_id="snapshots_restore", request=None, responses=SnapshotSerializer)
    def post(self, request: Request, snapshot: UUID) -> Response:
        """Undo a deletion, while it can be undone."""
        found = deleting.restore(scope=access.scope_of(request), kind="snapshot", pk=snapshot)
        return Response(SnapshotSerializer(found).data)


class ExportSerializer(serializers.Serializer):
    layout = serializers.CharField(default="raw", help_text="One of " + ", ".join(LAYOUTS) + ".")
    format = serializers.CharField(default="jsonl", help_text="One of " + ", ".join(FORMATS) + ".")
    split = serializers.CharField(default="", allow_blank=True, help_text="All of them, where it is not said.")
    part = serializers.CharField(default="main", help_text="main, or ties: what the layout cannot say.")


@extend_schema(tags=["snapshots"])
class ExportFile(APIView):
    rules = {"get": "snapshot.read"}

    @extend_schema(
        operation_id="snapshots_export",
        parameters=[ExportSerializer],
        responses={
            **{(200, one.media_type.partition(";")[0]): OpenApiTypes.BINARY for one in FORMATS.values()},
            304: OpenApiResponse(description="If-None-Match names what you have."),
        },
    )
    def get(self, request: Request, snapshot: UUID) -> HttpResponseBase:
        scope = access.scope_of(request)
        found = get_object_or_404(of_workspace(scope), pk=snapshot)
        query = ExportSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        export = Export(found, **query.validated_data)
        return sending.file(scope=scope, export=export, known=request.headers.get("If-None-Match", ""))


class ArchiveSerializer(Body):
    layout = serializers.CharField(default="raw", help_text="One of " + ", ".join(LAYOUTS) + ".")
    format = serializers.CharField(default="jsonl.gz", help_text="One of " + ", ".join(FORMATS) + ".")


@extend_schema(tags=["snapshots"])
class Archives(APIView):
    rules = {"post": "snapshot.read"}

    @extend_schema(
        operation_id="snapshots_exports_create",
        request=ArchiveSerializer,
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, snapshot: UUID) -> Response:
        scope = access.scope_of(request)
        found = get_object_or_404(of_workspace(scope), pk=snapshot)
        body = ArchiveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = archives.start(scope=scope, export=Export(found, **body.validated_data))
        return answers.accepted(job.pk, job)


@extend_schema(tags=["snapshots"])
class OneArchive(APIView):
    rules = {"get": "snapshot.read"}

    @extend_schema(operation_id="snapshots_exports_retrieve", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, snapshot: UUID, job: UUID) -> HttpResponseBase:
        scope = access.scope_of(request)
        return sending.archive(scope=scope, snapshot=get_object_or_404(of_workspace(scope), pk=snapshot), job=job)
