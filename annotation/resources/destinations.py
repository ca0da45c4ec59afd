"""Destinations and deliveries for programs."""

from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from annotation.delivery import destinations, running
from annotation.delivery.destinations import Wish
from annotation.models import Destination
from annotation.resources.snapshots import ArchiveSerializer, of_workspace
from annotation.snapshots.exports import Export
from api.bodies import Body
from api.idempotency import idempotent
from jobs import answers
from jobs.answers import JobBriefSerializer
from jobs.models import Job


class DestinationSerializer(serializers.ModelSerializer[Destination]):
    """What is told of it: everything but the secret."""

    class Meta:
        model = Destination
        fields = ["id", "name", "way", "address", "prefix", "bucket", "region", "access_key", "created_at"]
        read_only_fields = fields


class DestinationWishSerializer(Body):
    id = serializers.UUIDField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    name = serializers.CharField(max_length=100)
    way = serializers.ChoiceField(choices=Destination.Way.choices)
    address = serializers.CharField(
        max_length=500, help_text="One of the operator's folders, or a store's https address."
    )
    prefix = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Names between slashes.")
    bucket = serializers.CharField(max_length=63, required=False, allow_blank=True)
    region = serializers.CharField(max_length=60, required=False, allow_blank=True, default="us-east-1")
    access_key = serializers.CharField(max_length=128, required=False, allow_blank=True)
    secret = serializers.CharField(
        max_length=256, required=False, allow_blank=True, write_only=True, help_text="Sealed; never told again."
    )


@extend_schema(tags=["destinations"])
class Destinations(viewsets.GenericViewSet[Destination]):
    rules = {
        "list": "destination.list",
        "retrieve": "destination.list",
        **dict.fromkeys(["create", "partial_update", "destroy", "try_out"], "destination.change"),
    }
    queryset = Destination.objects.none()
    serializer_class = DestinationSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Destination]:
        return Destination.objects.filter(workspace=access.scope_of(self.request).workspace)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=DestinationWishSerializer, responses={201: DestinationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        body = DestinationWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = destinations.create(scope=access.scope_of(request), wish=Wish(**body.validated_data))
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=DestinationWishSerializer(partial=True), responses=DestinationSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """What is left out stays; the secret is asked for again where address, bucket or access key change."""
        found = self.get_object()
        body = DestinationWishSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        wish = replace(destinations.as_it_is(found), **body.validated_data)
        changed = destinations.change(scope=access.scope_of(request), destination=found, wish=wish)
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, pk: str) -> Response:
        destinations.delete(scope=access.scope_of(request), destination=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="try")
    def try_out(self, request: Request, pk: str) -> Response:
        """Write something small there and take it away again; 409 says what is wrong."""
        scope = access.scope_of(request)
        destinations.try_out(scope=scope, destination=destinations.find(scope=scope, destination=UUID(str(pk))))
        return Response(status=status.HTTP_204_NO_CONTENT)


class WantedSerializer(ArchiveSerializer):
    destination = serializers.UUIDField()


class SnapshotDeliverySerializer(JobBriefSerializer):
    result = serializers.JSONField(
        read_only=True, help_text="`where` it lies, its `sha256` and `bytes`; null until then."
    )

    class Meta(JobBriefSerializer.Meta):
        fields = [*JobBriefSerializer.Meta.fields, "result"]
        read_only_fields = fields


@extend_schema(tags=["destinations"])
class Deliveries(generics.GenericAPIView[Job]):
    rules = {"get": "snapshot.read", "post": "delivery.make"}
    queryset = Job.objects.none()
    serializer_class = SnapshotDeliverySerializer

    @extend_schema(operation_id="snapshots_deliveries_list", responses=SnapshotDeliverySerializer(many=True))
    def get(self, request: Request, snapshot: UUID) -> Response:
        """The jobs that delivered this snapshot, or tried to."""
        found = get_object_or_404(of_workspace(access.scope_of(request)), pk=snapshot)
        jobs = Job.objects.filter(kind=running.KIND, subject_id=found.pk)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(jobs), many=True).data)

    @extend_schema(
        operation_id="snapshots_deliveries_create",
        request=WantedSerializer,
        responses={202: answers.AcceptedSerializer},
    )
    @idempotent
    def post(self, request: Request, snapshot: UUID) -> Response:
        """An archive, packed and brought to a destination; the same one twice is there once."""
        scope = access.scope_of(request)
        found = get_object_or_404(of_workspace(scope), pk=snapshot)
        body = WantedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        target = destinations.chosen(scope=scope, wished=str(body.validated_data.pop("destination")))
        job = running.start(scope=scope, export=Export(found, **body.validated_data), destination=target)
        return answers.accepted(job.pk, job)
