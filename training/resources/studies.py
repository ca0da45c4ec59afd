"""Studies over the API: begun, followed, read, taken away."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.deletion import deleting
from api.idempotency import idempotent
from api.refusals import Conflict
from jobs import answers
from training.models import Study
from training.resources import study_bodies as bodies
from training.studies import asking


@extend_schema(tags=["studies"])
class Studies(viewsets.GenericViewSet[Study]):
    rules = {
        "list": "run.read",
        "retrieve": "run.read",
        "measurements": "run.read",
        "create": "run.change",
        "destroy": "run.change",
        "restore": "run.change",
    }
    queryset = Study.objects.none()
    serializer_class = bodies.StudySerializer
    lookup_value_converter = "uuid"
    ordering: str | tuple[str, ...] = "-created_at"

    def get_queryset(self) -> QuerySet[Study]:
        return asking.of_workspace(access.scope_of(self.request))

    @extend_schema(parameters=[bodies.StudyFilterSerializer], responses=bodies.StudyBriefSerializer(many=True))
    def list(self, request: Request) -> Response:
        query = bodies.StudyFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        paths = {"state": "job__state"}
        wanted = {paths.get(name, name): value for name, value in query.validated_data.items()}
        page = self.paginate_queryset(self.get_queryset().defer("result").filter(**wanted))
        return self.get_paginated_response(bodies.StudyBriefSerializer(page, many=True).data)

    @extend_schema(request=bodies.StudyWishSerializer, responses={202: answers.AcceptedSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Begin a study; a job runs it, and its result holds curves with intervals, fits and peaks."""
        body = bodies.StudyWishSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        study = asking.begin(scope=access.scope_of(request), wish=asking.Wish(**body.validated_data))
        assert study.job is not None
        return answers.accepted(study.pk, study.job)

    def retrieve(self, request: Request, pk: UUID) -> Response:
        data: dict[str, Any] = dict(bodies.StudySerializer(self.found(pk)).data)
        return Response(data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        deleting.delete(scope=access.scope_of(request), kind="study", pk=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: bodies.StudySerializer})
    @action(detail=True, methods=["post"], pagination_class=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Undo a deletion, while it can be undone."""
        deleting.restore(scope=access.scope_of(request), kind="study", pk=pk)
        return self.retrieve(request, pk)

    @extend_schema(parameters=[answers.SinceSerializer], responses=answers.MeasurementsSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def measurements(self, request: Request, pk: UUID) -> Response:
        """What it has measured so far, by the step of what is going on."""
        study = self.found(pk)
        if study.job is None:
            raise Conflict(_("The job of this study is gone, and its measurements with it."))
        return answers.measurements(study.job, request)

    def found(self, pk: UUID) -> Study:
        return asking.find(scope=access.scope_of(self.request), study=pk)
