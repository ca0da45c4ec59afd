"""Webhooks for programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from api.bodies import Body
from api.idempotency import idempotent
from hooks import signing, webhooks
from hooks.events import EVENTS
from hooks.models import Delivery, Webhook


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    url = serializers.CharField(max_length=2_000, help_text="Among the hosts that the operator lets us call.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=list(EVENTS)), min_length=1, max_length=50)
    is_active = serializers.BooleanField(required=False)

    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "is_active", "why_inactive", "created_at"]
        read_only_fields = ["id", "why_inactive", "created_at"]


class NewWebhookSerializer(Body):
    url = serializers.CharField(max_length=2_000, help_text="Among the hosts that the operator lets us call.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=list(EVENTS)), min_length=1, max_length=50)


class WithSecretSerializer(WebhookSerializer):
    secret = serializers.SerializerMethodField(help_text="Shown now; renew it to see another.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]

    def get_secret(self, webhook: Webhook) -> str:
        return signing.secret_of(webhook)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    state = serializers.CharField(read_only=True, help_text="delivered, waiting or given up.")

    class Meta:
        model = Delivery
        fields = [
            "id",
            "event",
            "state",
            "attempts",
            "status",
            "error",
            "created_at",
            "next_at",
            "delivered_at",
            "body",
        ]
        read_only_fields = fields


@extend_schema(tags=["webhooks"])
class Webhooks(viewsets.GenericViewSet[Webhook]):
    rules = dict.fromkeys(
        ["list", "create", "retrieve", "partial_update", "destroy", "test", "renew_secret", "deliveries"],
        "webhook.change",
    )
    queryset = Webhook.objects.none()
    serializer_class = WebhookSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.filter(workspace=access.scope_of(self.request).workspace)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=NewWebhookSerializer, responses={201: WithSecretSerializer})
    @idempotent(shown_once=("secret",))
    def create(self, request: Request) -> Response:
        body = NewWebhookSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = webhooks.create(scope=access.scope_of(request), **body.validated_data)
        return Response(WithSecretSerializer(made).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def partial_update(self, request: Request, pk: str) -> Response:
        body = self.get_serializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        scope = access.scope_of(request)
        changed = webhooks.change(scope=scope, webhook=self.get_object(), **body.validated_data)
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, pk: str) -> Response:
        webhooks.delete(scope=access.scope_of(request), webhook=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def test(self, request: Request, pk: str) -> Response:
        """Send a message that says nothing but that it is a test."""
        made = webhooks.send_test(scope=access.scope_of(request), webhook=self.get_object())
        return Response(DeliverySerializer(made).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=WithSecretSerializer)
    @action(detail=True, methods=["post"], url_path="renew-secret")
    def renew_secret(self, request: Request, pk: str) -> Response:
        """Another secret; the old one signs nothing any more."""
        renewed = webhooks.renew_secret(scope=access.scope_of(request), webhook=self.get_object())
        return Response(WithSecretSerializer(renewed).data)

    @extend_schema(responses=DeliverySerializer(many=True))
    @action(detail=True, methods=["get"])
    def deliveries(self, request: Request, pk: str) -> Response:
        """What was told, newest first, for 30 days."""
        found: Any = self.get_object().deliveries.all()
        page = self.paginate_queryset(found)
        return self.get_paginated_response(DeliverySerializer(page, many=True).data)
