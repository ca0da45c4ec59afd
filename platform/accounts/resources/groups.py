"""Pseudonyms, who stands behind them, and groups of them."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, groups, pseudonyms
from accounts.models import Annotator, Group
from api.bodies import Body
from api.idempotency import idempotent


class AnnotatorSerializer(serializers.ModelSerializer[Annotator]):
    class Meta:
        model = Annotator
        fields = ["id", "pseudonym", "origin", "created_at", "erased_at"]


class BehindSerializer(serializers.Serializer):
    pseudonym = serializers.CharField(source="annotator.pseudonym")
    person = serializers.UUIDField(source="person.pk", allow_null=True, default=None)
    email = serializers.EmailField(source="person.email", allow_null=True, default=None)
    name = serializers.CharField(source="person.name", allow_null=True, default=None)
    source_name = serializers.CharField(help_text="What an imported file or a simulation called it.")


@extend_schema(tags=["annotators"])
class Annotators(viewsets.GenericViewSet[Annotator]):
    rules = {"list": "annotator.list", "retrieve": "annotator.list", "reveal": "identity.see"}
    queryset = Annotator.objects.none()
    serializer_class = AnnotatorSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Annotator]:
        return Annotator.objects.filter(workspace=access.scope_of(self.request).workspace).select_related("person")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=BehindSerializer)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str) -> Response:
        """Who stands behind a pseudonym; that you asked is in the audit trail."""
        behind = pseudonyms.reveal(scope=access.scope_of(request), annotator=self.get_object())
        return Response(BehindSerializer(behind).data)


class GroupSerializer(Body, serializers.ModelSerializer[Group]):
    annotators = serializers.ListField(child=serializers.UUIDField(), max_length=10_000, required=False)

    class Meta:
        model = Group
        fields = ["id", "name", "annotators", "created_at"]
        read_only_fields = ["id", "created_at"]

    def to_representation(self, instance: Group) -> dict[str, object]:
        return {
            "id": str(instance.pk),
            "name": instance.name,
            "annotators": [str(annotator.pk) for annotator in instance.annotators.all()],
            "created_at": self.fields["created_at"].to_representation(instance.created_at),
        }


@extend_schema(tags=["groups"])
class Groups(viewsets.GenericViewSet[Group]):
    rules = {
        "list": "group.list",
        "retrieve": "group.list",
        "create": "group.change",
        "partial_update": "group.change",
        "destroy": "group.change",
    }
    queryset = Group.objects.none()
    serializer_class = GroupSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Group]:
        workspace = access.scope_of(self.request).workspace
        return Group.objects.filter(workspace=workspace).prefetch_related("annotators")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @idempotent
    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        group = groups.create(scope=access.scope_of(request), name=asked["name"], members=asked.get("annotators", []))
        return Response(self.get_serializer(group).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def partial_update(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        body = self.get_serializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        group = groups.change(
            scope=access.scope_of(request), group=found, name=asked.get("name"), members=asked.get("annotators")
        )
        return Response(self.get_serializer(group).data)

    def destroy(self, request: Request, pk: str) -> Response:
        groups.delete(scope=access.scope_of(request), group=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
