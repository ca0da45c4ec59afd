"""The trail over the API. The rule is read by the one table in accounts, which stands above this app."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import reading
from audit.models import Entry


class FilterSerializer(serializers.Serializer[Any]):
    actor = serializers.UUIDField(required=False, help_text="Who did it.")
    action = serializers.CharField(
        required=False, max_length=60, help_text="`member.removed`, or `member` for all of its kind."
    )
    object_kind = serializers.CharField(required=False, max_length=40)
    object_id = serializers.CharField(required=False, max_length=64)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="Exclusive.")


class ActorSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.CharField(help_text="Empty once erased.")  # type: ignore[assignment]


class ObjectSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField()


class EntrySerializer(serializers.ModelSerializer[Entry]):
    actor = serializers.SerializerMethodField(help_text="null when the installation itself acted.")
    object = serializers.SerializerMethodField(help_text="null when the deed was about no object.")
    details = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Entry
        fields = ["id", "at", "actor", "token", "action", "object", "details", "request_id"]
        read_only_fields = fields

    @extend_schema_field(ActorSerializer(allow_null=True))
    def get_actor(self, entry: Entry) -> dict[str, str] | None:
        label = getattr(entry, "actor_label", "")
        return {"id": str(entry.actor), "label": label} if entry.actor else None

    @extend_schema_field(ObjectSerializer(allow_null=True))
    def get_object(self, entry: Entry) -> dict[str, str] | None:
        return {"kind": entry.object_kind, "id": entry.object_id} if entry.object_kind else None


class Trail(generics.GenericAPIView[Entry]):
    rules = {"get": "audit.read"}
    queryset = Entry.objects.none()
    serializer_class = EntrySerializer
    ordering = "-id"

    def get_queryset(self) -> QuerySet[Entry]:
        asked = FilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        workspace: Any = self.request.auth  # the scope of the call
        return reading.entries(workspace.workspace.pk, reading.Filters(**asked.validated_data))

    @extend_schema(
        operation_id="audit_list",
        tags=["audit"],
        parameters=[FilterSerializer],
        responses=EntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who did what to which object in this workspace, newest first."""
        page = self.paginate_queryset(self.get_queryset()) or []
        reading.name_actors(page)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
