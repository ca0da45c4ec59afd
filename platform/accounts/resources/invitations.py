"""Asking people in."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, invitations
from accounts.models import Invitation
from accounts.roles import Role
from api.bodies import Body
from api.idempotency import idempotent


class InvitationSerializer(Body, serializers.ModelSerializer[Invitation]):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)
    days = serializers.IntegerField(
        min_value=1, max_value=invitations.MOST_DAYS, default=invitations.DAYS, write_only=True
    )

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "days", "created_at", "expires_at", "accepted_at", "revoked_at"]
        read_only_fields = ["id", "created_at", "expires_at", "accepted_at", "revoked_at"]


class NewInvitationSerializer(InvitationSerializer):
    link = serializers.URLField(read_only=True, help_text="Shown this once: pass it on where no mail is set up.")

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link"]


@extend_schema(tags=["invitations"])
class Invitations(viewsets.GenericViewSet[Invitation]):
    rules = {
        "list": "member.change",
        "create": "member.change",
        "retrieve": "member.change",
        "destroy": "member.change",
    }
    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Invitation]:
        return Invitation.objects.filter(workspace=access.scope_of(self.request).workspace)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=InvitationSerializer, responses={201: NewInvitationSerializer})
    @idempotent(shown_once=("link",))
    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        invitation, link = invitations.invite(
            scope=access.scope_of(request), email=asked["email"], role=Role(asked["role"]), days=asked["days"]
        )
        invitation.link = link  # type: ignore[attr-defined]
        return Response(NewInvitationSerializer(invitation).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def destroy(self, request: Request, pk: str) -> Response:
        invitations.revoke(scope=access.scope_of(request), invitation=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
