"""One's own tokens; an admin may see and revoke everybody's."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, tokens
from accounts.models import Token
from accounts.roles import Role
from api.bodies import Body
from api.idempotency import idempotent


class TokenSerializer(Body, serializers.ModelSerializer[Token]):
    person = serializers.UUIDField(source="person_id", read_only=True)
    role = serializers.ChoiceField(
        choices=Role.choices, required=False, help_text="At most this, and never more than your own role."
    )
    name = serializers.CharField(max_length=80)

    class Meta:
        model = Token
        fields = ["id", "person", "name", "role", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = ["id", "prefix", "created_at", "last_used_at", "revoked_at"]


class NewTokenSerializer(TokenSerializer):
    secret = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]


@extend_schema(tags=["tokens"])
class Tokens(viewsets.GenericViewSet[Token]):
    rules = {"list": "token.own", "create": "token.own", "retrieve": "token.own", "destroy": "token.own"}
    queryset = Token.objects.none()
    serializer_class = TokenSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Token]:
        """Those within reach: everybody's for an admin, else one's own."""
        scope = access.scope_of(self.request)
        within = Token.objects.filter(workspace=scope.workspace)
        return within if access.may(scope.role, "token.any") else within.filter(person=scope.person)

    @extend_schema(
        parameters=[OpenApiParameter("everybody", OpenApiTypes.BOOL, description="All of the workspace: admins only.")]
    )
    def list(self, request: Request) -> Response:
        scope, found = access.scope_of(request), self.get_queryset()
        if request.query_params.get("everybody", "").lower() not in {"1", "true"}:
            found = found.filter(person=scope.person)
        elif not access.may(scope.role, "token.any"):
            raise PermissionDenied(_("Only an admin sees the tokens of others."))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=TokenSerializer, responses={201: NewTokenSerializer})
    @idempotent(shown_once=("secret",))
    def create(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        role = Role(asked["role"]) if "role" in asked else None
        token, secret = tokens.issue(
            scope=access.scope_of(request), name=asked["name"], role=role, expires_at=asked.get("expires_at")
        )
        token.secret = secret  # type: ignore[attr-defined]
        return Response(NewTokenSerializer(token).data, status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def destroy(self, request: Request, pk: str) -> Response:
        tokens.revoke(scope=access.scope_of(request), token=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
