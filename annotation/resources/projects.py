"""Projects: list, make, change, delete and bring back."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.deletion import deleting
from accounts.models import Group
from accounts.roles import Role
from accounts.scope import Scope
from annotation import projects
from annotation.models import Project
from annotation.models.projects import Kind
from annotation.projects import Wish
from annotation.queue import progress
from annotation.settings import Terms
from api.bodies import Body
from api.idempotency import idempotent
from api.refusals import Invalid

TERMS = set(Terms.__dataclass_fields__)


class ProjectSerializer(Body):
    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=200)
    guidelines = serializers.CharField(max_length=200_000, allow_blank=True, required=False, trim_whitespace=False)
    guidelines_version = serializers.IntegerField(read_only=True)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.choices), min_length=1, max_length=5)
    overlap = serializers.IntegerField(min_value=1, max_value=1_000, required=False)
    ordering = serializers.ChoiceField(choices=Project.Ordering.choices, required=False)
    status = serializers.ChoiceField(choices=Project.Status.choices, required=False)
    settings = serializers.DictField(required=False, help_text="As GET /methods/ describes them.")
    groups = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=100, help_text="Who may label; none: every member."
    )
    progress = serializers.FloatField(
        read_only=True, help_text="The share of the labels wanted that are there, 0 to 1."
    )
    created_at = serializers.DateTimeField(read_only=True)


@extend_schema(tags=["projects"])
class Projects(viewsets.GenericViewSet[Project]):
    rules = {
        "list": "project.list",
        "retrieve": "project.list",
        "create": "project.change",
        "partial_update": "project.change",
        "destroy": "project.change",
        "restore": "project.change",
    }
    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Project]:
        return projects.visible(access.scope_of(self.request))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset().prefetch_related("groups", "guidelines")) or []
        progress.counts([project.pk for project in page])  # one statement; each is known when it is shown
        return self.get_paginated_response([self.shown(project) for project in page])

    @idempotent
    def create(self, request: Request) -> Response:
        project = projects.create(scope=access.scope_of(request), wish=self.wish(partial=False))
        return Response(self.shown(project), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.shown(self.get_object()))

    def partial_update(self, request: Request, pk: str) -> Response:
        wish = self.wish(partial=True)
        return Response(
            self.shown(projects.change(scope=access.scope_of(request), project=self.get_object(), wish=wish))
        )

    def destroy(self, request: Request, pk: str) -> Response:
        deleting.delete(scope=access.scope_of(request), kind="project", pk=self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        return Response(self.shown(deleting.restore(scope=access.scope_of(request), kind="project", pk=pk)))

    def wish(self, *, partial: bool) -> Wish:
        body = self.get_serializer(data=self.request.data, partial=partial)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        if "groups" in values:
            values["groups"] = own_groups(access.scope_of(self.request), values["groups"])
        return Wish(**values)

    def shown(self, project: Project) -> dict[str, Any]:
        return shown(project, access.scope_of(self.request))


def own_groups(scope: Scope, wanted: list[Any]) -> list[Group]:
    found = list(Group.objects.filter(workspace=scope.workspace, pk__in=wanted))
    if len(found) < len(set(wanted)):
        raise Invalid(_("There is no such group here."), field="groups")
    return found


def shown(project: Project, scope: Scope) -> dict[str, Any]:
    """Annotators see the terms, not how the queue deals: a rate of known answers is none of their business."""
    settings = project.settings
    guidelines = max(project.guidelines.all(), key=lambda version: version.version)
    if not scope.role.includes(Role.REVIEWER):
        settings = {name: value for name, value in settings.items() if name in TERMS}
    return {
        "id": project.pk,
        "name": project.name,
        "guidelines": guidelines.text,
        "guidelines_version": guidelines.version,
        "kinds": project.kinds,
        "overlap": project.overlap,
        "ordering": project.ordering,
        "status": project.status,
        "settings": settings,
        "groups": [group.pk for group in project.groups.all()],
        "progress": progress.share(project.pk),
        "created_at": project.created_at,
    }
