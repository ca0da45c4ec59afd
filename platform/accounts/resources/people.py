"""The caller, and the members of the caller's workspace."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access, languages, memberships, people
from accounts.models import Annotator, Membership, Token, Workspace
from accounts.roles import Role
from api.pagination import CursorPages


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    class Meta:
        model = Workspace
        fields = ["id", "name", "slug"]


class UsedTokenSerializer(serializers.ModelSerializer[Token]):
    class Meta:
        model = Token
        fields = ["id", "name", "prefix", "role", "expires_at"]


class MeSerializer(serializers.Serializer):
    id = serializers.UUIDField(read_only=True)
    email = serializers.EmailField(read_only=True)
    name = serializers.CharField(max_length=120, allow_blank=True)
    language = serializers.CharField(
        max_length=16,
        allow_blank=True,
        help_text="Of pages and mail, such as `zh-hans`; empty leaves it to the browser.",
    )
    workspace = WorkspaceSerializer(read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True, help_text="What this call may do here.")
    pseudonym = serializers.CharField(
        read_only=True, allow_null=True, help_text="Under which your judgments stand here, once there is one."
    )
    token = UsedTokenSerializer(read_only=True, allow_null=True)


class Me(APIView):
    rules = {"get": "workspace.see", "patch": "workspace.see"}

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(self.answer(request))

    @extend_schema(operation_id="me_update", request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        body = MeSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        if "name" in body.validated_data:
            people.rename(person=access.scope_of(request).person, name=body.validated_data["name"])
        if "language" in body.validated_data:
            languages.choose(person=access.scope_of(request).person, language=body.validated_data["language"])
        return Response(self.answer(request))

    def answer(self, request: Request) -> dict[str, object]:
        scope = access.scope_of(request)
        annotator = Annotator.objects.filter(workspace=scope.workspace, person=scope.person).first()
        facts = {
            "id": scope.person.pk,
            "email": scope.person.email,
            "name": scope.person.name,
            "language": scope.person.language,
            "workspace": scope.workspace,
            "role": scope.role,
            "pseudonym": annotator.pseudonym if annotator else None,
            "token": scope.token,
        }
        return dict(MeSerializer(facts).data)


class Leaving(APIView):
    rules = {"post": "workspace.see"}

    @extend_schema(operation_id="me_leave", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        scope = access.scope_of(request)
        own = get_object_or_404(Membership, workspace=scope.workspace, person=scope.person)
        memberships.remove(scope=scope, membership=own)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    id = serializers.UUIDField(source="person.pk", read_only=True)
    email = serializers.EmailField(source="person.email", read_only=True)
    name = serializers.CharField(source="person.name", read_only=True)
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Membership
        fields = ["id", "email", "name", "role", "since"]
        read_only_fields = ["since"]


class PagesBySince(CursorPages):
    ordering = "since"


@extend_schema(tags=["members"])
class Members(viewsets.GenericViewSet[Membership]):
    rules = {
        "list": "member.list",
        "retrieve": "member.list",
        "partial_update": "member.change",
        "destroy": "member.change",
    }
    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    pagination_class = PagesBySince
    lookup_field = "person_id"
    lookup_url_kwarg = "person_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.filter(workspace=access.scope_of(self.request).workspace).select_related("person")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, person_id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def partial_update(self, request: Request, person_id: str) -> Response:
        member = self.get_object()
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        member = memberships.change_role(
            scope=access.scope_of(request), membership=member, role=Role(body.validated_data["role"])
        )
        return Response(self.get_serializer(member).data)

    def destroy(self, request: Request, person_id: str) -> Response:
        memberships.remove(scope=access.scope_of(request), membership=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
